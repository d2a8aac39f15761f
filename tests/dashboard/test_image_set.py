"""The choice of an image set: the tray, bundled ones, and archives whose folders are the classes."""

import io
import zipfile

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import image_set


def archive(**classes):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for label, count in classes.items():
            for number in range(count):
                picture = io.BytesIO()
                Image.new("RGB", (20, 20), (10 * number, 90, 40)).save(picture, "PNG")
                made.writestr(f"mine/{label}/{number}.png", picture.getvalue())
    return content.getvalue()


@pytest.fixture
def state(monkeypatch):
    held = {}
    monkeypatch.setattr(image_set.st, "session_state", held)
    return held


def test_folders_of_an_archive_are_the_labels_of_its_pictures(state):
    image_set.take_archive("mine.zip", archive(cup=2, star=3))
    stream = state[image_set.ARCHIVE]
    assert stream.classes == ("cup", "star")
    assert stream.labels.tolist() == [0, 0, 1, 1, 1]
    assert stream.read(1).getpixel((0, 0)) == (10, 90, 40)
    assert state[image_set.REFUSED] == ""


def test_a_broken_archive_is_refused_in_one_sentence_and_what_was_there_stays(state):
    image_set.take_archive("mine.zip", archive(cup=1, star=1))
    before = state[image_set.ARCHIVE]
    image_set.take_archive("other.zip", b"PK\3\4 broken")
    assert state[image_set.REFUSED].count(".") == 1
    assert state[image_set.ARCHIVE] is before


def test_an_archive_without_folders_has_no_labels(state):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        picture = io.BytesIO()
        Image.new("RGB", (20, 20)).save(picture, "PNG")
        made.writestr("one.png", picture.getvalue())
    image_set.take_archive("flat.zip", content.getvalue())
    assert state[image_set.ARCHIVE].labels is None
    assert state[image_set.ARCHIVE].classes == ()


def test_every_offered_set_is_called_by_its_number():
    assert [image_set._words(name) for name in image_set.SCENES] == [
        "400 bundled scenes",
        "2 000 bundled scenes",
        "10 000 bundled scenes",
    ]


def test_a_labelled_choice_offers_no_tray():
    def page():
        from types import SimpleNamespace

        from dashboard.image_set import image_set_choice

        model = SimpleNamespace(card=SimpleNamespace(channels=1))
        here = SimpleNamespace(
            engine=SimpleNamespace(models={"m": model}), model_name=lambda: "m", shots=lambda: [object()],
            asked={"set": "junk:7"}, parts={},
        )  # fmt: skip
        chosen = image_set_choice(here, labelled=True)
        import streamlit as st

        st.markdown(f"{chosen.words}, {len(chosen)}, {len(chosen.classes)} classes")

    tab = AppTest.from_function(page, default_timeout=30).run()
    assert "tray" not in " ".join(tab.selectbox[0].options)
    assert tab.markdown[0].value == "360 handwritten digits, 360, 10 classes"
    tab.selectbox[0].set_value("scenes:400").run()
    assert tab.markdown[0].value == "400 bundled scenes, 400, 12 classes"
    assert not tab.exception
