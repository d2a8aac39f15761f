"""The page Evaluation: it opens with numbers, one threshold moves everything, and every count shows its images."""

import json

import numpy as np
import pytest


def words(tab):
    kinds = ("markdown", "caption", "error", "warning", "info", "success")
    return " ".join(one.value for kind in kinds for one in tab.get(kind)).replace("\\", "")


def charts(tab):
    return {chart.key.removeprefix("chart "): json.loads(chart.proto.spec) for chart in tab.get("plotly_chart")}


def box(tab, label):
    return next(one for one in tab.selectbox if one.label.startswith(label))


def button(tab, key):
    return next(one for one in tab.button if one.key == key)


def count(tab, cell):
    return int(button(tab, f"evaluation cell {cell}").label.split("**")[1].replace(",", ""))


@pytest.fixture
def page(app):
    tab = app()
    tab.switch_page("../pages/evaluation.py").run()
    assert not tab.exception
    return tab


def test_the_page_opens_with_both_curves_of_the_worst_class_before_the_model_is_loaded(page):
    assert {"roc", "pr", "thresholds"} <= set(charts(page))
    assert box(page, "Image set").value == "digits:360"
    assert page.metric[0].value == "360"
    assert "AUC" in words(page)
    assert not page.error


def test_one_threshold_moves_the_mark_of_both_curves_and_the_four_counts(page):
    before = charts(page)
    assert count(page, "hits") + count(page, "misses") + count(page, "alarms") + count(page, "passes") == 360
    page.slider[0].set_value(1.001).run()
    assert (count(page, "hits"), count(page, "alarms")) == (0, 0)
    after = charts(page)
    for name in ("roc", "pr"):
        assert [before[name]["data"][-1][a] for a in "xy"] != [after[name]["data"][-1][a] for a in "xy"]
        assert before[name]["data"][0] == after[name]["data"][0]
    page.slider[0].set_value(0.0).run()
    assert (count(page, "misses"), count(page, "passes")) == (0, 0)


def test_the_cheapest_threshold_follows_the_costs(page):
    next(one for one in page.number_input if one.label == "Cost of a miss").set_value(1e6).run()
    button(page, "evaluation threshold cheapest").click().run()
    assert count(page, "misses") == 0
    at = page.slider[0].value
    next(one for one in page.number_input if one.label == "Cost of a miss").set_value(0.0).run()
    button(page, "evaluation threshold cheapest").click().run()
    assert (count(page, "alarms"), page.slider[0].value > at) == (0, True)


def test_a_count_shows_its_images_and_one_of_them_opens_on_explain(page):
    from dashboard.evaluation.gallery import OPENED, open_image
    from dashboard.evaluation.scores import matched, stored_scores
    from dashboard.image_set import _of_stream
    from vizlib.data.streams import image_stream

    button(page, "evaluation cell hits").click().run()
    assert f"found: {count(page, 'hits')}, the surest" in words(page)
    here, stream = page.session_state["visit"], image_stream("digits:360")
    scored = matched(stored_scores(here, stream), _of_stream("digits", stream), "digits-cnn", ())
    before = len(here.uploads.shots)
    open_image(here, scored, 5)
    assert len(here.uploads.shots) == before + 1
    assert here.shot().digest == here.picture
    page.session_state[OPENED] = True
    page.run()
    assert page.title[0].value == "Why did it decide that?"


def test_all_classes_stand_in_one_picture_with_three_means(page):
    box(page, "Class").set_value(-1).run()
    assert set(charts(page)) == {"rocs", "prs"}
    assert page.dataframe[0].value.shape == (3, 4)
    box(page, "Class").set_value(-2).run()
    assert {"roc", "pr"} <= set(charts(page))
    button(page, "evaluation cell misses").click().run()
    assert f"the class, missed: {count(page, 'misses')}, the surest first" in words(page)
    assert count(page, "hits") + count(page, "misses") == 360
    assert count(page, "alarms") + count(page, "passes") == 9 * 360
    assert not page.exception


