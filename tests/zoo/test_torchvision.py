"""torchvision's models: every one builds, its card is torchvision's own, and its weights come from the cache."""

import hashlib
import io
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from vizlib.core.layers import default_layer, named_layers
from vizlib.zoo.build import build_empty, build_module
from vizlib.zoo.cards import Card
from vizlib.zoo.digest import model_digest
from vizlib.zoo.load import load_card, load_model
from vizlib.zoo.official import OFFICIAL
from vizlib.zoo.torchvision import official_card, official_weights

# Parameters of the head that only serves training, which torchvision counts and we do not build.
HEAD = {"inception_v3": 3_326_696}


def usable(name: str) -> list[str]:
    return [member.name for member in models.get_model_weights(name) if member.meta["categories"]]


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_name_builds_the_network_of_each_of_its_weights(name):
    for member in usable(name):
        card = official_card(name, member)
        network = build_empty(card)
        parameters = sum(parameter.numel() for parameter in network.parameters())
        assert parameters == official_weights(name, member).meta["num_params"] - HEAD.get(name, 0)
        assert default_layer(network) in named_layers(network)


@pytest.mark.parametrize("name", OFFICIAL)
def test_nothing_of_an_empty_network_is_left_empty_once_the_weights_are_in(name):
    network = build_empty(official_card(name))
    stored = network.state_dict().keys()
    assert {key for key, _ in network.named_buffers()} <= stored
    assert not [value for layer in network.modules() for value in vars(layer).values() if isinstance(value, Tensor)]


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_card_states_classes_sizes_licence_and_paper(name):
    card = official_card(name)
    assert (len(card.labels), card.labels[258]) == (1000, "Samoyed")
    assert card.input_size == card.crop
    assert card.resize >= max(card.crop)
    assert "top-1" in card.accuracy
    assert "arXiv:" in card.citation
    assert card.licence in ("BSD-3-Clause", "CC-BY-NC-4.0")
    assert "http" not in "".join((card.citation, card.licence, card.about))


def test_a_set_of_weights_brings_its_own_size_licence_and_accuracy():
    plain, swag = official_card("vit_b_16"), official_card("vit_b_16", "IMAGENET1K_SWAG_E2E_V1")
    assert (plain.input_size, plain.licence, plain.interpolation) == ((224, 224), "BSD-3-Clause", "bilinear")
    assert (swag.input_size, swag.licence, swag.interpolation) == ((384, 384), "CC-BY-NC-4.0", "bicubic")
    assert swag.arguments == {"image_size": 384}
    assert official_card("resnet50", "IMAGENET1K_V1").accuracy.startswith("76.1 %")
    assert official_card("resnet50").accuracy.startswith("80.9 %")


def test_weights_that_cannot_classify_are_not_offered():
    with pytest.raises(ValueError, match=r"^vgg16: weights must be one of 'default', 'random', 'IMAGENET1K_V1'; got"):
        official_card("vgg16", "IMAGENET1K_FEATURES")


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_googlenet_and_inception_without_weights_are_quick_and_give_scores(name):
    model = load_model(name, weights="random", device="cpu")
    assert model.module.transform_input
    assert model.module(torch.zeros(1, 3, *model.input_size)).shape == (1, 1000)
    assert not [layer for layer in model.layers if layer.lower().startswith("aux")]


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """torchvision's cache, empty, on a machine without a network."""

    def no_network(*arguments, **keywords):
        raise urllib.error.URLError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def checkpoint(state: dict[str, Tensor]) -> tuple[bytes, str]:
    """A weights file and a name that carries its checksum, as torchvision's do."""
    file = io.BytesIO()
    torch.save(state, file)
    content = file.getvalue()
    return content, f"weights-{hashlib.sha256(content).hexdigest()[:8]}.pth"


def publish(monkeypatch, name: str, state: dict[str, Tensor], place: Path) -> Path:
    """Make ``state`` the official weights of a model and put their file into a folder."""
    content, file = checkpoint(state)
    (place / file).write_bytes(content)
    monkeypatch.setattr(official_weights(name).value, "url", (place / file).as_uri())
    return place / file


def drawn(network: nn.Module, seed: int = 1) -> dict[str, Tensor]:
    """Random weights of the right names and shapes, with positive variances and no batch norm left untouched."""
    generator = torch.Generator().manual_seed(seed)

    def fill(name: str, value: Tensor) -> Tensor:
        if not value.is_floating_point():
            return value
        noise = torch.rand(value.shape, generator=generator)
        return noise + 0.5 if name.endswith("running_var") else 0.1 * (noise - 0.5) + float("norm" in name)

    return {key: fill(key, value) for key, value in network.state_dict().items()}


def test_weights_in_the_cache_are_loaded(cache, monkeypatch):
    network = models.shufflenet_v2_x0_5()
    state = drawn(network)
    network.load_state_dict(state)
    publish(monkeypatch, "shufflenet_v2_x0_5", state, cache)
    model = load_model("shufflenet_v2_x0_5", device="cpu")
    assert model.digest == model_digest(network, "torchvision:shufflenet_v2_x0_5")
    assert (model.card.source, model.untrained, model.notes) == ("torchvision", False, ())
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model.module(images), network.eval()(images))


