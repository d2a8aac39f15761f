"""Models that a person adds: what they are read as, whose they are, and what a link to one says elsewhere."""

import io
import time

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save
from torchvision import models as networks

from dashboard.engine import ModelName
from dashboard.intake.add_model import class_names, take
from dashboard.intake.own import Brought, free_name, opened
from dashboard.visit import Visit
from vizlib.zoo.architectures import digits_cnn, scenes_resnet

FILE = "squeezenet1_1-mine.safetensors"
PATIENCE = 60


def silent(done, total):
    pass


def weights(classes=5, seed=0):
    """Weights of a small SqueezeNet, as a file, and the network they come from."""
    network = networks.squeezenet1_1(num_classes=classes)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.05)
    return save(network.state_dict()), network.eval()


def own(taken=(), present=(), **given):
    content, _ = weights()
    return opened(Brought(FILE, content, **{"architecture": "squeezenet1_1", **given}), taken, present, silent)


def test_the_added_model_gives_the_scores_of_the_network_its_weights_come_from():
    content, network = weights()
    made = opened(Brought(FILE, content, architecture="squeezenet1_1"), (), (), silent)
    images = torch.randn((2, 3, 224, 224), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.equal(made.loaded["default", "auto"].module(images), network(images))
    assert made.loaded["default", "auto"].labels == tuple(f"class {index}" for index in range(5))


def test_a_pth_file_of_the_same_weights_is_the_same_model():
    _, network = weights()
    file = io.BytesIO()
    torch.save({"state_dict": {f"module.{key}": value for key, value in network.state_dict().items()}}, file)
    made = opened(Brought("squeezenet1_1-mine.pth", file.getvalue(), architecture="squeezenet1_1"), (), (), silent)
    assert made.digest == own().digest
    assert made.notes


@pytest.mark.parametrize(
    ("name", "network", "size", "classes"),
    [("scenes_resnet", scenes_resnet(7, 8), (96, 96), 7), ("digits_cnn", digits_cnn(4), (32, 32), 4)],
)
def test_width_and_classes_of_our_own_networks_are_read_off_the_weights(name, network, size, classes):
    made = opened(Brought("w.safetensors", save(network.state_dict()), architecture=name), (), (), silent)
    assert made.loaded["default", "auto"].input_size == size
    assert len(made.loaded["default", "auto"].labels) == classes


def test_class_names_and_preprocessing_are_those_that_were_given():
    made = own(labels=tuple("abcde"), input_size=64, mean=(0.5, 0.5, 0.5), std=(0.1, 0.2, 0.3))
    card = made.card
    assert made.loaded["default", "auto"].labels == tuple("abcde")
    assert (card.input_size, card.resize, card.mean, card.std) == ((64, 64), 64, (0.5, 0.5, 0.5), (0.1, 0.2, 0.3))
    assert (own().card.input_size, own().card.resize) == ((224, 224), 256)


def test_a_thousand_classes_without_names_are_those_of_imagenet():
    content, _ = weights(1000)
    made = opened(Brought(FILE, content, architecture="squeezenet1_1"), (), (), silent)
    assert made.loaded["default", "auto"].labels[:2] == ("tench", "goldfish")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"architecture": "resnet18"}, r"do not fit this model: 102 of 122 entries are missing"),
        ({"labels": ("a", "b")}, r"labels has 2 names, but \S+ gives 5 scores"),
        ({"mean": (0.5,)}, r"mean must be 3 numbers, one a channel; got"),
        ({"input_size": 8}, r"does not accept images of 3 x 8 x 8"),
        ({"architecture": "os:system"}, r"no known network"),
        ({"card": b"build = 'os:system'\n[arguments]\ncommand = 1"}, r"build must be 'torchvision:NAME'"),
        ({"card": b"build = 'torchvision:squeezenet1_1'\nlabels = '../../secret.txt'"}, r"labels names a file"),
        ({"card": b"build = 'torchvision:squeezenet1_1'"}, r"1000"),
    ],
)
def test_what_does_not_match_is_refused_in_one_sentence(given, sentence):
    with pytest.raises(ValueError, match=sentence) as refusal:
        own(**given)
    assert "\n" not in str(refusal.value)
    assert "/" not in str(refusal.value)


def test_a_card_dropped_with_its_files_needs_none_of_the_places_it_names():
    card = b"""name = "five"
build = "torchvision:squeezenet1_1"
weights = "../elsewhere/weights.safetensors"
labels = "labels.txt"
input_size = 64
[arguments]
num_classes = 5
"""
    made = own(card=card, labels=tuple("vwxyz"))
    assert (made.name, made.loaded["default", "auto"].labels, made.card.input_size) == (
        "five",
        tuple("vwxyz"),
        (64, 64),
    )


def test_the_checksum_of_a_card_is_held_against_the_dropped_weights():
    card = f"build = 'torchvision:squeezenet1_1'\nsha256 = '{'0' * 64}'\n[arguments]\nnum_classes = 5".encode()
    with pytest.raises(ValueError, match="SHA-256 differs"):
        own(card=card)


