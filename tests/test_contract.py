"""What every technique promises; a new one is covered by being in ``vizlib.TECHNIQUES``."""

import inspect
import math
import threading
from dataclasses import fields, replace
from functools import partial

import asking
import numpy as np
import pytest
import torch
import toys
from asking import QUICK, SO_MANY, WITH_ATTENTION
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.errors import OptionError
from vizlib.core.options import options
from vizlib.core.recipe import perform, recipe_for
from vizlib.data.imagesets import samples
from vizlib.data.streams import image_stream
from vizlib.figures import interactive, static

EVERY = list(vz.TECHNIQUES)
ON_MODELS = [name for name in EVERY if next(iter(inspect.signature(vz.TECHNIQUES[name]).parameters)) == "model"]
ATTRIBUTION = [name for name in ON_MODELS if vz.index.NAMES[name].family == "attribution"]
OPTIONS = [(name, option) for name in EVERY for option in options(vz.TECHNIQUES[name])]
NUMBERS = [(name, option) for name, option in OPTIONS if option.kind in ("int", "float")]
ON_FEATURES = [name for name in EVERY if next(iter(inspect.signature(vz.TECHNIQUES[name]).parameters)) == "features"]
REQUIRED = {"layer": "second", "unit": 0, "k": 2}
HIGHEST = {"unit": 5, "row": 5, "column": 5}  # of this layer; the range of the option is of all layers


def ids(cases):
    return [f"{name}-{option.name}" for name, option in cases]


def explain(name, model, images=None, target=0, **given):
    """Call a technique with as much as its signature asks for."""
    model = toys.attending(model) if name in WITH_ATTENTION else model
    technique = vz.TECHNIQUES[name]
    if name in ON_FEATURES:
        model = toys.features()
    parameters = inspect.signature(technique).parameters
    data = {"images": toys.images() if images is None else images, "target": target, "input_size": 16}
    data |= {"labels": [n % 5 for n in range(len(data["images"]))], "model": model}
    if name in ON_FEATURES:
        data["labels"] = model.labels
    if name in SO_MANY:
        data["images"] = data["images"][: SO_MANY[name]]
        data["images"] = data["images"] if len(data["images"]) == SO_MANY[name] else toys.images(SO_MANY[name])
    if {"other", "checkpoints"} & set(parameters):
        data |= {"checkpoints": others(model), "other": others(model)[0]}
    data.setdefault(next(iter(parameters)), model)
    data = {key: value for key, value in data.items() if key in parameters}
    required = {option.name: REQUIRED[option.name] for option in options(technique) if option.required}
    return technique(**{**data, **required, **QUICK.get(name, {}), **given})


def others(model):
    """Two more solutions for a network, near its own."""
    bare, generator = getattr(model, "_orig_mod", model), torch.Generator().manual_seed(7)
    return [
        {name: p.detach() + 0.1 * torch.randn(p.shape, generator=generator) for name, p in bare.named_parameters()}
        | dict(bare.named_buffers())
        for _ in range(2)
    ]


def is_finite(found):
    arrays = [getattr(found, field.name) for field in fields(found)]
    return all(
        np.isfinite(array).all() for array in arrays if isinstance(array, np.ndarray) and array.dtype.kind in "fc"
    )


class Stop(BaseException):
    """What the browser's worker raises to cancel."""


