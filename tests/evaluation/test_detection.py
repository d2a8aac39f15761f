"""Average precision of detectors, by hand and against pycocotools on made-up sets."""

import contextlib
import io

import numpy as np
import pytest
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from vizlib.core.errors import OptionError
from vizlib.evaluation.detection import mean_average_precision

NUMBERS = ("AP", "AP50", "AP75", "AP small", "AP medium", "AP large", "AR1", "AR10", "AR100", "AR small", "AR medium",
           "AR large")  # fmt: skip


def made_up(seed: int, images: int = 12, classes: int = 4) -> tuple[dict, list]:
    """Objects of all sizes, some of them crowds; detections near them, twice on some, and out of nothing."""
    generator = np.random.default_rng(seed)
    annotations, found = [], []
    for image in range(images):
        for _ in range(generator.integers(0, 9)):
            box = [*(generator.random(2) * 300), *np.exp(generator.uniform(1.5, 5.2, 2))]
            category = int(generator.integers(1, classes))  # the last class has no object
            crowd = int(generator.random() < 0.1)
            annotations.append({"id": len(annotations) + 1, "image_id": image, "category_id": category * 3,
                                "bbox": box, "area": box[2] * box[3] * generator.uniform(0.5, 1),
                                "iscrowd": crowd})  # fmt: skip
            for _ in range(generator.integers(0, 4)):
                near = np.array(box) * generator.normal(1, 0.07, 4)
                other = category if generator.random() < 0.9 else int(generator.integers(1, classes + 1))
                found.append({"image_id": image, "category_id": other * 3, "bbox": near.tolist(),
                              "score": round(generator.random(), 2)})  # fmt: skip
        for _ in range(generator.integers(0, 14)):
            nothing = [*(generator.random(2) * 300), *(4 + generator.random(2) * 150)]
            found.append({"image_id": image, "category_id": int(generator.integers(1, classes + 1)) * 3,
                          "bbox": nothing, "score": round(generator.random(), 2)})  # fmt: skip
    categories = [{"id": number * 3, "name": f"kind {number}"} for number in range(1, classes + 1)]
    pictures = [{"id": image, "width": 640, "height": 480} for image in range(images)]
    return {"images": pictures, "annotations": annotations, "categories": categories}, found


def reference(truth: dict, found: list, limits: tuple[int, ...] = (1, 10, 100)) -> COCOeval:
    with contextlib.redirect_stdout(io.StringIO()):
        known = COCO()
        known.dataset = truth
        known.createIndex()
        evaluation = COCOeval(known, known.loadRes(found), "bbox")
        evaluation.params.maxDets = list(limits)
        evaluation.evaluate()
        evaluation.accumulate()
        if limits == (1, 10, 100):
            evaluation.summarize()
    return evaluation


@pytest.mark.parametrize("seed", range(6))
def test_every_precision_and_recall_is_pycocotools(seed):
    truth, found = made_up(seed)
    wanted, ours = reference(truth, found), mean_average_precision(truth, found)
    precision = np.where(wanted.eval["precision"] < 0, np.nan, wanted.eval["precision"])
    recall = np.where(wanted.eval["recall"] < 0, np.nan, wanted.eval["recall"])
    np.testing.assert_allclose(ours.precision, precision, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.recall, recall, rtol=0, atol=1e-9)
    stats = np.where(np.asarray(wanted.stats) < 0, np.nan, wanted.stats)
    assert tuple(ours.summary) == NUMBERS
    np.testing.assert_allclose(list(ours.summary.values()), stats, rtol=0, atol=1e-9)
    assert ours.mean == pytest.approx(wanted.stats[0], abs=1e-9)
    assert ours.absent == ("kind 4",)


def test_fewer_detections_an_image_are_pycocotools_too():
    truth, found = made_up(7, images=3, classes=2)
    wanted, ours = reference(truth, found, (1, 3, 5)), mean_average_precision(truth, found, max_detections=(1, 3, 5))
    precision = np.where(wanted.eval["precision"] < 0, np.nan, wanted.eval["precision"])
    np.testing.assert_allclose(ours.precision, precision, rtol=0, atol=1e-9)


