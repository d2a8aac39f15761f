"""Model cards: what is read, what is refused, and the list of models without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from vizlib.zoo.cards import list_models, parse_card, read_card
from vizlib.zoo.official import OFFICIAL, cache_folder, family

EXAMPLES = Path(__file__).resolve().parents[2] / "models" / "examples"
MINIMAL = 'build = "torchvision:resnet18"\n'


def write(folder: Path, text: str = MINIMAL) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_card_of_the_real_squeezenet_is_read_completely(real):
    card = read_card(real / "squeezenet")
    assert (card.name, card.build) == ("squeezenet1_1-imagenet", "torchvision:squeezenet1_1")
    assert (card.input_size, card.resize, card.crop) == ((224, 224), 256, (224, 224))
    assert card.mean == (0.485, 0.456, 0.406)
    assert (len(card.labels), card.labels[258]) == (1000, "Samoyed")
    assert card.weights_path.is_file()
    assert (card.default_layer, card.licence, card.source) == ("features", "BSD-2-Clause", "yours")


def test_everything_but_build_has_a_default(tmp_path):
    card = read_card(write(tmp_path / "my-model"))
    assert (card.name, card.channels, card.input_size, card.resize) == ("my-model", 3, (224, 224), 224)
    assert (card.interpolation, card.weights, card.labels, card.untrained) == ("bilinear", None, (), False)
    assert card.given == {"build"}


@pytest.mark.parametrize(
    ("lines", "input_size", "resize", "crop"),
    [
        ("input_size = 96", (96, 96), 96, (96, 96)),
        ("crop = 200\nresize = 256", (200, 200), 256, (200, 200)),
        ("resize = 64", (64, 64), 64, (64, 64)),
        ("input_size = [48, 80]", (48, 80), (48, 80), (48, 80)),
        ("input_size = 227\nresize = [227, 227]", (227, 227), (227, 227), (227, 227)),
    ],
)
def test_sizes_that_are_missing_follow_from_those_that_are_given(lines, input_size, resize, crop):
    card = parse_card(MINIMAL + lines)
    assert (card.input_size, card.resize, card.crop) == (input_size, resize, crop)


def test_a_grey_card_gets_statistics_for_one_channel():
    card = parse_card(MINIMAL + "channels = 1")
    assert (card.mean, card.std) == ((0.0,), (1.0,))


def test_labels_are_a_list_or_a_file_with_one_a_line(tmp_path):
    (tmp_path / "labels.txt").write_bytes("\ufeffcat\r\ngreat  dane\r\n\r\n".encode())
    from_file = read_card(write(tmp_path, MINIMAL + 'labels = "labels.txt"'))
    assert from_file.labels == ("cat", "great dane")
    assert parse_card(MINIMAL + 'labels = ["cat", "great dane"]').labels == from_file.labels


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "build is missing"),
        ('name = "x"', "build is missing"),
        ('build = "resnet18"', "build must be"),
        ("build = 18", "build must be"),
        ('build = "os:system(1)"', "build must be"),
        (MINIMAL + 'interpolaton = "bicubic"', "'interpolaton'; did you mean 'interpolation'?"),
        (MINIMAL + "zzz = 1", "no key 'zzz'; the keys are name, build"),
        (MINIMAL + "name = 7", "name must be"),
        (MINIMAL + "arguments = 3", "arguments must be"),
        (MINIMAL + "weights = 3", "weights must be"),
        (MINIMAL + 'weights = " "', "weights must be"),
        (MINIMAL + 'sha256 = "abc"', "sha256 must be"),
        (MINIMAL + "channels = 2", "channels must be 1 (grey) or 3 (colour); got 2"),
        (MINIMAL + "channels = true", "channels must be"),
        (MINIMAL + "input_size = 0", "input_size must be"),
        (MINIMAL + "input_size = 1e9", "input_size must be"),
        (MINIMAL + "input_size = [1, 2, 3]", "input_size must be"),
        (MINIMAL + "resize = 100_000", "resize must be"),
        (MINIMAL + "resize = 200\ncrop = 224", "resize must be at least as large as the crop [224, 224]; got 200"),
        (MINIMAL + "input_size = 224\ncrop = 200", "crop must be equal to input_size"),
        (MINIMAL + "mean = [0.5]", "mean must be 3 numbers"),
        (MINIMAL + 'mean = ["a", "b", "c"]', "mean must be"),
        (MINIMAL + "mean = [nan, 0, 0]", "mean must be"),
        (MINIMAL + "channels = 1\nmean = [0.5, 0.5, 0.5]", "mean must be 1 number"),
        (MINIMAL + "std = [0.2, 0, 0.2]", "std must be a list of numbers greater than 0"),
        (MINIMAL + "std = []", "std must be"),
        (MINIMAL + 'interpolation = "nearest"', "interpolation must be 'bilinear' or 'bicubic'"),
        (MINIMAL + "labels = []", "labels must be"),
        (MINIMAL + "labels = [1, 2]", "labels must be"),
        (MINIMAL + 'labels = "classes.txt"', "labels names the file 'classes.txt'"),
        (MINIMAL + "default_layer = 4", "default_layer must be"),
        (MINIMAL + "accuracy = 120", "accuracy must be"),
        (MINIMAL + "untrained = 1", "untrained must be true or false"),
        ("build = [", "not valid TOML"),
        (MINIMAL + MINIMAL, "not valid TOML"),
        (b"build = '\xff\xfe'", "UTF-8"),
        ("x = " + "[" * 9999, "not valid TOML"),
        ("#" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_wrong_card_is_refused_with_one_sentence_that_names_the_key(text, words, tmp_path):
    with pytest.raises(ValueError, match=r"^card\.toml") as refusal:
        parse_card(text, folder=tmp_path)
    sentence = str(refusal.value)
    assert words in sentence
    assert "\n" not in sentence
    assert str(tmp_path) not in sentence
    assert len(sentence) < 320


def test_a_folder_without_a_card_is_refused_without_its_path(tmp_path):
    with pytest.raises(ValueError, match=r"card\.toml") as refusal:
        read_card(tmp_path)
    assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('build = "os:system"', "build must be 'torchvision:NAME' or 'timm:NAME' in an uploaded card"),
        (MINIMAL + 'weights = "/etc/passwd"', "weights cannot be named in an uploaded card"),
        (MINIMAL + 'labels = "/etc/passwd"', "labels must be a list in an uploaded card"),
        (MINIMAL + "[arguments]\nwidth_per_group = 10_000_000", "arguments.width_per_group must be"),
        (MINIMAL + '[arguments]\nprogress = "x"', "arguments.progress must be"),
    ],
)
def test_an_uploaded_card_cannot_reach_code_files_or_unlimited_memory(text, words):
    with pytest.raises(ValueError, match="uploaded card") as refusal:
        parse_card(text, trusted=False)
    assert words in str(refusal.value)


def test_an_uploaded_card_may_describe_a_network_by_name():
    text = MINIMAL + 'labels = ["a", "b"]\ninput_size = 64\n[arguments]\nnum_classes = 2'
    assert parse_card(text, trusted=False) == parse_card(text)


@pytest.mark.parametrize(("kind", "build"), [("torchvision", "torchvision:"), ("timm", "timm:"), ("function", "my_")])
def test_the_examples_show_a_card_of_every_kind(kind, build):
    assert read_card(EXAMPLES / kind).build.startswith(build)


def test_listing_models_imports_neither_torch_nor_numpy():
    code = (
        "import sys, vizlib.zoo.cards as cards; assert len(cards.list_models()) >= 80; "
        "print({'torch', 'torchvision', 'numpy', 'PIL', 'streamlit'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "set()"


def test_the_list_holds_every_folder_of_the_variable_and_torchvision(tmp_path, monkeypatch):
    write(tmp_path / "many" / "first", MINIMAL + 'name = "one"\nweights = "w.safetensors"\nabout = "First."')
    (tmp_path / "many" / "first" / "w.safetensors").write_bytes(b"12345678")
    write(tmp_path / "many" / "second", MINIMAL + 'weights = "w.safetensors"')
    write(tmp_path / "many" / "broken", "build = 3")
    write(tmp_path / "many" / "examples" / "too-deep")
    write(tmp_path / "single")
    monkeypatch.setenv("VIZLIB_MODELS", f"{tmp_path / 'many'}:{tmp_path / 'single'}:{tmp_path / 'absent'}")
    own = {model.name: model for model in list_models() if model.source != "torchvision"}
    assert {name: model.weights for name, model in own.items()} == {
        "broken": "unreadable",
        "one": "here",
        "second": "missing",
        "single": "none",
    }
    assert (own["one"].about, own["one"].file, own["one"].megabytes) == ("First.", "w.safetensors", 8e-6)
    assert own["broken"].note.startswith("card.toml: build must be")


def test_the_models_beside_the_package_are_bundled_and_all_readable(monkeypatch):
    monkeypatch.delenv("VIZLIB_MODELS", raising=False)
    own = [model for model in list_models() if model.source != "torchvision"]
    assert {model.source for model in own} <= {"bundled"}
    assert not [model for model in own if model.weights != "here"]
    assert "examples" not in {model.name for model in own}


def test_weights_in_torchvisions_cache_are_listed_as_here(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    state = lambda: {model.name: model.weights for model in list_models()}["resnet18"]  # noqa: E731
    assert state() == "to download"
    cache_folder().mkdir(parents=True)
    (cache_folder() / OFFICIAL["resnet18"].file).write_bytes(b"")
    assert state() == "here"


@pytest.mark.parametrize(
    "variables", [{"TORCH_HOME": "~/x"}, {"XDG_CACHE_HOME": "/tmp/y"}, {}, {"TORCH_HOME": "a", "XDG_CACHE_HOME": "b"}]
)
def test_the_cache_is_found_where_torch_finds_it(variables, monkeypatch):
    import torch

    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(torch.hub.get_dir()) / "checkpoints"


def test_the_static_facts_are_those_of_the_installed_torchvision():
    from torchvision import models

    assert list(OFFICIAL) == models.list_models(module=models)
    for name, facts in OFFICIAL.items():
        member = models.get_model_weights(name)["DEFAULT"]
        assert facts.file == member.url.rsplit("/", 1)[1]
        assert facts.megabytes == pytest.approx(member.meta["_file_size"] * 2**20 / 1e6, abs=0.06)
        assert facts.million_parameters == pytest.approx(member.meta["num_params"] / 1e6, abs=0.06)
        assert facts.accuracy == pytest.approx(member.meta["_metrics"]["ImageNet-1K"]["acc@1"], abs=0.06)


@pytest.mark.parametrize(
    ("name", "title"),
    [("wide_resnet50_2", "Wide ResNet"), ("swin_v2_t", "Swin Transformer V2"), ("swin_t", "Swin Transformer")],
)
def test_a_family_is_found_by_the_longest_beginning_of_the_name(name, title):
    assert family(name).title == title
    assert "arXiv:" in family(name).citation


def test_a_listed_model_is_its_name_with_what_is_known_about_it():
    listed = list_models()
    assert "resnet18" in listed
    (one,) = [model for model in listed if model == "resnet18"]
    assert (one.name, one.source, type(one.name)) == ("resnet18", "torchvision", str)
