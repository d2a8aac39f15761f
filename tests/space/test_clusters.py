"""Groups: the best of several starts, and a Cancel that frees whoever waits."""

import time

import numpy as np
import pytest

from vizlib.core.errors import OptionError
from vizlib.space.clusters import STARTS, clusters


class Cancel(BaseException):
    pass


def groups(count=300):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 3)) + 20 * np.eye(3)[np.arange(count) % 3]


@pytest.mark.parametrize("method", ["kmeans", "hdbscan"])
def test_groups_that_lie_apart_are_found_and_progress_ends(method):
    reports = []
    found = clusters(groups(), method=method, count=3, progress=lambda done, total: reports.append((done, total)))
    assert [len(set(found[start::3].tolist())) for start in range(3)] == [1, 1, 1]
    assert len(set(found.tolist())) == 3
    assert reports[0] == (0, STARTS)
    assert reports[-1] == (STARTS, STARTS)


@pytest.mark.parametrize(("method", "name"), [("kmeans", "KMeans"), ("hdbscan", "HDBSCAN")])
def test_a_cancel_is_heard_at_once_though_scikit_learn_goes_on(method, name, monkeypatch):
    import sklearn.cluster

    class Slow(getattr(sklearn.cluster, name)):
        def fit(self, *data):
            time.sleep(1.5)
            return super().fit(*data)

        def fit_predict(self, *data):
            return self.fit(*data).labels_

    monkeypatch.setattr(sklearn.cluster, name, Slow)
    begun = time.monotonic()

    def cancel(done, total):
        if time.monotonic() - begun > 0.2:
            raise Cancel

    with pytest.raises(Cancel):
        clusters(groups(), method=method, count=3, progress=cancel)
    assert time.monotonic() - begun < 1.2


def test_kmeans_keeps_the_best_of_its_starts_and_the_same_seed_gives_the_same_groups():
    from sklearn.cluster import KMeans

    values = np.random.default_rng(1).normal(size=(200, 4))
    best = min(KMeans(8, n_init=1, random_state=5 + start).fit(values).inertia_ for start in range(STARTS))
    found = clusters(values, count=8, seed=5)
    spread = sum(((values[found == one] - values[found == one].mean(0)) ** 2).sum() for one in range(8))
    assert spread == pytest.approx(best, rel=1e-6)
    assert (found == clusters(values, count=8, seed=5)).all()


def test_wrong_numbers_are_refused_in_one_sentence():
    with pytest.raises(OptionError, match="count must be from 1 to the number of images, 300"):
        clusters(groups(), count=301)
    with pytest.raises(OptionError, match="smallest must be from 2"):
        clusters(groups(), method="hdbscan", smallest=1)
    with pytest.raises(OptionError, match="method must be"):
        clusters(groups(), method="nonsense")  # type: ignore[arg-type]
