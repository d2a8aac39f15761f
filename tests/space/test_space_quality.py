"""Measures of a map: equal to the reference, to the printed values, and to what can be told by hand."""

import numpy as np
import pytest

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.space.quality import distances_kept, quality
from vizlib.space.results import Features


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.data, data.target


def reference(values, points, k):
    from sklearn.manifold import trustworthiness

    return trustworthiness(values, points, n_neighbors=k)


@pytest.mark.parametrize("k", [1, 5, 12, 99])
def test_trustworthiness_and_continuity_are_scikit_learns(k):
    random = np.random.default_rng(0)
    values, points = random.normal(size=(200, 10)), random.normal(size=(200, 2))
    assert vz.trustworthiness(values, points, k=k) == pytest.approx(reference(values, points, k), abs=1e-12)
    assert vz.continuity(values, points, k=k) == pytest.approx(reference(points, values, k), abs=1e-12)


def test_raw_digits_on_their_principal_plane_have_the_printed_values(digits):
    values, labels = digits
    found = vz.pca(Features(values, labels=labels))
    assert found.quality.trustworthiness == pytest.approx(reference(values, found.points, 12), abs=1e-12)
    assert found.quality.trustworthiness == pytest.approx(0.8296, abs=5e-5)
    assert found.quality.knn_kept == pytest.approx(0.118, abs=5e-4)
    assert found.quality.nearest_features == pytest.approx(0.98831, abs=1e-5)
    assert found.explained == pytest.approx([0.14891, 0.13619], abs=1e-5)


def test_a_map_that_is_the_space_itself_is_perfect():
    values = np.random.default_rng(1).normal(size=(60, 2))
    found = quality(values, values * 3 + 1, np.arange(60) % 2)
    assert (found.trustworthiness, found.continuity, found.knn_kept) == (1, 1, 1)
    assert found.cpd == pytest.approx(1)
    assert found.nearest == found.nearest_features
    assert (found.trust == 1).all()


def test_the_trust_of_points_has_the_trustworthiness_as_its_mean():
    random = np.random.default_rng(2)
    found = quality(random.normal(size=(90, 5)), random.normal(size=(90, 2)))
    assert found.trust.mean() == found.trustworthiness
    assert found.trust.min() < found.trust.max() <= 1


def test_a_random_map_is_worth_about_one_half():
    random = np.random.default_rng(3)
    found = quality(random.normal(size=(400, 8)), random.normal(size=(400, 2)))
    assert found.trustworthiness == pytest.approx(0.5, abs=0.04)
    assert found.knn_kept == pytest.approx(10 / 399, abs=0.02)
    assert found.cpd == pytest.approx(0, abs=0.05)


def test_parts_do_not_change_the_measures(monkeypatch):
    random = np.random.default_rng(4)
    values, points = random.normal(size=(150, 6)), random.normal(size=(150, 2))
    wanted = quality(values, points)
    monkeypatch.setattr("vizlib.space.distances.BLOCK", 8 * 150 * 7)
    assert quality(values, points).trust == pytest.approx(wanted.trust, abs=1e-12)


def test_distances_kept_is_spearmans_correlation():
    from scipy.spatial.distance import pdist
    from scipy.stats import spearmanr

    random = np.random.default_rng(5)
    values, points = random.integers(0, 4, (80, 3)), random.normal(size=(80, 2))
    assert distances_kept(values, points) == pytest.approx(spearmanr(pdist(values), pdist(points))[0], abs=1e-12)


@pytest.mark.parametrize("k", [0, 5, 1.5, True])
def test_k_must_be_less_than_half_of_the_images(k):
    with pytest.raises(OptionError, match="less than half of the 10 images"):
        vz.trustworthiness(np.eye(10), np.zeros((10, 2)), k=k)


def test_few_images_are_judged_by_fewer_neighbours_and_two_not_at_all():
    five = quality(np.eye(5), np.random.default_rng(0).normal(size=(5, 2)))
    assert (five.k, five.notes) == (2, ("With 5 images only 2 neighbours are judged.",))
    assert np.isnan(quality(np.eye(2), np.eye(2)).trustworthiness)