@pytest.mark.parametrize("make", toys.HAZARDS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", ON_MODELS)
def test_the_model_is_left_as_it_was(name, make):
    model = make()
    before = toys.state_of(model)
    explain(name, model)
    assert toys.same(toys.state_of(model), before)
    assert not getattr(model, "calls", [])


@pytest.mark.parametrize("make", toys.HAZARDS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", ATTRIBUTION)
def test_every_kind_of_model_gives_a_finite_map_on_the_cpu(name, make):
    found = explain(name, make())
    assert all(isinstance(value, np.ndarray) for value in (found.values, found.target, found.score))
    assert found.values.shape[0] == 4
    assert found.values.shape[1] in (1, 3)
    assert found.values.shape[2:] == (16, 16)
    assert found.values.dtype == np.float64
    assert found.is_finite()
    assert found.values.any()
    assert found.target.tolist() == [0, 0, 0, 0]
    assert found.technique == name


@pytest.mark.parametrize("make", [toys.small, toys.in_train_mode, toys.with_callers_hooks, toys.locked])
@pytest.mark.parametrize("name", ON_MODELS)
def test_the_state_a_model_is_found_in_does_not_change_the_answer(name, make):
    assert explain(name, make()).digest() == explain(name, toys.small()).digest()


@pytest.mark.parametrize("name", ON_MODELS)
def test_the_images_are_left_as_they_were(name):
    images = toys.images()
    explain(name, toys.in_place_first(), images)
    assert torch.equal(images, toys.images())
    assert not images.requires_grad


@pytest.mark.parametrize("name", ON_MODELS)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_caller_that_switched_gradients_off_gets_the_same_answer(name, mode):
    wanted = explain(name, toys.small())
    with mode():
        assert explain(name, toys.small(), toys.images()).digest() == wanted.digest()
        assert not torch.is_grad_enabled()


@pytest.mark.parametrize("name", ON_MODELS)
def test_the_same_question_has_the_same_answer_and_global_randomness_is_left_alone(name):
    state = torch.random.get_rng_state()
    first = explain(name, toys.small())
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(99)
    assert explain(name, toys.small()).digest() == first.digest()


@pytest.mark.parametrize("name", ATTRIBUTION)
@pytest.mark.parametrize("target", [2, None, [0, 1, 2, 3]], ids=str)
def test_a_batch_of_four_equals_four_batches_of_one(name, target):
    images = toys.images()
    together = explain(name, toys.small(), images, target)
    for index in range(4):
        mine = target[index] if isinstance(target, list) else target
        alone = explain(name, toys.small(), images[index : index + 1], mine)
        limit = 1e-5 * np.abs(alone.values).max()
        np.testing.assert_allclose(together.values[index], alone.values[0], atol=limit, rtol=0)
        assert together.target[index] == alone.target[0]
        assert together.score[index] == pytest.approx(alone.score[0])
        assert together.notes == alone.notes


@pytest.mark.parametrize("name", ON_MODELS)
def test_numpy_arrays_and_tensors_are_the_same_images(name):
    arrays = toys.images().numpy()
    assert explain(name, toys.small(), arrays).digest() == explain(name, toys.small()).digest()


@pytest.mark.parametrize("name", ATTRIBUTION)
def test_float32_stays_float32(name):
    found = explain(name, toys.small().float(), toys.images().float())
    for field in fields(found):
        value = getattr(found, field.name)
        assert not isinstance(value, np.ndarray) or value.dtype in (np.float32, np.int64)


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=ids(OPTIONS))
def test_every_option_says_what_it_does(name, option):
    assert option.help.endswith(".")
    assert len(option.help) > 20
    assert option.required or option.default is None or option.check(option.default, name) == option.default


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=ids(OPTIONS))
def test_the_lowest_and_highest_value_and_every_choice_run(name, option):
    for value in option.extremes():
        value = min(value, HIGHEST.get(option.name, value))
        found = explain(name, toys.small(), toys.images(1), **{option.name: value})
        assert is_finite(found)


@pytest.mark.parametrize(("name", "option"), NUMBERS, ids=ids(NUMBERS))
def test_beyond_its_range_an_option_is_refused_by_name(name, option):
    step = 1 if option.kind == "int" else 1e-3
    for wrong in (option.low - step, option.high + step, math.nan, math.inf, "much", True, [1]):
        with pytest.raises(OptionError) as refused:
            explain(name, toys.small(), toys.images(1), **{option.name: wrong})
        message = str(refused.value)
        assert message.startswith(f"{name}: {option.name} must be ")
        assert f"{option.high:g}" in message
        assert "\n" not in message


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=ids(OPTIONS))
def test_a_word_that_is_no_choice_is_refused_by_name(name, option):
    with pytest.raises(OptionError, match=f"^{name}: (layer )?{option.name} must be "):
        explain(name, toys.small(), toys.images(1), **{option.name: "nonsense"})


