"""Maps: equal to what they stand on, told while they grow, cancelled at once, and right where data is odd."""

import threading
import time
import warnings

import numpy as np
import pytest
import toys

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.figures.space import title
from vizlib.space.alignment import align
from vizlib.space.clusters import clusters
from vizlib.space.placing import embed_new
from vizlib.space.results import Embedding
from vizlib.space.umap import umap_is_warm, warm_umap

QUICK = {"pca": {}, "tsne": {"iterations": 50}, "umap": {"epochs": 30}}


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.data[:300], data.target[:300]


class Cancel(BaseException):
    pass


class Watcher:
    """A progress that watches previews."""

    def __init__(self, until=None):
        self.reports, self.shown, self.until = [], [], until

    def __call__(self, done, total):
        self.reports.append(done)
        if self.until is not None and done >= self.until:
            raise Cancel

    def show(self, make):
        self.shown.append(make())


def test_umap_is_umap_learns_bit_for_bit(digits):
    import umap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = umap.UMAP(random_state=3, n_epochs=30).fit_transform(digits[0].astype(np.float32))
    found = vz.umap(digits[0], seed=3, epochs=30)
    assert (found.points == wanted).all()
    assert umap_is_warm()
    warm_umap()


def test_scikit_learns_engine_is_scikit_learn(digits):
    from sklearn.manifold import TSNE

    wanted = TSNE(max_iter=260, random_state=0, init="pca").fit_transform(digits[0][:100])
    assert (vz.tsne(digits[0][:100], engine="sklearn", iterations=10).points == wanted).all()


def test_both_engines_keep_the_neighbourhoods_of_digits(digits):
    for engine in ("opentsne", "sklearn"):
        found = vz.tsne(digits[0], engine=engine, iterations=250).quality
        assert found.trustworthiness > 0.97
        assert found.knn_kept > 0.55


@pytest.mark.parametrize("name", ["tsne", "umap"])
def test_the_map_is_shown_while_it_grows(name, digits):
    watcher = Watcher()
    found = vz.TECHNIQUES[name](digits[0], progress=watcher, **({"epochs": 400} if name == "umap" else QUICK[name]))
    assert watcher.shown
    assert all(preview.points.shape == found.points.shape and preview.quality is None for preview in watcher.shown)
    assert watcher.reports[-1] == 1000


@pytest.mark.parametrize(
    ("name", "options"),
    [("tsne", {"iterations": 5000}), ("tsne", {"engine": "sklearn", "iterations": 5000}), ("umap", {"epochs": 5000})],
)
def test_a_cancel_is_heard_within_two_seconds(name, options, digits):
    warm_umap()
    asked = []

    def progress(done, total):
        if asked and time.monotonic() > asked[0]:
            raise Cancel
        if done >= 120 and not asked:
            asked.append(time.monotonic())

    with pytest.raises(Cancel):
        vz.TECHNIQUES[name](digits[0], progress=progress, **options)
    assert time.monotonic() - asked[0] < 2
    assert vz.umap(digits[0][:50], epochs=10).points.shape == (50, 2)  # nothing is held by what was left


@pytest.mark.parametrize("name", ["pca", "tsne", "umap"])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_odd_data_gives_a_finite_map(name, dimensions):
    random = np.random.default_rng(0)
    copies = np.repeat(random.normal(size=(10, 4)), 4, axis=0)
    for values in (copies, random.normal(size=(8, 1)), random.normal(size=(8, 30))):
        found = vz.TECHNIQUES[name](values, dimensions=dimensions, **QUICK[name])
        assert found.points.shape == (len(values), dimensions)
        assert np.isfinite(found.points).all()
    assert name == "pca" or vz.TECHNIQUES[name](copies, **QUICK[name]).notes[-1].startswith("30 images have the same")