def test_examples_of_a_count_are_sorted_by_how_sure_the_decision_is():
    from dashboard.evaluation.threshold import in_cell

    values, truth = np.array([0.9, 0.1, 0.6, 0.4, 0.95, 0.2]), np.array([1, 1, 0, 0, 0, 1], bool)
    assert in_cell(values, truth, 0.5, "hits").tolist() == [0]
    assert in_cell(values, truth, 0.5, "alarms").tolist() == [4, 2]
    assert in_cell(values, truth, 0.5, "misses").tolist() == [1, 5]
    assert in_cell(values, truth, 0.5, "passes").tolist() == [3]


def test_classes_are_matched_by_name_whatever_their_capitals_marks_and_synonyms():
    from vizlib.evaluation.examples import matches

    known = ["T-shirt/top", "tiger cat", "great white shark, white shark", "cup"]
    assert matches(["cup", "White_Shark", "t shirt top", "owl"], known) == {0: 3, 1: 2, 2: 0}


@pytest.fixture
def given(page):
    """The page with a table of a person's own."""

    def give(content, name="mine.csv"):
        from dashboard.evaluation.upload import REFUSED, TABLE
        from vizlib.evaluation.tables import read_table

        page.session_state[TABLE], page.session_state[REFUSED] = read_table(name, content), ""
        next(one for one in page.get("button_group") if one.label == "Scores of").set_value("table").run()
        assert not page.exception
        return page

    return give


def table(kind):
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 2, (60, 2))
    scores = (generator.random((60, 2)) + truth) / 3
    if kind == "binary":
        return "\n".join(["score,label", *(f"{s[0]},{t[0]}" for s, t in zip(scores, truth, strict=True))])
    if kind == "classes":
        rows = [f"{s[0]},{1 - s[0]},{'ab'[1 - t[0]]}" for s, t in zip(scores, truth, strict=True)]
        return "\n".join(["p_a,p_b,label", *rows])
    rows = [",".join(map(str, [*s, *t])) for s, t in zip(scores, truth, strict=True)]
    return "\n".join(["s_a,s_b,t_a,t_b", *rows])


@pytest.mark.parametrize("kind", ["binary", "classes", "several"])
def test_a_table_of_scores_has_the_same_curves_and_its_rows_instead_of_images(given, kind):
    tab = given(table(kind).encode())
    assert not tab.error
    assert tab.metric[0].value == "60"
    assert {"roc", "pr", "thresholds"} <= set(charts(tab))
    button(tab, "evaluation cell hits").click().run()
    rows = next(one.value for one in tab.dataframe if list(one.value.columns) == ["Row", "Score", "Truth"])
    assert len(rows) == min(24, count(tab, "hits"))


def test_a_column_that_does_not_fit_is_said_in_one_sentence_and_another_one_is_chosen(given):
    tab = given(b"id,score,label\n1,0.5,1\n2,,0\n3,0.1,1\n")
    box(tab, "Column of labels").set_value("label").run()
    assert "Choose at least two" in words(tab) or "row 2" in words(tab)
    next(one for one in tab.get("button_group") if one.label == "What the table holds").set_value("binary").run()
    box(tab, "Column of scores").set_value("score").run()
    assert "row 2" in words(tab)
    box(tab, "Column of scores").set_value("id").run()
    assert not tab.error
    assert "roc" in charts(tab)


def test_a_broken_table_is_refused_and_what_was_there_stays(given, monkeypatch):
    from dashboard.evaluation import upload as evaluation_upload

    held = {}
    monkeypatch.setattr(evaluation_upload.st, "session_state", held)
    evaluation_upload.take_table("good.csv", table("binary").encode())
    before = held[evaluation_upload.TABLE]
    evaluation_upload.take_table("bad.parquet", b"PAR1 no")
    assert held[evaluation_upload.TABLE] is before
    assert held[evaluation_upload.REFUSED].endswith(".")


def view(tab, name):
    next(one for one in tab.get("button_group") if one.label == "View").set_value(name).run()
    assert not tab.exception
    return tab


def test_a_cell_of_the_matrix_shows_its_images_by_click_by_choice_and_from_the_list_of_mistakes(page):
    tab = view(page, "classes")
    assert "matrix" in charts(tab)
    first = box(tab, "True class").value, box(tab, "Taken for").value
    assert first[0] != first[1]  # the largest mistake
    touched = charts(tab)["matrix"]["data"][-1]["customdata"]
    assert touched[13] == "1,3"
    box(tab, "Taken for").set_value(first[0]).run()
    assert f"{first[0]} taken for {first[0]}: " in words(tab)
    button(tab, "evaluation mistake 0").click().run()
    assert (box(tab, "True class").value, box(tab, "Taken for").value) == first


