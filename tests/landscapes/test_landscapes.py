"""Loss landscapes against closed forms and identities."""

import numpy as np
import pytest
import torch
import toys
from torch import Tensor, nn
from toys import one_thread  # noqa: F401

import vizlib as vz
from vizlib.core.errors import OptionError, UnsupportedModel
from vizlib.landscapes.directions import filter_normalised, random_direction, rules
from vizlib.landscapes.measure import Measure
from vizlib.landscapes.order import coarse_to_fine
from vizlib.landscapes.planes import main_plane, three_point_plane
from vizlib.landscapes.results import RANDOM_WALK, random_walk

LABELS = [0, 1, 2, 3]
HESSIAN = torch.diag(torch.tensor([9.0, 4.0, 1.0, 0.5, 0.25], dtype=torch.float64))
HESSIAN[0, 1] = HESSIAN[1, 0] = 2.0


class Quadratic(nn.Module):
    """Its cross-entropy for class 0 is exactly c + 1/2 (w - m)ᵀ A (w - m)."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[0.3, -0.2, 0.1, 0.4, 0.5]], dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        moved = (self.weight - 0.1)[0]
        loss = 0.5 + moved @ HESSIAN @ moved / 2
        first = -torch.log(torch.expm1(loss)).expand(len(x), 1)
        return torch.cat([first, torch.zeros_like(first)], 1)


def quadratic(first: float, second: float, directions: list[Tensor], start: Tensor) -> float:
    moved = start + first * directions[0] + second * directions[1] - 0.1
    return float(0.5 + moved @ HESSIAN @ moved / 2)


def test_a_quadratic_has_its_surface_in_closed_form():
    model = Quadratic()
    found = vz.loss_landscape(model, toys.images(2), [0, 0], span=2.0, steps=5, seed=3)
    generator = torch.Generator().manual_seed(3)
    directions = [random_direction(model, dict(model.named_parameters()), generator)["weight"][0] for _ in range(2)]
    wanted = [[quadratic(x, y, directions, model.weight.detach()[0]) for x in found.axis] for y in found.rows]
    np.testing.assert_allclose(found.losses, wanted, rtol=1e-10)


def test_a_quadratic_has_its_eigenvalues_and_trace_in_closed_form():
    found = vz.hessian(Quadratic(), toys.images(2), [0, 0], k=3, iterations=5, probes=200)
    wanted = np.linalg.eigvalsh(HESSIAN.numpy())[::-1]
    np.testing.assert_allclose(found.values, wanted[:3], rtol=1e-9)
    assert found.smallest == pytest.approx(wanted[-1])
    assert abs(found.trace - wanted.sum()) < 4 * found.trace_error
    assert found.trace_error == pytest.approx(4 / np.sqrt(200), rel=0.2)  # variance of vᵀHv: 2 Σ_{i≠j} h_ij² = 16


def test_along_its_eigenvectors_a_quadratic_bends_by_its_eigenvalues():
    found = vz.loss_landscape(Quadratic(), toys.images(1), [0], span=0.5, steps=3, directions="hessian")
    top = np.linalg.eigvalsh(HESSIAN.numpy())[::-1]
    for line, value in ((found.losses[1], top[0]), (found.losses[:, 1], top[1])):
        assert (line[0] - 2 * line[1] + line[2]) / 0.25 == pytest.approx(value, rel=1e-6)


def perceptron(first: float) -> nn.Module:
    model = toys.seeded(
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(768, 8, bias=False), nn.ReLU(), nn.Linear(8, 5, bias=False))
    )
    with torch.no_grad():
        model[1].weight.mul_(first)
        model[3].weight.div_(first)
    return model


def test_rescaled_layers_have_identical_normalised_landscapes():
    one, other = (vz.loss_landscape(perceptron(scale), toys.images(), LABELS, steps=5) for scale in (1.0, 10.0))
    np.testing.assert_allclose(other.losses, one.losses, rtol=1e-9)
    lines = [vz.loss_lines(perceptron(scale), toys.images(), LABELS, steps=5, seeds=2) for scale in (1.0, 10.0)]
    np.testing.assert_allclose(lines[1].losses, lines[0].losses, rtol=1e-9)


def test_rescaled_layers_have_other_eigenvalues():
    """Which is why sharpness may be compared only between runs of one start."""
    one, other = (vz.hessian(perceptron(scale), toys.images(), LABELS, k=1) for scale in (1.0, 0.1))
    assert other.values[0] > 5 * one.values[0]


@pytest.mark.parametrize("directions", ["random", "hessian"])
def test_the_centre_is_the_models_own_loss_and_the_weights_stay(directions):
    model, images = toys.small(), toys.images()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = vz.loss_landscape(model, images, LABELS, steps=3, directions=directions)
    wanted = torch.nn.functional.cross_entropy(model(images), torch.tensor(LABELS)).detach()
    assert abs(found.losses[1, 1] - float(wanted)) < 1e-12
    assert found.axis[1] == found.rows[1] == 0
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert found.unchanged
    assert found.banners() == ()


def test_a_broken_centre_is_said():
    from dataclasses import replace

    found = vz.loss_landscape(toys.small(), toys.images(), LABELS, steps=3)
    assert "do not trust" in replace(found, center_loss=found.model_loss + 1e-5).banners()[0]
    assert "changed" in replace(found, unchanged=False).banners()[0]


def test_the_batches_do_not_change_the_landscape():
    results = [vz.loss_landscape(toys.small(), toys.images(), LABELS, steps=5, batch_size=size) for size in (1, 3, 64)]
    for found in results[1:]:
        np.testing.assert_allclose(found.losses, results[0].losses, rtol=1e-12)
        assert (found.accuracy == results[0].accuracy).all()


def test_even_steps_are_refused_by_name():
    for call in (vz.loss_landscape, vz.loss_lines):
        with pytest.raises(OptionError, match=r"steps must be odd.*got 4\. Try 5\."):
            call(toys.small(), toys.images(), LABELS, steps=4)


@pytest.mark.parametrize("labels", [[0, 1, 2], [0, 1, 2, 9], [0, 1, 2, -1], [0.0, 1, 2, 3], "abcd", None])
def test_wrong_labels_are_refused(labels):
    with pytest.raises(OptionError, match="labels must"):
        vz.loss_landscape(toys.small(), toys.images(), labels, steps=3)


def test_a_model_without_weights_is_refused():
    with pytest.raises(UnsupportedModel, match="no weights"):
        vz.loss_landscape(toys.Sum(), toys.images(), LABELS, steps=3)


def test_every_filter_is_as_long_as_its_weights_and_vectors_stay():
    model = toys.small()
    start = dict(model.named_parameters())
    direction = random_direction(model, start, torch.Generator().manual_seed(0))
    assert set(direction) == {"first.weight", "second.weight", "head.weight"}
    for name, moved in direction.items():
        wanted = start[name].detach().flatten(1).norm(dim=1)
        torch.testing.assert_close(moved.flatten(1).norm(dim=1), wanted, rtol=1e-8, atol=0)
    assert [(kind, tensors) for kind, _, tensors, _ in rules(model)] == [
        ("convolution", 2), ("linear", 1), ("norm", 2), ("bias", 3),
    ]  # fmt: skip


def test_filters_of_a_transposed_convolution_lie_along_its_second_axis():
    weights = torch.randn(4, 3, 2, 2, dtype=torch.float64)  # 2 groups: 4 inputs, 6 outputs
    moved = filter_normalised(torch.randn_like(weights), weights, 2)
    for group in range(2):
        part, wanted = (t[2 * group : 2 * group + 2].transpose(0, 1).flatten(1) for t in (moved, weights))
        torch.testing.assert_close(part.norm(dim=1), wanted.norm(dim=1))


def test_a_network_of_zeros_does_not_move():
    model = toys.small()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    found = vz.loss_landscape(model, toys.images(), LABELS, steps=3)
    np.testing.assert_allclose(found.losses, np.log(5))


@pytest.mark.parametrize("steps", [3, 5, 7, 21, 51])
def test_coarse_to_fine_visits_every_node_once_centre_first(steps):
    levels = coarse_to_fine(steps)
    nodes = [node for level in levels for node in level]
    assert len(set(nodes)) == len(nodes) == steps**2
    assert nodes[0] == (steps // 2, steps // 2)
    assert {(0, 0), (steps - 1, steps - 1)} <= set(levels[0])
    assert len(levels[0]) == 9


class Watching:
    def __init__(self) -> None:
        self.seen = []

    def __call__(self, done: int, total: int) -> None:
        pass

    def show(self, make) -> None:
        self.seen.append(make())


def test_what_is_shown_on_the_way_is_a_part_of_the_result(monkeypatch):
    monkeypatch.setattr("vizlib.core.heartbeat.PREVIEWS", 0)
    watching = Watching()
    found = vz.loss_landscape(toys.small(), toys.images(), LABELS, steps=5, progress=watching)
    assert watching.seen[0].known == 1
    assert [part.known for part in watching.seen] == list(range(1, 26))
    for part in watching.seen:
        known = ~np.isnan(part.losses)
        assert (part.losses[known] == found.losses[known]).all()
        assert "Unfinished" in part.notes[0]


def test_the_first_look_is_rough_and_replaced(monkeypatch):
    monkeypatch.setattr("vizlib.core.heartbeat.PREVIEWS", 0)
    watching, images = Watching(), toys.images(130)
    labels = torch.arange(130) % 5
    found = vz.loss_landscape(toys.small(), images, labels, steps=5, progress=watching)
    assert watching.seen[0].known == 9
    rough = watching.seen[16]
    assert rough.known == 25
    assert "from 16 images" in rough.notes[0]
    which = np.linspace(0, 129, 16).round().astype(int)
    few = vz.loss_landscape(toys.small(), images[which], labels[which], steps=5)
    np.testing.assert_allclose(rough.losses, few.losses, rtol=1e-12)
    assert not np.allclose(found.losses, few.losses, rtol=1e-3)


def test_the_first_look_reads_a_few_images_of_a_set_only():
    read, seen = [], []

    class Source:
        def __len__(self):
            return 130

        def tensor(self, index):
            read.append(index)
            return toys.images(1)[0]

    class First(Watching):
        def show(self, make) -> None:
            seen.append((len(read), make().known))

    labels = torch.arange(130) % 5
    vz.loss_landscape(toys.small(), Source(), labels, steps=3, progress=First())
    assert seen[0] == (17, 9)  # the first image tells the shape
    assert len(read) == 17 + 130


def test_a_path_begins_and_ends_with_the_models_own_losses_and_interpolates_running_statistics():
    one, other = toys.small(), toys.seeded(toys.Small, 5)
    images, labels = toys.images(), torch.tensor(LABELS)
    found = vz.loss_path(one, other, images, labels, steps=3)
    middle = toys.small()
    middle.load_state_dict({n: (t + other.state_dict()[n]) / 2 for n, t in one.state_dict().items()})
    wanted = [torch.nn.functional.cross_entropy(m(images), labels).item() for m in (one, middle, other)]
    np.testing.assert_allclose(found.losses, wanted, rtol=1e-12)
    assert found.barrier == pytest.approx(max(wanted[1] - (wanted[0] + wanted[2]) / 2, 0))


def test_the_plane_of_three_solutions_holds_all_three():
    one, *others = (dict(toys.seeded(toys.Small, seed).named_parameters()) for seed in (0, 5, 6))
    first, second, marks = three_point_plane(one, *others)
    for (across, up), other in zip(marks, others, strict=True):
        for name, wanted in other.items():
            torch.testing.assert_close(one[name] + across * first[name] + up * second[name], wanted)
    models = [toys.seeded(toys.Small, seed) for seed in (5, 6)]
    found = vz.loss_landscape(toys.small(), toys.images(), LABELS, models, steps=3, directions="checkpoints")
    np.testing.assert_allclose(found.marks, [[0, 0], *marks])


def test_a_random_walk_puts_its_share_into_two_components():
    generator = torch.Generator().manual_seed(0)
    walk = torch.randn(300, 20000, generator=generator, dtype=torch.float64).cumsum(0)
    found = main_plane({"w": walk[-1]}, [{"w": place} for place in walk])
    assert pytest.approx((0.608, 0.152), abs=5e-4) == RANDOM_WALK
    np.testing.assert_allclose(found.explained[:2], RANDOM_WALK, atol=0.02)


@pytest.mark.parametrize("places", [2, 3, 5, 12])
def test_a_short_random_walk_puts_more_of_it_there_and_three_places_all(places):
    generator = torch.Generator().manual_seed(1)
    walk = torch.randn(places, 50000, generator=generator, dtype=torch.float64).cumsum(0)
    found = main_plane({"w": walk[-1]}, [{"w": place} for place in walk])
    np.testing.assert_allclose(found.explained[:2], random_walk(places), atol=0.02)
    assert random_walk(10_000) == pytest.approx(RANDOM_WALK, rel=1e-3)


def test_a_walk_in_a_plane_leaves_nothing_outside_and_keeps_its_distances():
    generator = torch.Generator().manual_seed(1)
    basis, _ = torch.linalg.qr(torch.randn(50, 2, generator=generator, dtype=torch.float64))
    places = torch.randn(7, 2, generator=generator, dtype=torch.float64)
    found = main_plane({"w": basis @ places[-1]}, [{"w": basis @ place} for place in places])
    assert found.outside.max() < 1e-12
    assert found.explained[:2].sum() == pytest.approx(1)
    np.testing.assert_allclose(np.linalg.norm(found.points, axis=1), (places - places[-1]).norm(dim=1))


def test_the_labels_of_a_set_are_matched_by_name_and_a_foreign_class_is_refused():
    from vizlib.core.set_labels import labels_for
    from vizlib.data.streams import image_stream

    digits = vz.load_model("digits-cnn")
    assert labels_for(digits, image_stream("digits:12"), ()).tolist() == image_stream("digits:12").labels.tolist()
    with pytest.raises(ValueError, match="knows no class"):
        labels_for(digits, image_stream("scenes:12"), ())


def test_measuring_makes_no_gradients():
    measure = Measure(toys.small(), toys.images(), LABELS, 2)
    level = measure()
    assert 0 <= level.accuracy <= 1
    assert measure.batches == 2


def test_a_model_that_writes_into_its_input_gets_a_copy_each_time():
    images = toys.images()
    measure = Measure(toys.in_place_first(), images, LABELS, 2)
    kept = measure.images.clone()
    levels = [measure() for _ in range(3)]
    assert torch.equal(measure.images, kept)
    assert levels[0] == levels[1] == levels[2]
