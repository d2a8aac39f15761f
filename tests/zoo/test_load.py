"""Loading models by name, folder and card: what comes out, and the one sentence when it cannot."""

import csv
import sys
import threading
import types
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from vizlib.core.errors import UnsupportedModel
from vizlib.zoo.build import OwnSeed, build_module
from vizlib.zoo.cards import Card, parse_card
from vizlib.zoo.digest import model_digest
from vizlib.zoo.load import load_card, load_model

NETWORKS = """
from torch import nn
def tiny(classes=3, width=4):
    return nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
                         nn.Flatten(), nn.Linear(width, classes))
def maps(): return nn.Conv2d(3, 4, 1)
def number(): return 7
def unfriendly(): return nn.Linear(5, 5)
"""
CARD = 'build = "zoo_networks:tiny"\nweights = "w.safetensors"\ninput_size = 16\n'


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A model folder with a card, weights and the importable module that builds it."""
    (tmp_path / "zoo_networks.py").write_text(NETWORKS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("VIZLIB_MODELS", raising=False)
    model = tmp_path / "tiny-model"
    model.mkdir()
    write(model, CARD)
    save_file(weights(), model / "w.safetensors")
    return model


def write(folder: Path, card: str) -> None:
    (folder / "card.toml").write_text(card)


def weights() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    state = build_module(Card(name="tiny", build="zoo_networks:tiny")).state_dict()
    drawn = {key: torch.rand(value.shape, generator=generator) + 0.5 for key, value in state.items()}
    return {key: value.to(state[key].dtype) for key, value in drawn.items()}


def refusal(call, *arguments, **keywords) -> str:
    with pytest.raises(ValueError, match=r".+") as caught:
        call(*arguments, **keywords)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "/tmp" not in sentence
    return sentence


def test_the_real_squeezenet_gives_the_published_classes_for_every_photo(real):
    model = load_model(real / "squeezenet", device="cpu")
    assert (model.name, model.input_size, model.default_layer) == ("squeezenet1_1-imagenet", (224, 224), "features")
    assert (model.untrained, model.labels[258]) == (False, "Samoyed")
    for photo in csv.DictReader((real / "photos.csv").open()):
        image = Image.open(real / photo["file"])
        probability = model.module(model.preprocess(image)[None]).softmax(1)[0]
        best = probability.topk(5)
        assert [model.labels[index] for index in best.indices] == photo["top5_name"].split("; ")
        expected = [float(number) for number in photo["top5_prob"].split()]
        assert best.values.tolist() == pytest.approx(expected, abs=2e-4)


def test_a_loaded_model_is_frozen_evaluating_and_knows_its_layers(folder):
    model = load_model(folder, device="cpu")
    assert not model.module.training
    assert not any(parameter.requires_grad for parameter in model.module.parameters())
    assert model.layers == ("0", "1", "2", "3", "4", "5")
    assert model.default_layer == "2"
    assert model.labels == ("class 0", "class 1", "class 2")
    assert model.untrained is False
    for key, value in weights().items():
        assert torch.equal(model.module.state_dict()[key], value)


def test_view_preprocess_and_crop_box_describe_the_same_pixels(folder):
    model = load_model(folder, device="cpu")
    image = Image.effect_mandelbrot((40, 32), (-2, -1.5, 1, 1.5), 50).convert("RGB")
    view = model.view(image)
    assert (view.mode, view.size) == ("RGB", (16, 16))
    again = model.preprocess(view)
    assert torch.equal(again, model.preprocess(image))
    assert (again.dtype, again.shape, again.device.type) == (torch.float32, (3, 16, 16), "cpu")
    assert model.crop_box(image.size) == (4, 0, 36, 32)


def test_the_digest_does_not_depend_on_the_file_format(folder):
    before = load_model(folder, device="cpu").digest
    torch.save(weights(), folder / "w.pth")
    write(folder, CARD.replace("w.safetensors", "w.pth") + 'name = "other"\nlicence = "MIT"')
    assert load_model(folder, device="cpu").digest == before


def test_the_digest_changes_with_one_weight_one_buffer_one_name_and_the_build():
    def net() -> nn.Module:
        with OwnSeed():
            return nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))

    changed = [net() for _ in range(3)]
    with torch.no_grad():
        changed[0][0].weight[0] += 1e-6
        changed[1][1].running_mean[1] = 1e-6
    changed[2].double()
    digests = {model_digest(module, "a:b") for module in (net(), *changed)}
    digests |= {model_digest(net(), "a:c"), model_digest(net(), "a:b", {"x": 1})}
    assert len(digests) == 6
    assert model_digest(net(), "a:b") == model_digest(net().eval().requires_grad_(False), "a:b", {})


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_digest_is_the_same_on_cuda(folder):
    assert load_model(folder, device="cuda").digest == load_model(folder, device="cpu").digest


def test_random_weights_are_the_same_each_time_marked_untrained_and_leave_the_global_seed_alone(folder):
    before = torch.get_rng_state()
    first = load_model(folder, weights="random", device="cpu")
    torch.manual_seed(99)
    second = load_model(folder, weights="random", device="cpu")
    torch.set_rng_state(before)
    load_model("squeezenet1_0", weights="random", device="cpu")
    assert torch.equal(torch.get_rng_state(), before)
    assert first.digest == second.digest != load_model(folder, device="cpu").digest
    assert first.untrained
    assert first.card.accuracy == ""
    assert first.notes[-1].startswith("Untrained: ")


def test_two_threads_draw_the_same_random_weights_as_one():
    card = Card(name="s", build="torchvision:squeezenet1_0")
    digests: list[str] = []
    threads = [threading.Thread(target=lambda: digests.append(model_digest(build_module(card)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    torch.manual_seed(3)
    for thread in threads:
        thread.join()
    assert {*digests} == {model_digest(build_module(card))}


@pytest.mark.parametrize("draw", [torch.rand, torch.randn, torch.randperm, lambda n: torch.empty(n).uniform_()])
def test_every_way_to_draw_numbers_follows_the_own_seed(draw):
    drawn = []
    for _ in range(2):
        with OwnSeed():
            drawn.append(draw(9))
    assert torch.equal(*drawn)


def test_a_card_without_weights_is_untrained_unless_it_says_otherwise(folder):
    write(folder, 'build = "zoo_networks:tiny"\ninput_size = 16')
    assert load_model(folder, device="cpu").untrained
    write(folder, 'build = "zoo_networks:tiny"\ninput_size = 16\nuntrained = false')
    assert not load_model(folder, device="cpu").untrained


def test_half_precision_weights_are_loaded_as_float32(folder):
    save_file({key: value.half() if value.is_floating_point() else value for key, value in weights().items()},
              folder / "w.safetensors")  # fmt: skip
    dtypes = {tensor.dtype for tensor in load_model(folder, device="cpu").module.parameters()}
    assert dtypes == {torch.float32}


def test_weights_saved_before_batch_norm_had_a_counter_still_load(folder):
    save_file({key: value for key, value in weights().items() if "num_batches" not in key}, folder / "w.safetensors")
    assert load_model(folder, device="cpu").module.state_dict()["1.num_batches_tracked"] == 0


def test_arguments_reach_the_function(folder):
    write(folder, 'build = "zoo_networks:tiny"\ninput_size = 16\n[arguments]\nclasses = 5\nwidth = 2')
    model = load_model(folder, device="cpu")
    assert (len(model.labels), model.module[0].out_channels) == (5, 2)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('weights = "absent.safetensors"', "'absent.safetensors' that card.toml names is not there"),
        ('weights = "w.safetensors"\nsha256 = "' + 64 * "0" + '"', "SHA-256 differs"),
        ('labels = ["a", "b"]', "labels has 2 names, but tiny-model gives 3 scores"),
        ('default_layer = "conv"', "default_layer 'conv' is not a layer"),
        ("channels = 1", "does not accept images of 1 x 16 x 16"),
        ("[arguments]\nclases = 5", "could not be called with the card's arguments"),
        ("[arguments]\nweights = 5", "arguments.weights is not possible"),
    ],
)
def test_a_card_that_does_not_fit_its_network_is_refused_in_one_sentence(lines, words, folder):
    write(folder, 'build = "zoo_networks:tiny"\ninput_size = 16\n' + lines)
    assert words in refusal(load_model, folder)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        ("no_such_package.x:f", "needs the module 'no_such_package', which is not found"),
        ("zoo_networks:tyny", "has no function 'tyny'. Did you mean 'tiny'?"),
        ("zoo_networks:number", "must return a torch.nn.Module; got int"),
        ("zoo_networks:maps", "must return one score a class"),
        ("zoo_networks:unfriendly", "does not accept images"),
        ("torchvision:resnet17", "no classification model 'resnet17'. Did you mean 'resnet1"),
        ("torchvision:fcn_resnet50", "no classification model"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused_in_one_sentence(build, words, folder):
    write(folder, f'build = "{build}"\ninput_size = 16')
    assert words in refusal(load_model, folder)


def test_a_network_without_class_scores_is_unsupported(folder):
    write(folder, 'build = "zoo_networks:maps"\ninput_size = 16')
    with pytest.raises(UnsupportedModel):
        load_model(folder)


def test_timm_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    assert "pip install timm" in refusal(load_model, "timm:resnet26t")


@pytest.fixture
def timm(monkeypatch) -> None:
    """A stand-in for timm with one network that has its own idea of an input, and no network connection."""

    def create_model(name: str, pretrained: bool, classes: int = 3) -> nn.Module:
        if pretrained:
            raise FileNotFoundError(2, "cannot find the file on the hub", "/tmp/hub")
        network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        network.append(nn.Linear(4, classes))
        facts = {"input_size": (3, 30, 30), "mean": (0.5, 0.4, 0.3), "std": (1.0, 1.0, 1.0), "crop_pct": 0.9}
        network.pretrained_cfg = facts | {"interpolation": "bicubic"}  # type: ignore[assignment]
        return network

    module = types.SimpleNamespace(
        create_model=create_model, is_model=lambda name: name == "net26", list_models=lambda: ["net26"]
    )
    monkeypatch.setitem(sys.modules, "timm", module)


def test_a_timm_network_brings_its_own_input_size_and_statistics(timm):
    card = load_model("timm:net26", weights="random", device="cpu").card
    assert (card.input_size, card.resize, card.crop) == ((30, 30), 33, (30, 30))
    assert (card.mean, card.std, card.interpolation) == ((0.5, 0.4, 0.3), (1.0, 1.0, 1.0), "bicubic")


def test_what_a_card_says_wins_over_timm(timm):
    text = 'build = "timm:net26"\ninput_size = 20\nmean = [0, 0, 0]\n[arguments]\nclasses = 2'
    card = load_card(parse_card(text), weights="random", device="cpu").card
    assert (card.input_size, card.resize, card.mean, card.std) == ((20, 20), 20, (0, 0, 0), (1, 1, 1))


def test_timm_without_a_network_or_with_an_unknown_name_is_one_sentence(timm):
    assert "timm:net26: its weights are not on this machine" in refusal(load_model, "timm:net26")
    assert "timm has no model 'net27'. Did you mean 'net26'?" in refusal(load_model, "timm:net27")


def test_weights_that_do_not_fit_are_refused(folder):
    save_file({key: value for key, value in weights().items() if key.startswith("0")}, folder / "w.safetensors")
    refusal(load_model, folder)
    wrong_shape = weights() | {"5.bias": torch.zeros(4)}
    save_file(wrong_shape, folder / "w.safetensors")
    refusal(load_model, folder)


def test_quantised_weights_are_not_taken_for_real_numbers(folder):
    integers = {key: (10 * value).to(torch.int8) for key, value in weights().items() if key == "0.weight"}
    save_file(weights() | integers, folder / "w.safetensors")
    assert "'0.weight' are int8, not real numbers" in refusal(load_model, folder)


def test_an_unknown_name_gets_the_closest_names():
    assert "There is no model 'resnet19'. Did you mean 'resnet1" in refusal(load_model, "resnet19")
    refusal(load_model, "no/such/folder")
    refusal(load_model, "")


@pytest.mark.parametrize("device", ["cuda:77", "gpu", "meta:x", ""])
def test_a_device_that_is_not_there_is_refused(device, folder):
    assert "device must be 'auto' or a device of this machine" in refusal(load_model, folder, device=device)


def test_a_set_of_weights_that_does_not_exist_is_refused(folder):
    assert "must be 'default' or 'random'" in refusal(load_model, folder, weights="IMAGENET1K_V1")
    sentence = refusal(load_model, "resnet50", weights="V3")
    assert "'default', 'random', 'IMAGENET1K_V1', 'IMAGENET1K_V2'; got 'V3'" in sentence


def test_a_folder_is_found_by_its_name_by_the_cards_name_and_by_its_path(folder, monkeypatch):
    monkeypatch.setenv("VIZLIB_MODELS", str(folder.parent))
    write(folder, CARD + 'name = "second-name"')
    found = [load_model(name, device="cpu") for name in ("tiny-model", "second-name", folder, folder / "card.toml")]
    assert len({model.digest for model in found}) == 1
    monkeypatch.delenv("VIZLIB_MODELS")
    monkeypatch.chdir(folder.parent)
    assert load_model("tiny-model", device="cpu").digest == found[0].digest


def test_uploaded_weights_replace_the_file_of_a_card(real):
    card = parse_card('build = "torchvision:squeezenet1_1"', trusted=False)
    tensors = load_file(real / "weights" / "squeezenet1_1_imagenet.safetensors")
    model = load_card(card, tensors=tensors, device="cpu")
    assert model.digest == load_model(real / "squeezenet", device="cpu").digest
    assert not model.untrained


def test_a_torchvision_card_without_weights_takes_what_it_does_not_say_from_the_official_ones():
    text = 'name = "mine"\nbuild = "torchvision:squeezenet1_1"\ninterpolation = "bicubic"\nlabels = ["a", "b"]\n'
    model = load_card(parse_card(text + "[arguments]\nnum_classes = 2"), weights="random", device="cpu")
    assert (model.name, model.labels, model.card.resize, model.card.interpolation) == (
        "mine",
        ("a", "b"),
        256,
        "bicubic",
    )
    assert model.card.citation.startswith("Iandola")


def test_loading_leaves_no_hook_behind(folder):
    module = load_model(folder, device="cpu").module
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in module.modules())


@pytest.mark.parametrize("device", ["meta", "cuda:99", "nowhere", ""])
def test_a_device_that_is_not_there_or_holds_no_numbers_is_refused(device):
    with pytest.raises(ValueError, match=rf"^device must be 'auto' or .*; got '{device}'\.$"):
        load_model("digits-cnn", device=device)


@pytest.mark.parametrize("name", ["digits-cnn", "resnet18"])
def test_the_default_device_of_the_caller_changes_no_weight(name):
    given = {"weights": "random", "device": "cpu"}
    expected = load_model(name, **given).digest
    with torch.device("meta"):  # which holds no numbers
        assert load_model(name, **given).digest == expected


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, lambda: torch.autocast("cpu")])
def test_a_model_that_is_loaded_while_gradients_are_off_is_like_any_other(tmp_path, mode):
    (tmp_path / "card.toml").write_text(
        'build = "vizlib.zoo.architectures:digits_cnn"\nchannels = 1\ninput_size = 32\n'
    )
    expected = load_model(tmp_path, device="cpu")
    with mode():
        found = load_model(tmp_path, device="cpu")
    assert found.default_layer == expected.default_layer is not None
    assert found.digest == expected.digest
    assert not any(parameter.is_inference() for parameter in found.module.parameters())