def test_a_file_whose_checksum_is_not_in_its_name_is_refused(cache):
    (cache / OFFICIAL["squeezenet1_0"].file).write_bytes(checkpoint({})[0])
    with pytest.raises(ValueError, match=r"^squeezenet1_0: the file squeezenet1_0-b66bff10\.pth .* is damaged") as seen:
        load_model("squeezenet1_0", device="cpu")
    assert str(cache) not in str(seen.value)


def test_a_file_that_holds_no_weights_is_refused(cache, monkeypatch):
    content = b"<html>not found</html>"
    file = cache / f"weights-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    file.write_bytes(content)
    monkeypatch.setattr(official_weights("squeezenet1_0").value, "url", file.as_uri())
    with pytest.raises(ValueError, match=r"cannot be read; delete it\.$"):
        load_model("squeezenet1_0", device="cpu")


@pytest.mark.parametrize("name", ["resnet18", "mnasnet0_5", "vit_h_14"])
def test_without_file_and_network_one_sentence_says_which_file_to_put_where(name, cache):
    with pytest.raises(ValueError, match=r"could not be downloaded") as refusal:
        load_model(name, device="cpu")
    sentence = str(refusal.value)
    assert f"Put the file {OFFICIAL[name].file} into the folder hub/checkpoints of $TORCH_HOME" in sentence
    assert "weights='random'" in sentence
    assert "\n" not in sentence
    assert str(cache) not in sentence
    assert not list(cache.iterdir())


def test_a_download_reports_progress_and_ends_up_in_the_cache(cache, tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    server = tmp_path / "server"
    server.mkdir()
    source = publish(monkeypatch, "squeezenet1_1", drawn(models.squeezenet1_1()), server)
    steps: list[tuple[int, int]] = []
    load_model("squeezenet1_1", device="cpu", progress=lambda done, total: steps.append((done, total)))
    size = source.stat().st_size
    assert len(steps) > 2
    assert steps[-1] == (size, size)
    assert steps == sorted(steps)
    assert [path.name for path in cache.iterdir()] == [source.name]


def test_a_download_that_is_stopped_leaves_nothing(cache, tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    server = tmp_path / "server"
    server.mkdir()
    publish(monkeypatch, "squeezenet1_1", drawn(models.squeezenet1_1()), server)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_model("squeezenet1_1", device="cpu", progress=stop)
    assert not list(cache.iterdir())


@pytest.mark.parametrize(
    ("name", "head"),
    [("googlenet", ("aux1", "aux2")), ("inception_v3", ("AuxLogits",))],
    ids=["googlenet", "inception"],
)
def test_official_weights_with_heads_for_training_give_torchvisions_scores(name, head, cache, monkeypatch):
    whole = models.get_model(name, weights=None, aux_logits=True, init_weights=False, transform_input=True).eval()
    state = drawn(whole)
    whole.load_state_dict(state)
    publish(monkeypatch, name, state, cache)
    model = load_model(name, device="cpu")
    images = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model.module(images), whole(images))
    assert not [layer for layer in model.layers if layer.startswith(head)]


def old_densenet(key: str) -> str:
    for layer in ("norm1", "norm2", "conv1", "conv2"):
        key = key.replace(f".{layer}.", f".{layer[:-1]}.{layer[-1]}.") if "denselayer" in key else key
    return key


def old_vit(key: str) -> str:
    return key.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2.")


@pytest.mark.parametrize(
    ("name", "rename"),
    [("densenet121", old_densenet), ("vit_b_32", old_vit), ("mnasnet0_5", str)],
    ids=["densenet", "vit", "mnasnet"],
)
def test_old_names_in_official_weights_are_understood(name, rename, cache, monkeypatch):
    network = build_module(official_card(name))
    state = {rename(key): value for key, value in network.state_dict().items() if "num_batches_tracked" not in key}
    assert name == "mnasnet0_5" or state.keys() - network.state_dict().keys()
    publish(monkeypatch, name, state, cache)
    model = load_model(name, device="cpu")
    assert model.digest == model_digest(network, f"torchvision:{name}")


def test_own_weights_may_keep_or_drop_the_heads_for_training():
    images = torch.zeros(1, 3, 96, 96)
    for arguments in ({}, {"aux_logits": True}):
        whole = models.googlenet(weights=None, aux_logits=True, init_weights=False).eval()
        card = Card(name="g", build="torchvision:googlenet", arguments=arguments, input_size=(96, 96))
        model = load_card(card, tensors=whole.state_dict(), device="cpu")
        assert ("aux1" in model.layers) == bool(arguments)
        assert torch.equal(model.module(images), whole(images))


def test_an_empty_network_of_two_gigabytes_takes_no_memory():
    network = build_empty(official_card("vit_h_14"))
    here = [parameter for parameter in network.parameters() if parameter.device.type != "meta"]
    assert sum(parameter.numel() for parameter in here) < 10**7
    assert torch.empty(2).device.type == "cpu"
