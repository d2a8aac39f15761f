"""``@technique`` makes a plain function safe to call from anywhere."""

import dataclasses
import inspect
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Annotated

import numpy as np
import pytest
import torch
import toys

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.core.heartbeat import INTERVAL, Heartbeat
from vizlib.core.memory import MOST, Meter
from vizlib.core.passes import HALVED
from vizlib.core.technique import Progress, Range, options, silent, technique


@technique
def looked_at(
    model, images, target=None, *, times: Annotated[int, Range(1, 3), "How often."] = 1, progress: Progress = silent
):
    """What the body receives."""
    return SimpleNamespace(**locals())


def test_a_function_written_now_has_its_options_checked_and_gets_a_private_copy():
    model = toys.in_train_mode()
    found = looked_at(model, toys.images(), times=2)
    assert [option.name for option in options(looked_at)] == ["times"]
    assert found.model is not model
    assert not found.model.training
    assert found.times == 2
    with pytest.raises(OptionError, match=r"^looked_at: times must be an integer from 1 to 3; got 4\. Try 1\.$"):
        looked_at(model, toys.images(), times=4)


def test_data_come_by_position_or_by_name_and_options_only_by_name():
    model, images = toys.small(), toys.images()
    assert looked_at(images=images, model=model, target=3).target == 3
    with pytest.raises(OptionError, match=r"^looked_at: images must be given\.$"):
        looked_at(model)
    with pytest.raises(OptionError, match=r"^looked_at: options must be given by name, as in window=16\.$"):
        looked_at(model, images, 3, 2)


def test_no_progress_is_as_good_as_a_silent_one():
    assert vz.saliency(toys.small(), toys.images(), 0, progress=None).values.any()


def test_a_mistake_is_named_once_and_keeps_its_kind():
    @technique
    def inner(model, images):
        raise UnsupportedModel("inner: no.")

    with pytest.raises(UnsupportedModel, match=r"^inner: no\.$"):
        inner(toys.small(), toys.images())


def test_a_loaded_model_brings_its_own_default_layer():
    loaded = SimpleNamespace(module=toys.small(), default_layer="first", layers=("first",))
    assert vz.grad_cam(loaded, toys.images(), 0).layer == "first"
    assert vz.grad_cam(loaded, toys.images(), 0, layer="second").layer == "second"


def test_a_result_can_be_passed_where_images_are_asked():
    found = vz.saliency(toys.small(), toys.images(), 0)
    assert vz.saliency(toys.small(), found, 0).values.shape == found.values.shape


def test_results_are_frozen_and_own_their_numbers():
    found = vz.saliency(toys.small(), toys.images(), 0)
    with pytest.raises(ValueError, match="read-only"):
        found.values[0] = 0
    with pytest.raises(AttributeError):
        found.values = None
    assert found.values.base is None


def test_two_threads_with_four_techniques_on_one_larger_model_are_bit_equal_to_one_after_the_other():
    model, images = toys.torchvision_model("resnet18"), toys.images(1, size=64).float()
    calls = {
        "saliency": lambda: vz.saliency(model, images, 3).digest(),
        "guided_backprop": lambda: vz.guided_backprop(model, images, 3).digest(),
        "occlusion": lambda: vz.occlusion(model, images, 3, window=32, stride=32).digest(),
        "grad_cam": lambda: vz.grad_cam(model, images, 3, layer="layer1", signed=True).digest(),
    }
    wanted = {name: call() for name, call in calls.items()}
    found = toys.answers_of_two_threads(calls)
    assert [(name, answer) for name, answer in found if answer != wanted[name]] == []


def test_progress_beats_during_one_long_pass_and_a_stop_in_the_backward_pass_gets_through(monkeypatch):
    monkeypatch.setattr("vizlib.core.heartbeat.INTERVAL", 0)
    reports = []

    def stop_in_the_middle(done, total):
        reports.append((done, total))
        if len(reports) == 9:  # the small model has five layers: this is on the way back
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match=r"^stop$"):
        vz.saliency(toys.small(), toys.images(1), 0, progress=stop_in_the_middle)
    assert set(reports) == {(0, 1)}
    assert INTERVAL <= 0.5


def test_a_heart_does_not_beat_before_the_first_report():
    reports = []
    heart = Heartbeat(lambda *report: reports.append(report))
    heart.time -= 10
    heart.beat()
    assert reports == []
    heart(2, 5)
    heart.time -= 10
    heart.beat()
    assert reports == [(2, 5), (2, 5)]


