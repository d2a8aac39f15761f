"""A bundled model that meets a photo: what it says, which model takes over, and how one is downloaded."""

import hashlib
import http.server
import io
import threading
import time

import pytest
import torch
from PIL import Image
from torchvision import models as networks

from dashboard.intake import imagenet
from dashboard.worker import Cancelled
from vizlib.zoo.torchvision import official_weights

NAME = "squeezenet1_1"


def photo():
    content = io.BytesIO()
    Image.new("RGB", (80, 60), (10, 120, 200)).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """torchvision's cache, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def official(monkeypatch):
    """Content of the official file of a small network, and a way to publish it at an address."""
    content = io.BytesIO()
    torch.save(networks.squeezenet1_1().state_dict(), content)
    file = f"{NAME}-{hashlib.sha256(content.getvalue()).hexdigest()[:8]}.pth"
    facts = imagenet.OFFICIAL[NAME]._replace(file=file)
    monkeypatch.setattr("vizlib.zoo.cards.OFFICIAL", {**imagenet.OFFICIAL, NAME: facts})
    monkeypatch.setattr(imagenet, "DOWNLOAD", NAME)

    def publish(address):
        monkeypatch.setattr(official_weights(NAME).value, "url", f"{address}/{file}")

    publish("http://127.0.0.1:9")  # nobody listens there
    return content.getvalue(), file, publish


class Serving:
    """A server on this machine that gives one file, in pieces, and waits after the first one when told."""

    def __init__(self, content):
        self.go = threading.Event()
        self.go.set()
        outer = self

        class Answers(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[:100_000])
                outer.go.wait(30)
                self.wfile.write(content[100_000:])

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def serve():
    made = []

    def start(content):
        made.append(Serving(content))
        return made[-1]

    yield start
    for one in made:
        one.go.set()
        one.server.shutdown()
        one.server.server_close()


@pytest.fixture
def with_photo(app, engine):
    """The page with a person's own picture, the model being chosen by the page or by a link."""

    def open_page(**address):
        tab = app(**address)
        here = tab.session_state["visit"]

        class File:
            name = "sky.png"
            getvalue = staticmethod(photo)

        here.picture = here.uploads.take([File()]).digest
        return tab.run()

    return open_page


def said(tab):
    return [text.value for text in tab.main.markdown if "knows only" in text.value]


def button(tab, key):
    return next((button for button in tab.button if button.key == key), None)


def test_a_bundled_model_says_everything_it_knows_about_a_photo(with_photo, cache, official):
    (sentence,) = said(with_photo())
    assert "knows only these 10 things: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9." in sentence


def test_a_sample_of_the_model_brings_no_banner(app, cache, official):
    tab = app()
    assert said(tab) == []
    assert button(tab, "download imagenet") is None


def test_an_imagenet_model_in_the_cache_takes_the_photo_and_there_is_a_way_back(with_photo, cache, official):
    content, file, _ = official
    (cache / file).write_bytes(content)
    tab = with_photo()
    here = tab.session_state["visit"]
    assert here.listed().name == NAME
    assert said(tab) == []
    assert any("is shown to" in caption.value and "knows only 10" in caption.value for caption in tab.main.caption)
    button(tab, "back from imagenet").click().run()
    assert not tab.exception
    assert here.listed().name == "digits-cnn"
    assert len(said(tab)) == 1
    button(tab, "use imagenet").click().run()
    assert here.listed().name == NAME


def test_a_model_chosen_by_a_link_or_by_hand_is_never_replaced(with_photo, cache, official):
    content, file, _ = official
    (cache / file).write_bytes(content)
    tab = with_photo(model="digits-cnn")
    assert tab.session_state["visit"].listed().name == "digits-cnn"
    assert len(said(tab)) == 1


def test_the_offer_names_the_model_and_its_true_size():
    assert imagenet.offer() == "Download ResNet-18 (47 MB), which knows 1000 things"
    assert [imagenet.title(name) for name in ("resnet50", "squeezenet1_1", "alexnet")] == [
        "ResNet-50",
        "SqueezeNet",
        "AlexNet",
    ]


def test_one_click_downloads_the_model_and_switches_to_it(with_photo, settled, cache, official, serve):
    content, file, publish = official
    publish(serve(content).address)
    tab = with_photo()
    here = tab.session_state["visit"]
    button(tab, "download imagenet").click().run()
    settled(tab)
    assert not tab.exception
    assert here.listed().name == NAME
    assert here.sight().labels[0] == "tench"
    assert [path.name for path in cache.iterdir()] == [file]
    assert (cache / file).read_bytes() == content


def test_offline_the_sentence_says_where_to_put_the_file(with_photo, settled, cache, official):
    tab = with_photo()
    button(tab, "download imagenet").click().run()
    settled(tab)
    (error,) = tab.main.error
    assert "Put the file" in error.value
    assert official[1].split("-")[1][:6] in error.value
    assert tab.session_state["visit"].listed().name == "digits-cnn"
    assert list(cache.iterdir()) == []


def test_what_is_not_the_official_file_is_thrown_away(cache, official, serve):
    content, _, publish = official
    publish(serve(content[:-1] + b"x").address)
    with pytest.raises(ValueError, match="not the official file"):
        imagenet.fetched(NAME, lambda done, total: None)
    assert list(cache.iterdir()) == []


def test_a_download_reports_bytes_and_cancel_leaves_nothing(cache, official, serve):
    content, _, publish = official
    server = serve(content)
    server.go.clear()
    publish(server.address)
    steps = []

    def tick(done, total):
        steps.append((done, total))
        if done:
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        imagenet.fetched(NAME, tick)
    assert time.monotonic() - began < 3  # although the server is silent
    assert 0 < steps[-1][0] < len(content)
    assert steps[-1][1] == len(content)
    server.go.set()
    end = time.monotonic() + 10
    while list(cache.iterdir()) and time.monotonic() < end:
        time.sleep(0.02)
    assert list(cache.iterdir()) == []
