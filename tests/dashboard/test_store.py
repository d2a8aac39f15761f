"""The shelf of results is bounded by bytes."""

from dataclasses import dataclass

import numpy as np

from dashboard.store import Store, array_bytes


@dataclass(frozen=True)
class Small:
    values: np.ndarray
    name: str = "small"


def small(kilobytes):
    return Small(np.zeros(kilobytes * 1000, np.uint8))


def test_a_result_weighs_the_bytes_of_its_arrays():
    assert array_bytes(Small(np.zeros((2, 3), np.float64))) == 48


def test_the_least_recently_used_goes_first():
    store = Store(3000)
    for key in "abc":
        store.put(key, small(1))
    store.get("a")
    store.put("d", small(1))
    assert [store.get(key) is not None for key in "abcd"] == [True, False, True, True]
    assert store.weight == 3000


def test_a_hundred_results_never_weigh_more_than_the_limit():
    store = Store(10_000)
    for key in range(100):
        store.put(key, small(3))
        assert store.weight <= 10_000
    assert len(store) == 3


def test_the_newest_stays_even_when_it_is_too_heavy_and_replacing_counts_once():
    store = Store(1000)
    store.put("a", small(5))
    assert store.get("a") is not None
    store.put("a", small(1))
    assert store.weight == 1000