def test_torchvision_s_lists_give_the_numbers_of_the_json():
    truth, found = made_up(1)
    tensors = []
    for kind, entries in (("truth", truth["annotations"]), ("found", found)):
        for image in range(len(truth["images"])):
            rows = [entry for entry in entries if entry["image_id"] == image]
            boxes = torch.tensor([entry["bbox"] for entry in rows], dtype=torch.float64).reshape(-1, 4)
            boxes[:, 2:] += boxes[:, :2]
            one = {"boxes": boxes, "labels": torch.tensor([entry["category_id"] for entry in rows], dtype=torch.int64)}
            if kind == "truth":
                one["area"] = torch.tensor([entry["area"] for entry in rows], dtype=torch.float64)
                one["iscrowd"] = torch.tensor([entry["iscrowd"] for entry in rows])
            else:
                one["scores"] = torch.tensor([entry["score"] for entry in rows], dtype=torch.float64)
            tensors.append(one)
    images = len(truth["images"])
    ours = mean_average_precision(tensors[:images], tensors[images:])
    wanted = mean_average_precision(truth, found)
    assert ours.names == ("3", "6", "9")
    np.testing.assert_allclose(ours.precision, wanted.precision[:, :, :3], atol=1e-9)
    assert "category" not in "".join(ours.notes)
    assert len(ours.notes) == 1  # class 12 has no object, so the lists do not know it


def one_image(truth: list, found: list, scores: list, **more) -> tuple[list, list]:
    return (
        [{"boxes": np.array(truth, float), "labels": np.zeros(len(truth), int), **more}],
        [{"boxes": np.array(found, float), "labels": np.zeros(len(found), int), "scores": np.array(scores)}],
    )


FAR = [[100 * place, 0, 100 * place + 20, 20] for place in range(10)]


def test_the_definitions_of_a_curve_worked_out_by_hand():
    wrong = [[0, 100, 20, 120], [0, 200, 20, 220]]
    sets = one_image(FAR[:2], [FAR[0], *wrong, FAR[1]], [0.9, 0.8, 0.7, 0.6])
    found = mean_average_precision(*sets, protocol="voc")
    assert found.mean == found.average_precisions("voc_all")[0, 0] == pytest.approx(0.5 * 1 + 0.5 * 0.5)
    assert found.average_precisions("voc_11")[0, 0] == pytest.approx((6 * 1 + 5 * 0.5) / 11)
    assert found.average_precisions("coco_101")[0, 0] == pytest.approx((51 * 1 + 50 * 0.5) / 101)
    assert found.average_precisions("step")[0, 0] == pytest.approx(0.75)
    curve = found.curve("0")
    assert curve.precision.tolist() == [1, 0.5, pytest.approx(1 / 3), 0.5]
    assert curve.recall.tolist() == [0.5, 0.5, 0.5, 1]
    assert curve.envelope.tolist() == [1, 0.5, 0.5, 0.5]


def test_three_of_ten_reach_the_recall_of_three_tenths():
    found = mean_average_precision(*one_image(FAR, FAR[:3], [0.9, 0.8, 0.7]), protocol="voc")
    assert found.average_precisions("voc_11")[0, 0] == pytest.approx(4 / 11)


def test_voc_calls_a_second_detection_of_an_object_a_false_alarm_where_coco_takes_the_next():
    truth = [[0, 0, 10, 10], [2, 0, 12, 10]]
    sets = one_image(truth, [[0, 0, 10, 10], [0.5, 0, 10.5, 10]], [0.9, 0.8])
    assert mean_average_precision(*sets, protocol="voc").hits.tolist() == [[True, False]]
    assert mean_average_precision(*sets, thresholds=[0.5]).hits.tolist() == [[True, True]]


def test_a_difficult_object_of_voc_counts_neither_way():
    sets = one_image(FAR[:2], FAR[:2], [0.9, 0.8], difficult=np.array([True, False]))
    found = mean_average_precision(*sets, protocol="voc")
    assert (found.positives.tolist(), found.ignored.tolist(), found.mean) == ([1], [[True, False]], 1.0)


