"""Features of image sets, their store, their neighbours, and what a layer knows."""

import numpy as np
import pytest
import torch
import toys

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.data.streams import image_stream
from vizlib.space.neighbors import kept_by_map, pixels
from vizlib.space.results import Features
from vizlib.space.similarity import cka
from vizlib.space.store import FeatureStore, stored_features


@pytest.fixture(scope="module")
def model():
    return vz.load_model("digits-cnn")


@pytest.fixture(scope="module")
def digits(model):
    return vz.features(model, image_stream("digits:240"))


def test_features_are_the_layer_pooled():
    net, images = toys.small(), toys.images()
    maps = vz.activations(net, images, layer="second").values
    assert vz.features(net, images, layer="second", pool="mean").values == pytest.approx(maps.mean((2, 3)))
    assert vz.features(net, images, layer="second", pool="max").values == pytest.approx(maps.max((2, 3)))
    assert (vz.features(net, images, layer="second", pool="flatten").values == maps.reshape(4, -1)).all()


def test_automatic_keeps_all_positions_of_a_small_map_and_the_mean_of_a_large_one(monkeypatch):
    net, images = toys.small(), toys.images()
    assert vz.features(net, images, layer="second").pool == "flatten"
    monkeypatch.setattr("vizlib.space.features.SHORT", 10)
    assert vz.features(net, images, layer="second").pool == "mean"


def test_names_labels_and_what_the_network_says_come_along(model, digits):
    stream = image_stream("digits:240")
    assert digits.names == stream.names
    assert (digits.labels == stream.labels).all()
    assert digits.classes == stream.classes
    with torch.no_grad():
        scores = model.module(torch.stack([model.preprocess(stream.read(row)) for row in range(9)])).double()
    assert (digits.predicted[:9] == scores.argmax(1).numpy()).all()
    assert digits.confidence[:9] == pytest.approx(scores.softmax(1).amax(1).numpy(), abs=1e-6)


def test_digits_through_their_network_are_mapped_with_their_neighbours(model):
    found = vz.tsne(vz.features(model, image_stream("digits:1437", split="train"), batch_size=256), iterations=100)
    assert found.quality.trustworthiness >= 0.98
    assert found.quality.nearest >= 0.98


def test_too_long_rows_are_refused_with_their_size(monkeypatch):
    monkeypatch.setattr("vizlib.space.features.LARGEST", 1000)
    with pytest.raises(OptionError, match=r"^features: pool must be 'mean' or 'max' here: 4 rows of"):
        vz.features(toys.small(), toys.images(), layer="second", pool="flatten")


# --- the store ------------------------------------------------------------------------------------------------------


def test_a_second_visit_reads_what_the_first_computed(model, tmp_path, monkeypatch):
    store, stream = FeatureStore(tmp_path), image_stream("digits:20")
    first = stored_features(model, stream, store=store)
    monkeypatch.setattr("vizlib.space.store.features", None)
    again = stored_features(model, stream, store=store)
    assert again.digest() == first.digest()


def test_another_layer_pool_or_set_is_another_entry(model, tmp_path):
    store = FeatureStore(tmp_path)
    stored_features(model, image_stream("digits:5"), store=store)
    stored_features(model, image_stream("digits:5"), layer="conv1", store=store)
    stored_features(model, image_stream("digits:5"), pool="max", store=store)
    stored_features(model, image_stream("digits:6"), store=store)
    assert len(list(tmp_path.glob("*.safetensors"))) == 4


def test_the_store_forgets_what_was_not_used_for_longest(tmp_path):
    import os

    one = Features(np.zeros((100, 100)))
    store = FeatureStore(tmp_path, limit=200_000)
    for turn, key in enumerate("ab"):
        store.put(key, one)
        os.utime(tmp_path / f"{key}.safetensors", (turn, turn))
    assert store.get("a") is not None  # used again
    store.put("c", one)
    assert (store.get("a") is None, store.get("b") is None, store.get("c") is None) == (False, True, False)
    assert store.size() <= 200_000
    store.clear()
    assert store.size() == 0


def test_a_damaged_file_is_as_good_as_none(tmp_path):
    store = FeatureStore(tmp_path)
    store.put("a", Features(np.ones((2, 2))))
    (tmp_path / "a.safetensors").write_bytes(b"damaged")
    assert store.get("a") is None
    assert not list(tmp_path.iterdir())