@pytest.mark.parametrize("name", EVERY)
def test_an_option_that_does_not_exist_is_refused_by_name(name):
    with pytest.raises(OptionError, match=f"^{name}: there is no option 'colour'"):
        explain(name, toys.small(), toys.images(1), colour="red")


@pytest.mark.parametrize("name", ON_MODELS)
def test_progress_never_goes_back_and_ends_at_the_total(name):
    reports = []
    explain(name, toys.small(), progress=lambda done, total: reports.append((done, total)))
    done, totals = zip(*reports, strict=True)
    assert done[0] == 0
    assert list(done) == sorted(done)
    assert len(set(totals)) == 1
    assert reports[-1] == (totals[0], totals[0])


@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt, RuntimeError, ValueError])
@pytest.mark.parametrize("name", ON_MODELS)
def test_a_raising_progress_stops_at_once_and_leaves_nothing(name, error):
    model, reports = toys.with_gradients_wanted(), []
    before = toys.state_of(model)

    def cancel(done, total):
        reports.append(done)
        if len(reports) == 2:
            raise error("enough")

    with pytest.raises(error, match=r"^enough$"):
        explain(name, model, progress=cancel)
    assert len(reports) == 2
    assert toys.same(toys.state_of(model), before)
    assert torch.is_grad_enabled()
    assert explain(name, model).digest() == explain(name, toys.small()).digest()


@pytest.mark.parametrize("name", ON_MODELS)
def test_a_slow_pass_can_be_cancelled_before_it_ends(name):
    """A layer that takes long does not keep the later layers from being skipped."""
    model, passed = toys.small(), []
    model.first = Slow(model.first)
    model.head = Seen(model.head, passed)
    reports = []

    def cancel(done, total):
        reports.append(done)
        if len(reports) == 2:
            raise Stop

    with pytest.raises(Stop):
        explain(name, model, toys.images(1), progress=cancel, **early_layer(name))
    assert not passed


class Slow(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        threading.Event().wait(0.3)
        return self.inner(x)


class Seen(torch.nn.Module):
    def __init__(self, inner, passed):
        super().__init__()
        self.inner = inner
        self.passed = Shared(passed)

    def forward(self, x):
        self.passed.items.append(len(x))
        return self.inner(x)


class Shared:
    """Stays the same object in a copy."""

    def __init__(self, items):
        self.items = items

    def __deepcopy__(self, memo):
        return self


def test_two_threads_with_all_techniques_on_one_model_give_the_sequential_answers():
    model = toys.with_gradients_wanted()
    images = toys.images(2)
    calls = {name: partial(answer, name, model, images) for name in ON_MODELS}
    wanted = {name: call() for name, call in calls.items()}
    found = toys.answers_of_two_threads(calls)
    assert [(name, digest) for name, digest in found if digest != wanted[name]] == []


def answer(name, model, images):
    return explain(name, model, images, **early_layer(name)).digest()


def early_layer(name):
    """A layer that many others follow, where the technique looks at one."""
    return {option.name: "first" for option in options(vz.TECHNIQUES[name]) if option.kind == "layer"}


@pytest.mark.parametrize("name", ON_FEATURES)
def test_on_features_the_same_question_has_the_same_answer(name):
    first = explain(name, None)
    assert is_finite(first)
    assert explain(name, None).digest() == first.digest()


@pytest.mark.parametrize("name", ON_FEATURES)
def test_features_are_left_as_they_were(name):
    found = toys.features()
    required = {option.name: REQUIRED[option.name] for option in options(vz.TECHNIQUES[name]) if option.required}
    vz.TECHNIQUES[name](found, **required, **QUICK.get(name, {}))
    assert found.digest() == toys.features().digest()


@pytest.mark.parametrize("name", ON_FEATURES)
def test_on_features_progress_never_goes_back_and_ends_at_the_total(name):
    reports = []
    explain(name, None, progress=lambda done, total: reports.append((done, total)))
    done, totals = zip(*reports, strict=True)
    assert done[0] == 0
    assert list(done) == sorted(done)
    assert len(set(totals)) == 1
    assert reports[-1] == (totals[0], totals[0])


@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt, RuntimeError, ValueError])
@pytest.mark.parametrize("name", ON_FEATURES)
def test_on_features_a_raising_progress_stops_at_once(name, error):
    reports = []

    def cancel(done, total):
        reports.append(done)
        if len(reports) == 2:
            raise error("enough")

    with pytest.raises(error, match=r"^enough$"):
        explain(name, None, progress=cancel)
    assert len(reports) == 2