def test_inclusive_boxes_are_the_habit_of_voc():
    sets = one_image([[0, 0, 9, 9]], [[0, 0, 9, 4]], [0.9])  # 50 of 100 pixels, or 36 of 81
    assert mean_average_precision(*sets, protocol="voc").mean == 1
    assert mean_average_precision(*sets, protocol="voc", convention="continuous").mean == 0


def test_detections_inside_a_crowd_are_ignored_however_many():
    sets = one_image([[0, 0, 100, 100], [200, 0, 220, 20]], [[1, 1, 20, 20], [30, 30, 50, 50], [200, 0, 220, 20]],
                     [0.9, 0.8, 0.7], iscrowd=np.array([1, 0]))  # fmt: skip
    found = mean_average_precision(*sets)
    assert found.ignored.all(axis=0).tolist() == [True, True, False]
    assert (found.positives.tolist(), found.mean) == ([1], pytest.approx(1))


def test_no_detections_are_worth_zero_and_not_nothing():
    found = mean_average_precision(*one_image(FAR[:1], [], []))
    assert (found.mean, found.summary["AR100"]) == (0, 0)
    assert found.curve("0").recall.tolist() == []


def test_all_classes_together_have_a_curve():
    truth, found = made_up(2)
    result = mean_average_precision(truth, found)
    curve = result.curve()
    assert curve.objects == result.positives.sum()
    assert curve.recall[-1] == pytest.approx(result.hits[0].sum() / curve.objects)
    assert (np.diff(curve.scores) <= 0).all()


def test_what_is_no_task_is_refused_in_one_sentence():
    truth, found = made_up(0)
    box = {"image_id": 0, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 0.5}
    wrong = [
        ({"images": []}, found, "no list of annotations and categories"),
        (truth, {"other": 1}, "must be a list"),
        (truth, [{**box, "image_id": 99}], "image 99, which the ground truth does not list"),
        (truth, [{**box, "image_id": [0]}], "which the ground truth does not list"),
        ({**truth, "annotations": [3]}, found, "no list of annotations"),
        (truth, [{**box, "bbox": [0, 0, -1, 1]}], "negative width"),
        (truth, [{**box, "bbox": [0, 0, 1]}], "no list of four numbers"),
        (truth, [{**box, "bbox": "box"}], "no list of four numbers"),
        (truth, [{**box, "score": float("nan")}], "NaN or infinite"),
        (truth, [{**box, "score": None}], "NaN or infinite"),
        (truth, [{**box, "score": "high"}], "is no number"),
        (truth, [{**box, "score": [0.5]}], "is no number"),
        (truth, [{key: box[key] for key in list(box)[:3]}], "has no score"),
        ({**truth, "annotations": []}, found, "holds no object"),
        ("text", found, "must be COCO's"),
        (*one_image(FAR, FAR, [1.0]), "boxes, but scores of shape"),
    ]
    for first, second, words in wrong:
        with pytest.raises(OptionError, match=words):
            mean_average_precision(first, second)
    with pytest.raises(OptionError, match="iou must be one of"):
        mean_average_precision(truth, found).curve(iou=0.42)
    with pytest.raises(OptionError, match="has no object"):
        mean_average_precision(truth, found).curve("kind 4")


def test_a_detection_of_an_unknown_category_is_left_out_and_said():
    truth, found = made_up(0)
    ours = mean_average_precision(truth, [*found, {"image_id": 0, "category_id": 77, "bbox": [0, 0, 1, 1], "score": 1}])
    assert ours.notes == ("Left out: 1 detections of a category that the ground truth does not know.",)
    np.testing.assert_array_equal(ours.precision, mean_average_precision(truth, found).precision)


def test_progress_counts_the_classes_and_may_raise():
    seen = []
    mean_average_precision(*made_up(0), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    with pytest.raises(KeyboardInterrupt):
        mean_average_precision(*made_up(0), progress=lambda done, total: (_ for _ in ()).throw(KeyboardInterrupt))
