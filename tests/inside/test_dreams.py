"""Dreams climb, every regulariser changes them, and silent units are woken or refused."""

import numpy as np
import pytest
import torch
import toys
from torch import nn
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.figures import interactive, static
from vizlib.inside.parametrisation import Space, display
from vizlib.inside.regularisers import Moves, blurred, clipped, moved
from vizlib.inside.starts import loud, quiet_start

NONE = {"jitter": 0, "zoom": 0.0, "rotate": 0.0}


def dream(model=None, **given):
    settings = {"layer": "second", "unit": 0, "steps": 12, "input_size": 24, **NONE, **given}
    return vz.maximize_activation(model or toys.small(), **settings)


@pytest.mark.parametrize("size", [(8, 8), (9, 8), (8, 9), (15, 17), (1, 5)])
@pytest.mark.parametrize("kind", ["fourier", "pixel"])
def test_an_image_goes_through_its_numbers_and_back_for_odd_sides_too(kind, size):
    image = torch.randn(1, 3, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    space = Space(kind, 3, size, image)
    torch.testing.assert_close(space.decode(space.encode(image)), image, rtol=1e-12, atol=1e-12)
    numbers = space.start(torch.Generator().manual_seed(0))
    assert space.decode(numbers).shape == image.shape


def test_waves_start_with_amplitudes_like_one_over_the_frequency():
    space = Space("fourier", 3, (64, 64), torch.empty(0, dtype=torch.float64))
    power = torch.fft.rfft2(space.decode(space.start(torch.Generator().manual_seed(0)))).abs()[0].mean(0)
    assert (power[0, 2:6].mean() / power[0, 16:24].mean()).item() == pytest.approx(5.7, rel=0.4)


def test_the_input_is_the_picture_normalised():
    found = vz.maximize_activation(toys.small(), ((0.1, 0.2, 0.3), (0.5, 0.6, 0.7)), layer="first", steps=2)
    assert found.image.shape == (3, 224, 224)
    mean, std = np.array([0.1, 0.2, 0.3])[:, None, None], np.array([0.5, 0.6, 0.7])[:, None, None]
    np.testing.assert_allclose(found.input * std + mean, found.image, atol=1e-6)
    assert 0 < found.image.min() < found.image.max() < 1


def test_a_loaded_model_brings_its_own_normalisation():
    model = vz.load_model("scenes-resnet")
    found = vz.maximize_activation(model, layer="layer1", steps=1)
    np.testing.assert_allclose(found.input, (found.image - 0.5) / 0.25, atol=1e-6)
    assert found.image.shape == (3, 96, 96)
    assert not any("normalised" in note for note in found.notes)


def test_the_objective_of_random_channels_grows_more_than_tenfold():
    model = vz.load_model("scenes-resnet")
    random = np.random.default_rng(0)
    for layer, width in (("layer1", 32), ("layer2", 64)):
        unit = int(random.integers(width))
        found = vz.maximize_activation(model, layer=layer, unit=unit, steps=48)
        assert found.end > 10 * found.start, (layer, unit)
        assert found.image.std() > 0.05


@pytest.mark.parametrize(("layer", "unit"), [("layer1", 14), ("layer2", 32)])
def test_a_channel_that_grey_excites_starts_where_it_is_quiet_and_grows_tenfold_too(layer, unit):
    found = vz.maximize_activation(vz.load_model("scenes-resnet"), layer=layer, unit=unit, steps=80)
    assert found.end > 10 * found.start > 0
    assert found.notes[-1].startswith("Faint noise on grey excites the unit to 0.")
    assert len(found.trace) == 80


def test_a_quiet_start_is_the_nearest_to_grey_that_is_quiet_enough():
    space = Space("pixel", 3, (8, 8), torch.empty(0, dtype=torch.float64))
    noise = space.start(torch.Generator().manual_seed(0))
    likes_grey = lambda image: float(torch.exp(-image.abs().mean()))  # noqa: E731
    assert likes_grey(noise) > 0.98
    near, far = (quiet_start(space, noise, likes_grey, reached) for reached in (10.0, 3.0))
    assert likes_grey(near.image(noise)) <= 0.8
    assert 0 < near.colour.norm() < far.colour.norm()
    least = quiet_start(space, noise, likes_grey, 0.0)
    assert likes_grey(least.image(noise)) == pytest.approx(np.exp(-2.4 / 3**0.5), rel=0.01)
    assert not quiet_start(space, noise, lambda image: 1.0, 1.0).colour.any()


def test_a_start_is_loud_where_the_climb_has_hardly_grown():
    assert loud([0.3, *[1.0] * 20])
    assert not loud([0.3, *[1.0] * 5, *[3.1] * 8])
    assert not loud([0.0, *[1.0] * 20])
    assert not loud([-0.5, *[0.1] * 20])


@pytest.mark.parametrize("objective", ["channel", "position", "logit"])
def test_start_and_end_are_what_the_network_says_of_the_images(objective):
    model = toys.small()
    found = dream(model, objective=objective, unit=1)
    recorded = []
    model.second.register_forward_hook(lambda *call: recorded.append(call[2].clone()))
    scores = model(torch.tensor(found.input)[None])
    channel = recorded[0][0, 1]
    wanted = {"channel": channel.mean(), "position": channel[6, 6], "logit": scores[0, 1]}[objective]
    assert found.end == pytest.approx(wanted.item(), rel=1e-9)
    assert found.end > found.start
    assert found.trace[0] == pytest.approx(found.start)


REGULARISERS = [
    {"decay": 0.05}, {"blur": 1.0}, {"norm_clip": 30.0}, {"contribution_clip": 30.0},
    {"jitter": 4}, {"zoom": 0.3}, {"rotate": 20.0}, {"parametrisation": "pixel"},
]  # fmt: skip


@pytest.mark.parametrize("setting", REGULARISERS, ids=lambda setting: next(iter(setting)))
def test_every_regulariser_changes_the_image(setting):
    assert np.abs(dream(**setting).image - dream().image).max() > 0.01


def test_decay_and_blur_and_clipping_do_what_they_say():
    plain = dream(parametrisation="pixel")
    flatness = {name: dream(parametrisation="pixel", **{name: value}) for name, value in
                (("decay", 0.2), ("blur", 2.0), ("norm_clip", 60.0), ("contribution_clip", 60.0))}  # fmt: skip
    assert flatness["decay"].image.std() < plain.image.std()
    assert flatness["blur"].total_variation < 0.5 * plain.total_variation
    for name in ("norm_clip", "contribution_clip"):
        grey = np.isclose(flatness[name].image, 0.5, atol=1e-9).all(0).mean()
        assert grey == pytest.approx(0.6, abs=0.01)


def test_a_blur_every_b_steps_blurs_less_often():
    often, rarely = (dream(parametrisation="pixel", blur=1.0, blur_every=every) for every in (1, 12))
    assert often.total_variation < rarely.total_variation


def test_a_blur_keeps_the_sum_and_has_the_radius_asked_for():
    dot = torch.zeros(1, 1, 41, 41, dtype=torch.float64)
    dot[0, 0, 20, 20] = 1
    soft = blurred(dot, 2.0)[0, 0]
    assert soft.sum().item() == pytest.approx(1)
    assert ((torch.arange(41.0).double() - 20) ** 2 @ soft.sum(1)).sqrt().item() == pytest.approx(2, rel=0.02)


def test_clipping_takes_the_smallest_pixels():
    image = torch.arange(1.0, 11).reshape(1, 1, 2, 5)
    assert clipped(image, image, 40).flatten().tolist() == [0, 0, 0, 0, 5, 6, 7, 8, 9, 10]
    assert clipped(image, image, 0) is image


def test_moves_shift_whole_pixels_and_turn_about_the_centre():
    image = torch.randn(1, 2, 9, 13, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(moved(image, (2, 3), 1.0, 0.0)[..., 2:, 3:], image[..., :-2, :-3])
    torch.testing.assert_close(moved(image, (0, 0), 1.0, np.pi), image.flip(2, 3))
    square = image[..., :9]
    torch.testing.assert_close(moved(square, (0, 0), 1.0, np.pi / 2).abs().sum(), square.abs().sum())
    assert Moves()(image, torch.Generator()) is image


def test_another_seed_is_another_image():
    assert np.abs(dream(seed=1).image - dream().image).max() > 0.01


class Shut(nn.Sequential):
    """One channel behind a rectifier that noise never opens."""

    def __init__(self, bias: float) -> None:
        super().__init__(nn.Conv2d(3, 1, 3), nn.ReLU(inplace=True))
        nn.init.constant_(self[0].weight, 0.2)
        nn.init.constant_(self[0].bias, bias)
        self.double()


def test_a_unit_that_starts_silent_is_woken_through_its_rectifier_and_it_is_told():
    found = dream(Shut(-3.0), layer="1", steps=40)
    assert found.start == 0
    assert found.end > 0.5
    assert "silent in" in found.notes[-1]
    assert found.image.std() > 0.05


def test_a_unit_that_nothing_wakes_is_refused_and_never_shown_grey():
    with pytest.raises(UnsupportedModel, match=r"^maximize_activation: the unit is dead.*Choose another unit"):
        dream(Shut(-1e6), layer="1", steps=60)


def test_a_unit_or_layer_that_does_not_exist_is_refused():
    with pytest.raises(OptionError, match="unit must be from 0 to 5 for this layer; got 6"):
        dream(unit=6)
    with pytest.raises(OptionError, match="layer must be given"):
        dream(layer=None)


def test_a_layer_without_positions_is_its_own_value():
    by_layer, by_score = dream(layer="head", unit=2), dream(objective="logit", unit=2)
    np.testing.assert_allclose(by_layer.image, by_score.image, atol=1e-12)


def test_somebody_who_watches_sees_the_image_grow_and_can_stop():
    class Watcher:
        def __init__(self):
            self.seen = []

        def __call__(self, done, total):
            pass

        def show(self, make):
            self.seen.append(make())

    watcher = Watcher()
    final = dream(progress=watcher)
    assert watcher.seen
    assert watcher.seen[0].image.shape == final.image.shape
    assert len(watcher.seen[0].trace) <= len(final.trace)


def test_the_colours_of_a_grey_network_stay_grey():
    like = torch.empty(0, dtype=torch.float64)
    assert display(None, 1, like).mixing is None
    found = dream(nn.Sequential(nn.Conv2d(1, 2, 3)).double(), layer="0")
    assert found.image.shape == (1, 24, 24)
    assert found.pixels().shape == (24, 24, 3)


def test_normalisation_must_fit_the_channels():
    with pytest.raises(OptionError, match="normalisation must be"):
        vz.maximize_activation(toys.small(), ((0.5, 0.5), (1, 1)), layer="first", steps=1)


def test_both_drawings_name_the_class():
    found = dream(objective="logit", unit=2)
    labels = list("abcde")
    assert "Activation maximisation: c" in interactive.figure(found, labels=labels).layout.title.text
    assert "c" in static.figure(found, labels=labels).axes[0].get_title(loc="left")


def test_a_direction_of_one_channel_is_that_channel_whatever_its_length():
    one = dream(unit=2)
    for direction in ({2: 3.5}, "2:0.25", [0, 0, 7.0, 0, 0, 0], None):
        along = dream(objective="direction", direction=direction, unit=2)
        np.testing.assert_allclose(along.image, one.image, atol=1e-9)
        assert along.end == pytest.approx(one.end)


@pytest.mark.parametrize("power", [0.0, 2.0])
def test_the_objective_of_a_direction_is_the_projection_weighted_with_its_cosine(power):
    model, recorded = toys.small(), []
    found = dream(model, objective="direction", direction={4: -4, 1: 3}, cosine=power)
    model.second.register_forward_hook(lambda *call: recorded.append(call[2].detach().clone().numpy()[0]))
    model(torch.tensor(found.input)[None])
    dot = 0.6 * recorded[0][1] - 0.8 * recorded[0][4]
    cosine = dot / np.linalg.norm(recorded[0], axis=0)
    assert found.end == pytest.approx((dot * np.maximum(cosine, 0.1) ** power).mean(), rel=1e-9)
    assert found.end > found.start
    assert found.direction == "1:3.0,4:-4.0"
    assert "-4 × 4 +3 × 1" in static.figure(found).axes[0].get_title(loc="left")


@pytest.mark.parametrize("wrong", ["much", "1:2:3", "", {-1: 2}, [0, 0], {1: np.nan}, 5, "1:1,1:2"])
def test_a_direction_that_is_none_is_refused_in_one_sentence(wrong):
    with pytest.raises(OptionError, match=r"^maximize_activation: direction must be weights of channels, as in '12:1"):
        dream(objective="direction", direction=wrong)


def test_a_direction_beyond_the_channels_is_refused():
    with pytest.raises(OptionError, match="channels from 0 to 5 for this layer; got 6"):
        dream(objective="direction", direction={6: 1})