def test_two_threads_with_all_techniques_on_the_same_features_give_the_sequential_answers():
    calls = {name: partial(lambda name: explain(name, None).digest(), name) for name in ON_FEATURES}
    wanted = {name: call() for name, call in calls.items()}
    assert [(name, digest) for name, digest in toys.answers_of_two_threads(calls) if digest != wanted[name]] == []


@pytest.mark.parametrize("name", ON_FEATURES)
@pytest.mark.parametrize("wrong", [np.full((20, 3), np.nan), np.zeros((0, 3)), np.zeros(5), [[1, 2], [3]], "rows"])
def test_what_are_no_features_is_refused_in_one_sentence(name, wrong):
    required = {option.name: REQUIRED[option.name] for option in options(vz.TECHNIQUES[name]) if option.required}
    with pytest.raises(OptionError, match=f"^{name}: features must ") as refused:
        vz.TECHNIQUES[name](wrong, **required)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("backend", [interactive, static])
@pytest.mark.parametrize("name", ON_FEATURES)
def test_both_backends_draw_what_was_found_in_features(name, backend):
    found = explain(name, None)
    assert backend.figure(found) is not None
    assert backend.figure(found, images=[np.full((16, 16, 3), 128, np.uint8)] * 24, labels=list("abcde")) is not None


@pytest.mark.parametrize("name", ON_FEATURES)
def test_a_recipe_goes_from_the_images_through_the_features_to_the_same_result(name):
    model, images = vz.load_model("digits-cnn"), image_stream("digits:60")
    given = {option.name: REQUIRED[option.name] for option in options(vz.TECHNIQUES[name]) if option.required}
    recipe = recipe_for(name, model, images, layer="conv2", **{**given, **QUICK.get(name, {})})
    again = vz.Recipe.from_json(recipe.to_json())
    assert again.digest() == recipe.digest()
    assert {"layer", "pool"} < set(again.options)
    assert vz.run(again).digest() == perform(recipe, model, images).digest()


@pytest.mark.parametrize("backend", [interactive, static])
@pytest.mark.parametrize("name", ON_MODELS)
def test_both_backends_draw_it(name, backend):
    found = explain(name, toys.small(), toys.images(2))
    pixels = [np.full((16, 16, 3), 128, np.uint8)] * 2
    assert backend.figure(found) is not None
    assert backend.figure(found, images=pixels, labels=list("abcde")) is not None


@pytest.mark.parametrize("name", ON_MODELS)
def test_its_recipe_makes_the_same_digest_and_the_same_result(name, tmp_path):
    where = toys.tiny_vit_card(tmp_path) if name in WITH_ATTENTION else "digits-cnn"
    model = vz.load_model(where)
    pictures = [(label, image.convert("RGB")) for label, image in samples("digits-cnn")[: SO_MANY.get(name, 1)]]
    required = {**REQUIRED, "layer": "conv2"}
    given = {option.name: required[option.name] for option in options(vz.TECHNIQUES[name]) if option.required}
    recipe = recipe_for(name, model, pictures, others=asking.others(name), **given)
    again = vz.Recipe.from_json(recipe.to_json())
    assert again.digest() == recipe.digest()
    images = [image for _label, image in pictures]
    first = perform(recipe, model, images)
    bundled = where == "digits-cnn"
    assert vz.run(replace(again, model=where), () if bundled else images).digest() == first.digest()