def test_the_classification_report_is_scikit_learn_s():
    from sklearn import metrics

    from dashboard.evaluation.confusion import report
    from vizlib.evaluation.confusion import confusion

    generator = np.random.default_rng(0)
    truth, said = generator.integers(0, 3, 90), generator.integers(0, 3, 90)
    rows = [line.split(",") for line in report(confusion(said, truth, names=["a", "b", "c"])).decode().splitlines()]
    wanted = metrics.classification_report(truth, said, target_names=["a", "b", "c"], output_dict=True)
    for row in rows[1:4]:
        name, *numbers = row
        theirs = [wanted[name][key] for key in ("precision", "recall", "f1-score", "support")]
        np.testing.assert_allclose([float(number) for number in numbers], theirs)
    np.testing.assert_allclose(float(rows[4][3]), wanted["accuracy"])
    np.testing.assert_allclose(float(rows[5][3]), wanted["macro avg"]["f1-score"])


def test_calibration_has_its_diagram_numbers_and_a_temperature(page):
    tab = view(page, "sure")
    assert {"calibration", "before temperature", "after temperature"} <= set(charts(tab))
    assert "the temperature is" in words(tab)
    before = charts(tab)["calibration"]["data"]
    next(one for one in tab.slider if one.label == "Bins").set_value(4).run()
    assert charts(tab)["calibration"]["data"] != before


def test_views_of_tables_that_have_no_confusion_or_probabilities_say_why(given):
    tab = given(table("several").encode())
    assert "none is taken for another" in words(view(tab, "classes"))
    assert "exclude each other" in words(view(tab, "sure"))


def test_scores_that_are_no_probabilities_are_softened_first(given):
    tab = given(b"score,label\n" + b"\n".join(b"%d,%d" % (n % 7 - 3, n % 3 == 0) for n in range(60)))
    view(tab, "sure")
    assert any("no probabilities" in one.label for one in tab.toggle)
    assert "calibration" in charts(tab)


def test_another_class_balance_moves_precision_and_leaves_the_roc_curve(given):
    tab = view(given(table("binary").encode()), "balance")
    before = charts(tab)
    chosen = next(one for one in tab.get("select_slider") if one.label == "Share of positives")
    chosen.set_value(0.0001).run()
    after = charts(tab)
    assert before["balance roc"] == after["balance roc"]
    assert before["balance pr"]["data"][0] == after["balance pr"]["data"][0]
    assert before["balance pr"]["data"][2] != after["balance pr"]["data"][2]
    assert "| Accuracy |" in words(tab)
    assert "0.9999 |" in words(tab)  # never saying yes


def test_the_threshold_is_the_same_in_every_view(page):
    page.slider[0].set_value(0.25).run()
    tab = view(page, "balance")
    assert next(one for one in tab.slider if one.label.startswith("Threshold")).value == 0.25


def test_stored_scores_are_what_the_model_says_and_of_these_weights_and_images():
    from dashboard.evaluation.stored import stored
    from dashboard.gallery import FOLDER
    from vizlib.core.predict import predict
    from vizlib.data.streams import image_stream
    from vizlib.zoo.load import load_model

    stream, folder = image_stream("digits:360"), FOLDER.parent / "digits-cnn"
    found = stored("digits-cnn", folder, stream)
    model = load_model("digits-cnn")
    assert found.labels == model.labels
    np.testing.assert_allclose(found.scores[:40], predict(model, [stream.read(n) for n in range(40)]), atol=1e-4)
    assert stored("scenes-resnet", FOLDER.parent / "scenes-resnet", image_stream("scenes:400")) is not None
    assert stored("digits-cnn", FOLDER.parent / "scenes-resnet", stream) is None


def test_a_curve_goes_into_the_report_with_the_recipe_that_makes_it_again(page):
    from vizlib.core.recipe import Recipe, run

    button(page, "add roc").click().run()
    assert not page.exception
    (kept,) = page.session_state["report"]
    assert "share of positives" in kept.caption
    assert kept.entry().facts().startswith("model: digits-cnn")
    again = run(Recipe.from_json(kept.answer.recipe.to_json()))
    assert again.digest() == kept.answer.result.digest()
    assert button(page, "add roc").disabled