def test_names_stay_different_short_and_without_what_a_link_uses():
    assert free_name("net", ["other"]) == "net"
    assert free_name("net", ["net", "net 2"]) == "net 3"
    assert free_name("a~b/../c", []) == "a-b-..-c"
    assert len(free_name("x" * 500, [])) <= 40


def test_a_visit_holds_only_so_many_models():
    with pytest.raises(ValueError, match="remove one first"):
        own(present=[own()] * 8)


def test_class_names_are_lines_and_the_last_empty_ones_do_not_count():
    assert class_names("cat\n dog \r\n\n  \n") == ["cat", "dog"]
    assert class_names("cat\n\ndog") == ["cat", "", "dog"]


def test_an_added_model_is_listed_chosen_and_named_by_digest_in_links(engine, monkeypatch):
    here = Visit("tab/1")
    monkeypatch.setattr("streamlit.session_state", {})
    made = own()
    take(here, made)
    assert here.listed().name == made.name
    assert here.model_name() == ModelName(made.name, "default", digest=made.digest)
    assert made.address.endswith(made.digest[:12])
    here.follow({"model": made.address})
    assert (here.listed().name, here.absent) == (made.name, "")


def test_two_visits_with_models_of_one_name_never_see_each_others(engine):
    content, _ = weights(seed=1)
    other = opened(Brought(FILE, content, architecture="squeezenet1_1"), (), (), silent)
    ours, theirs = (ModelName(made.name, digest=made.digest, own=made) for made in (own(), other))
    assert ours.name == theirs.name
    assert ours != theirs
    assert engine._load(ours, silent).digest != engine._load(theirs, silent).digest
    assert len(engine.models) == 0  # nothing of a visit is on the shelf of the server
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    sights = [engine._look(name, image, silent) for name in (ours, theirs)]
    assert not np.array_equal(sights[0].probabilities, sights[1].probabilities)
    stranger = Visit("tab/2")
    assert other.name not in [model.name for model in stranger.models()]


def test_the_same_network_before_training_is_untrained(engine):
    made = own()
    model = engine._load(ModelName(made.name, "random", digest=made.digest, own=made), silent)
    assert model.untrained
    assert len(model.labels) == 5
    assert model.digest != made.loaded["default", "auto"].digest


def test_a_link_to_a_model_of_somebody_elses_visit_says_so(app):
    tab = app(model="mine~0123456789ab")
    assert not tab.exception
    assert ["mine" in info.value and "somebody added" in info.value for info in tab.info] == [True]


def test_weights_dropped_into_the_dialog_become_the_model_in_view(app, settled):
    tab = app(method="grad_cam")
    click(tab, "add a model")
    drop(tab, FILE, weights()[0])
    assert next(box for box in tab.selectbox if box.label == "Network").value == "squeezenet1_1"
    drop(tab, FILE, weights()[0][:100])
    click(tab, "add now")
    assert [error.value for error in ended(tab).error] != []
    assert tab.session_state["visit"].own == []
    drop(tab, FILE, weights()[0])
    assert list(tab.error) == []
    click(tab, "add now")
    settled(ended(tab))
    assert not tab.exception
    here = tab.session_state["visit"]
    assert here.listed().name == "squeezenet1_1-mine"
    assert tab.query_params["model"] == here.own[0].address
    assert any("· yours, this visit" in option for option in tab.sidebar.selectbox[0].options)
    assert len(tab.get("plotly_chart")) == 1
    tab.switch_page("../pages/model.py").run()
    assert not settled(tab).exception
    click(tab, "remove a model")
    assert here.own == []
    assert here.listed().name == "digits-cnn"


def click(tab, key):
    next(button for button in tab.button if button.key == key).click().run()
    assert not tab.exception


def drop(tab, name, content):
    door = next(door for door in tab.file_uploader if door.key.startswith("add files"))
    door.upload(name, content, "application/octet-stream")
    tab.run()
    assert not tab.exception


def ended(tab):
    """Run the page until the worker has read what was dropped."""
    end = time.monotonic() + PATIENCE
    while any(job.slot == "add a model" for job in tab.session_state["visit"].jobs()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return tab.run()


def test_the_device_is_chosen_only_where_there_are_several_and_is_part_of_the_question(app, settled, engine):
    tab = settled(app())
    assert not [box for box in tab.sidebar.selectbox if box.label == "Device"]
    engine.devices = ("cuda:0", "cpu")
    tab.run()
    (box,) = (box for box in tab.sidebar.selectbox if box.label == "Device")
    assert (box.value, len(box.options)) == ("auto", 3)
    box.set_value("cpu").run()
    settled(tab)
    assert not tab.exception
    here = tab.session_state["visit"]
    assert here.model_name().device == "cpu"
    assert here.sight().device == "cpu"