def test_the_place_of_the_store_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("VIZLIB_CACHE", str(tmp_path))
    assert FeatureStore().folder == tmp_path / "features"


# --- neighbours -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "l1"])
def test_neighbours_are_those_of_scikit_learn(metric):
    from sklearn.neighbors import NearestNeighbors

    random = np.random.default_rng(0)
    values, queries = random.normal(size=(80, 7)), random.normal(size=(9, 7))
    far, near = NearestNeighbors(n_neighbors=5, metric=metric, algorithm="brute").fit(values).kneighbors(queries)
    found = vz.nearest_neighbors(values, queries, k=5, metric=metric)
    assert (found.indices == near).all()
    assert found.distances == pytest.approx(far, abs=1e-9)


def test_no_image_is_its_own_neighbour_even_with_a_twin():
    values = np.repeat(np.random.default_rng(0).normal(size=(6, 3)), 2, axis=0)
    found = vz.nearest_neighbors(values, k=1)
    assert found.indices[:, 0].tolist() == [1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10]
    assert found.distances == pytest.approx(0, abs=1e-12)


def test_rows_of_the_features_are_queries_too(digits):
    found = vz.nearest_neighbors(digits, [5, 7], k=4)
    every = vz.nearest_neighbors(digits, k=4)
    assert (found.indices == every.indices[[5, 7]]).all()
    assert found.query_names == (digits.names[5], digits.names[7])
    assert every.agreement > 0.85
    with pytest.raises(OptionError, match="whole numbers from 0 to 239"):
        vz.nearest_neighbors(digits, [240], k=1)


def test_more_neighbours_than_images_are_all_of_them():
    found = vz.nearest_neighbors(np.eye(4), k=9)
    assert found.indices.shape == (4, 3)
    assert found.notes == ("9 neighbours are too many for 4 images; all 3 are shown.",)


def test_a_map_that_is_the_space_keeps_all_neighbours():
    points = np.random.default_rng(0).normal(size=(40, 2))
    found = vz.nearest_neighbors(points, k=5, metric="euclidean")
    assert (kept_by_map(found, points) == 1).all()


def test_pixel_space_finds_backgrounds():
    red, blue = np.zeros((2, 8, 8, 3), np.uint8)
    red[..., 0] = blue[..., 2] = 200
    marked = red.copy()
    marked[3:5, 3:5] = 255
    found = vz.nearest_neighbors(pixels([red, blue, marked], side=8), k=1, metric="euclidean")
    assert found.indices[0, 0] == 2


# --- what a layer knows ---------------------------------------------------------------------------------------------


def test_the_vote_of_neighbours_is_scikit_learns_for_odd_k():
    from sklearn.model_selection import LeaveOneOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    random = np.random.default_rng(0)
    values, labels = random.normal(size=(60, 3)), np.arange(60) % 2
    values[:, 0] += 2 * labels
    found = vz.knn_accuracy(values, labels, largest=7, metric="euclidean")
    for k in (1, 3, 7):
        wanted = cross_val_score(KNeighborsClassifier(k), values, labels, cv=LeaveOneOut()).mean()
        assert found.accuracy[k - 1] == pytest.approx(wanted)
    assert found.chance == 0.5


def test_a_probe_separates_what_a_line_separates_and_not_noise():
    random = np.random.default_rng(0)
    labels = np.arange(200) % 2
    noise = random.normal(size=(200, 4))
    assert vz.linear_probe(noise + 6 * labels[:, None], labels).accuracy > 0.99
    assert vz.linear_probe(noise, labels).accuracy < 0.65
    found = vz.linear_probe(noise, labels, folds=4)
    assert found.matrix.sum() == 200
    assert len(found.per_fold) == 4


def test_labels_are_needed_in_a_sentence():
    for name in ("knn_accuracy", "linear_probe"):
        with pytest.raises(OptionError, match=f"^{name}: labels must be given"):
            vz.TECHNIQUES[name](np.eye(6))


def test_cka_is_one_for_a_turned_copy_and_small_for_noise():
    random = np.random.default_rng(0)
    values = random.normal(size=(300, 6))
    turn, _ = np.linalg.qr(random.normal(size=(6, 6)))
    assert cka(values, 3 * values @ turn + 1) == pytest.approx(1)
    assert cka(values, random.normal(size=(300, 6))) < 0.1
    wide = random.normal(size=(300, 500))
    assert cka(values, wide) == pytest.approx(cka(wide, values))