def test_a_pinned_curve_stays_beside_that_of_another_class(page):
    button(page, "pin roc").click().run()
    assert "roc pinned" not in charts(page)
    before = charts(page)["roc"]["data"]
    box(page, "Class").select_index(1).run()
    assert not page.exception
    drawn = charts(page)
    assert drawn["roc pinned"]["data"] == before
    assert "array(" not in words(page)
    first, second = (box(page, "Class").options[place].split(" ·")[0] for place in (0, 1))
    assert f"{first}: AUC" in words(page)
    assert f"{second}: AUC" in words(page)
    assert drawn["roc"]["data"] != before


@pytest.mark.parametrize("kind", ["binary", "classes", "several"])
@pytest.mark.parametrize("name", ["curves", "balance", "classes", "sure", "slices", "folds"])
def test_every_figure_of_a_table_has_a_recipe_that_gives_its_numbers(given, kind, name, monkeypatch):
    from dashboard.evaluation import card as cards
    from vizlib.core.recipe import run

    shown = []
    monkeypatch.setattr(cards, "take_away", lambda place, answer, *_rest, **_more: shown.append(answer))
    content = table(kind).encode()
    tab = given(content)
    if name != "curves":
        tab = view(tab, name)
    assert shown or kind == "several"
    for answer in {one.recipe.digest(): one for one in shown}.values():
        assert run(answer.recipe, [content]).digest() == answer.result.digest(), answer.recipe.technique


def test_the_lines_of_a_card_make_its_numbers(page, tmp_path, monkeypatch):
    from dashboard.evaluation.code_lines import python_lines, shell_line
    from vizlib.core.judged import judged, of_files
    from vizlib.core.recipe import file_digest, run
    from vizlib.evaluation.tables import read_table, stated_columns

    monkeypatch.chdir(tmp_path)
    for kind in ("binary", "classes", "several"):
        content = table(kind).encode()
        (tmp_path / "mine.csv").write_bytes(content)
        base = of_files([("mine.csv", file_digest(content))], stated_columns(read_table("mine.csv", content)))
        one = () if kind == "binary" else (1,)
        wishes = [("roc_curve", one, {}, {"method": "delong"}), ("pr_curves", (), {}, {}), ("thresholds", one, {}, {})]
        wishes += [("fold_curves", one, {"folds": 3}, {"kind": "pr"}), ("slice_auc", one, {"column": "true class"}, {})]
        wishes += [] if kind == "several" else [("confusion", (), {}, {}), ("calibration", (), {}, {"bins": 5})]
        for technique, target, data, options in wishes:
            recipe = judged(base, technique, target, data, **options)
            made: dict = {}
            exec(python_lines(recipe), made)
            assert made["result"].digest() == run(recipe).digest(), technique
            assert technique in shell_line(recipe)


def test_the_server_takes_what_every_door_promises():
    import tomllib
    from pathlib import Path

    from dashboard.evaluation import detection_panel, pixels_panel, upload
    from dashboard.intake import add_model

    folder = Path(__file__).resolve().parents[2] / "dashboard"
    most = tomllib.loads((folder / ".streamlit" / "config.toml").read_text())["server"]["maxUploadSize"]
    doors = [path.read_text().split("file_uploader(") for path in folder.rglob("*.py")]
    calls = [call[:700] for parts in doors for call in parts[1:]]
    assert len(calls) >= 7
    assert [call for call in calls if "max_upload_size" not in call] == []
    assert max(upload.MEGABYTES, detection_panel.MEGABYTES, pixels_panel.MEGABYTES, add_model.LARGEST) <= most


def test_scores_that_are_higher_for_the_negatives_are_told(given):
    rows = [f"{n / 60},{'good' if n < 30 else 'ill'}" for n in range(60)]
    tab = given("\n".join(["score,label", *rows]).encode())
    assert "The scores are lower" not in words(tab)
    box(tab, "Label of the positives").set_value("good").run()
    assert "The scores are lower for good than for the others" in words(tab)