@pytest.mark.parametrize("name", ["activations", "unit_statistics", "top_patches", "features"])
def test_a_batch_that_does_not_fit_goes_through_in_halves_with_a_note(name):
    given = {"top_patches": {"unit": 1, "k": 2}}.get(name, {})
    wanted = vz.TECHNIQUES[name](toys.Cramped(toys.small(), 9), toys.images(), layer="inner.second", **given)
    found = vz.TECHNIQUES[name](toys.Cramped(toys.small(), 2), toys.images(), layer="inner.second", **given)
    assert HALVED in found.notes
    assert HALVED not in wanted.notes
    for field in dataclasses.fields(found):
        value = getattr(wanted, field.name)
        if isinstance(value, np.ndarray) and value.dtype.kind in "fi":
            np.testing.assert_allclose(getattr(found, field.name), value, rtol=1e-9, atol=1e-12)


def test_as_many_images_at_once_as_the_budget_allows(monkeypatch):
    model = toys.small()
    one = 8 * (3 * 6 * 256 + 6 * 64 + 5)  # three layers on 16 x 16, one on 8 x 8, five scores, in float64
    for budget, wanted in ((1 << 30, MOST), (3 * one, 3), (3 * one - 1, 2), (1, 1)):
        monkeypatch.setattr("vizlib.core.memory.BUDGET", budget)
        meter = Meter(model)
        model(toys.images(1))
        assert meter.images_at_once() == wanted
        assert not any(module._forward_hooks for module in model.modules())


@contextmanager
def default_dtype(kind):
    before = torch.get_default_dtype()
    torch.set_default_dtype(kind)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


MODES = {
    "half precision": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "another device": lambda: torch.device("meta"),  # which holds no numbers: nothing may be made there by default
    "another dtype": lambda: default_dtype(torch.float16),
}
ASKED = {
    "saliency": {"target": 1},
    "occlusion": {"target": 1, "fill": "blur"},
    "grad_cam": {"target": 1},
    "attention": {},
    "receptive_field": {"layer": "inner.second", "input_size": 16},
    "effective_receptive_field": {"layer": "inner.second"},
    "features": {"layer": "inner.second"},
    "maximize_activation": {"layer": "inner.second", "unit": 0, "steps": 2, "blur_every": 1, "rotate": 9.0},
    "loss_landscape": {"labels": [0, 1, 2, 3], "steps": 3},
    "hessian": {"labels": [0, 1, 2, 3], "k": 1, "iterations": 3, "probes": 2},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ASKED)
def test_what_a_caller_has_switched_on_changes_no_number(name, mode):
    model, images, function = toys.attending(toys.small()), toys.images(), vz.TECHNIQUES[name]
    model = model.inner if name == "hessian" else model  # torch's attention has no second derivative
    if mode == "half precision":  # which leaves float64 alone
        model, images = model.float(), images.float()
    data = {"images": images} if "images" in inspect.signature(function).parameters else {}
    expected = function(model, **data, **ASKED[name])
    with MODES[mode]():
        found = function(model, **data, **ASKED[name])
    for field in dataclasses.fields(expected):
        wanted = getattr(expected, field.name)
        if isinstance(wanted, np.ndarray) and wanted.dtype.kind in "fiub":
            assert getattr(found, field.name).dtype == wanted.dtype
            assert np.allclose(getattr(found, field.name), wanted, rtol=1e-9, atol=1e-12, equal_nan=True), field.name


@pytest.mark.parametrize("kind", [">f8", "<f8", "f4", "i8", "f2", "g", "U3", "O", "M8[s]"])
def test_an_array_of_any_kind_is_taken_or_refused_in_one_sentence(kind):
    numbers = toys.images().numpy()
    array = numbers.astype(kind) if kind != "M8[s]" else np.zeros(numbers.shape, kind)
    if array.dtype.newbyteorder("=") == np.float64:
        assert np.array_equal(vz.saliency(toys.small(), array, 0).values, vz.saliency(toys.small(), numbers, 0).values)
    else:
        with pytest.raises(OptionError, match=r"^saliency: images (must be|are) [^\n]*$"):
            vz.saliency(toys.small(), array, 0)


def test_no_technique_moves_a_process_wide_switch():
    before = switches()
    for name in ("saliency", "guided_backprop", "occlusion", "grad_cam"):
        vz.TECHNIQUES[name](toys.small(), toys.images(1), 0)
    assert switches() == before


def switches():
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_dtype(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_num_threads(),
        torch._C._get_graph_executor_optimize(),
        torch.backends.mkldnn.enabled,
        np.geterr()["invalid"],
    )


@pytest.mark.parametrize("side", ["model", "images"])
@pytest.mark.parametrize("name", ["saliency", "guided_backprop", "occlusion", "grad_cam"])
def test_what_holds_no_numbers_is_refused(name, side):
    model, images = toys.small(), toys.images(1)
    data = (model.to("meta"), images) if side == "model" else (model, images.to("meta"))
    with pytest.raises(OptionError, match=rf"^{name}: images and model must hold numbers, .* meta device"):
        getattr(vz, name)(*data)