@pytest.mark.parametrize("name", ["pca", "tsne", "umap"])
def test_equal_features_lie_at_one_place_and_that_is_said(name):
    found = vz.TECHNIQUES[name](np.ones((20, 3)))
    assert (found.points == 0).all()
    assert "All images have the same features, so all points lie at one place." in found.notes
    assert np.isnan(found.quality.trustworthiness)  # a number would judge the order of equal distances
    assert "no map to judge" in found.quality.notes[0]
    assert title(found).endswith("not judged: equal features")


def test_what_is_too_much_for_few_images_is_clamped_and_said(digits):
    found = vz.tsne(digits[0][:20], **QUICK["tsne"])
    assert found.options["perplexity"] == pytest.approx(19 / 3)
    assert found.notes == ("Perplexity 30 is too much for 20 images; 6.33 was used, a third of the others.",)
    found = vz.umap(digits[0][:8], **QUICK["umap"])
    assert found.notes == ("15 neighbours are too many for 8 images; 7 were used.",)


def test_three_images_are_drawn_by_pca_and_refused_in_a_sentence_by_the_others(digits):
    assert vz.pca(digits[0][:3]).points.shape == (3, 2)
    for name in ("tsne", "umap"):
        with pytest.raises(OptionError, match=f"{name}: features must be of at least . images; got 3. Try pca"):
            vz.TECHNIQUES[name](digits[0][:3])


def test_nan_is_refused_with_the_number_of_images(digits):
    values = digits[0].copy()
    values[[3, 7], 2] = np.nan
    with pytest.raises(OptionError, match="2 of 300 images have NaN"):
        vz.tsne(values)


@pytest.mark.parametrize("name", ["pca", "tsne", "umap"])
def test_new_images_land_beside_their_like_and_the_old_ones_stay(name, digits):
    values, labels = digits
    old = vz.TECHNIQUES[name](values[:240], **QUICK[name])
    before = old.digest()
    placed = embed_new(old, values[:240], values[240:])
    assert old.digest() == before
    assert placed.points.shape == (60, 2)
    near = ((placed.points[:, None] - old.points[None]) ** 2).sum(2).argmin(1)
    assert (labels[near] == labels[240:]).mean() > (0.3 if name == "pca" else 0.75)
    assert (embed_new(old, values[:240], values[240:]).points == placed.points).all()


def test_new_images_in_pca_lie_where_the_projection_puts_them(digits):
    old = vz.pca(digits[0][:200])
    assert embed_new(old, digits[0][:200], digits[0][5:9]).points == pytest.approx(old.points[5:9], abs=1e-9)


def test_new_images_need_the_features_of_the_map(digits):
    old = vz.pca(digits[0][:50])
    with pytest.raises(OptionError, match="those that the map was made of"):
        embed_new(old, digits[0][1:51], digits[0][60:])
    with pytest.raises(OptionError, match="64 numbers an image"):
        embed_new(old, digits[0][:50], np.ones((3, 5)))


def test_alignment_undoes_a_turn_a_mirror_a_shift_and_a_scale():
    points = np.random.default_rng(0).normal(size=(30, 2))
    turn = np.array([[0.6, 0.8], [0.8, -0.6]])
    moved = Embedding(2.5 * points @ turn + [4, -1], "pca")
    assert align(moved, points).points == pytest.approx(points, abs=1e-12)
    with pytest.raises(OptionError, match="2 dimensions"):
        align(moved, np.zeros((30, 3)))


def test_clusters_are_found_and_the_largest_is_first():
    values = np.concatenate([np.zeros((30, 2)), np.full((50, 2), 9.0)]) + np.random.default_rng(0).normal(
        0, 0.1, (80, 2)
    )
    for found in (clusters(values, count=2), clusters(values, method="hdbscan", smallest=10)):
        assert set(found[30:].tolist()) - {-1} == {0}
        assert set(found[:30].tolist()) - {-1} == {1}


def test_two_maps_of_umap_at_once_are_the_sequential_ones(digits):
    wanted = vz.umap(digits[0][:60], epochs=10).digest()
    found = toys.answers_of_two_threads({"umap": lambda: vz.umap(digits[0][:60], epochs=10).digest()})
    assert {digest for _, digest in found} == {wanted}
    assert threading.active_count() < 50
