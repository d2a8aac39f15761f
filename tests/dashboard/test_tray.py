"""The tray takes pictures every way that people have them, and says in one sentence what it did not take."""

import base64
import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.intake import door, other_doors, pictures
from dashboard.intake.other_doors import Sent, pasted
from dashboard.intake.pictures import Uploads

ENTRY = Path(__file__).resolve().parents[2] / "dashboard" / "streamlit_app.py"


def png(shade=0):
    content = io.BytesIO()
    Image.new("RGB", (20, 20), (shade, 90, 30)).save(content, "PNG")
    return content.getvalue()


def many(count):
    return [Sent(f"{index}.png", png(index)) for index in range(count)]


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.fixture
def uploads():
    return Uploads()


@pytest.fixture
def home(models, engine):
    return AppTest.from_file(str(ENTRY), default_timeout=60).run()


def test_one_picture_is_taken_without_a_word(uploads):
    shot = uploads.take(many(1))
    assert shot is uploads.shots[0]
    assert (uploads.said, uploads.refused) == ("", [])


def test_what_has_no_place_is_said_in_one_sentence(uploads):
    uploads.take(many(70))
    assert len(uploads.shots) == 60
    assert uploads.refused == []
    assert uploads.said.startswith("60 pictures were taken; 10 left out, because the tray is full (60 pictures")


def test_a_picture_that_is_there_is_chosen_even_when_the_tray_is_full(uploads):
    uploads.take(many(60))
    assert uploads.take([Sent("again.png", png(7))]).name == "7.png"
    assert (len(uploads.shots), uploads.said) == (60, "")


def test_the_bytes_of_all_pictures_are_bounded(uploads, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_BYTES", 3 * len(png()))
    uploads.take(many(5))
    assert len(uploads.shots) == 3
    assert "2 left out" in uploads.said


def test_forty_wrong_files_are_four_sentences(uploads):
    uploads.take([*many(2), *(Sent(f"{index}.jpg", b"<html></html>") for index in range(40))])
    assert [sentence.split(":")[0] for sentence in uploads.refused[:3]] == ["0.jpg", "1.jpg", "2.jpg"]
    assert uploads.refused[3:] == ["37 more files cannot be read."]
    assert uploads.said == "2 pictures were taken."


def test_of_a_folder_everything_but_pictures_is_skipped_and_counted(uploads):
    others = [Sent("shots/.DS_Store", b"x"), Sent("shots/read me.txt", b"hello"), Sent("shots/deep/a.csv", b"1,2")]
    uploads.take([Sent("shots/deep/a.png", png()), *others], folder=True)
    assert [shot.name for shot in uploads.shots] == ["a.png"]
    assert (uploads.said, uploads.refused) == ("One picture was taken; 2 other files skipped.", [])


def test_pictures_of_an_archive_stand_in_the_tray(uploads):
    uploads.take([Sent("all.zip", zipped({"x/1.png": png(1), "x/2.png": png(2), "x/notes.txt": b"hello"}))])
    assert [shot.name for shot in uploads.shots] == ["1.png", "2.png"]
    assert uploads.said == "2 pictures were taken; one other file skipped."


@pytest.mark.parametrize("content", [zipped({}), zipped({"a.png": png()})[:-9], b"PK\3\4", zipped({"a": zipped({})})])
def test_a_bad_archive_gets_one_sentence_and_the_tray_stays(uploads, content):
    uploads.take(many(3))
    assert uploads.take([Sent("all.zip", content)]) is None
    assert len(uploads.shots) == 3
    (sentence,) = uploads.refused
    assert sentence.startswith("all.zip: The ZIP archive")
    assert uploads.said == ""


def test_a_damaged_picture_of_an_archive_is_said_and_the_others_are_taken(uploads):
    uploads.take([Sent("all.zip", zipped({"cut.png": png()[:60], "whole.png": png()}))])
    assert [shot.name for shot in uploads.shots] == ["whole.png"]
    assert [sentence.split(":")[0] for sentence in uploads.refused] == ["cut.png"]


def source(content, kind="image/png"):
    return f"data:{kind};base64," + base64.b64encode(content).decode()


def test_the_clipboard_gives_the_bytes_that_were_copied():
    (one,) = pasted({"pictures": [{"name": "../image.png", "source": source(png(5))}]})
    assert (one.name, one.getvalue()) == ("image.png", png(5))


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        {"pictures": "text"},
        {"pictures": [None, 3]},
        {"pictures": [{"name": "a", "source": source(b"<html>", "text/html")}]},
        {"pictures": [{"name": "a", "source": "data:image/png;base64,????"}]},
        {"pictures": [{"name": "a", "source": "https://example.com/a.png"}]},
    ],
)
def test_no_picture_in_a_message_is_no_file(message):
    assert pasted(message) == []


def test_a_paste_is_bounded_whatever_the_browser_sends(monkeypatch):
    one = {"name": "a.png", "source": source(png())}
    assert len(pasted({"pictures": [one] * 100})) == other_doors.MOST_PASTED
    monkeypatch.setattr(other_doors, "LARGEST_PASTE", 10)
    assert pasted({"pictures": [one]}) == []


def said(tab):
    return [info.value.replace("\\", "") for info in tab.sidebar.info]


def uploader(tab, label):
    return next(one for one in tab.sidebar.get("file_uploader") if one.label == label)


def test_a_folder_dropped_in_the_sidebar_is_in_the_tray_and_its_first_picture_chosen(home):
    files = [("shots/b.png", png(9), "image/png"), ("shots/page.jpg", b"<html>", "image/jpeg")]
    uploader(home, "A folder of images").set_value(files).run()
    assert not home.exception
    here = home.session_state["visit"]
    assert here.shot().name == "b.png"
    assert said(home) == ["One picture was taken; one other file skipped."]


def test_an_archive_dropped_on_home_opens_explain_and_the_tray_says_what_was_taken(home):
    archive = zipped({"1.png": png(1), "2.png": png(2), "page.html": b"<html></html>"})
    home.main.get("file_uploader")[0].set_value([("all.zip", archive, "application/zip")]).run()
    assert not home.exception
    assert home.session_state["visit"].shot().name == "1.png"
    assert said(home) == ["2 pictures were taken; one other file skipped."]


def test_what_is_wrong_on_home_is_said_there_and_only_there(home):
    home.main.get("file_uploader")[0].set_value([("page.jpg", b"<html></html>", "image/jpeg")]).run()
    assert len(home.main.error) == 1
    assert len(home.sidebar.error) == 0


def test_the_camera_is_asked_for_only_when_its_door_is_open(home):
    assert len(home.sidebar.get("camera_input")) == 0
    home.session_state["camera door 0"] = True
    home.run()
    assert not home.exception
    assert len(home.sidebar.get("camera_input")) == 1


@pytest.fixture
def slow_drop(home, engine, monkeypatch):
    """Five pictures of which only the first is read at once; the worker is held, so that it does not begin."""
    monkeypatch.setattr(door, "AT_ONCE", 0)
    engine.worker._turns.take()
    files = [(file.name, file.getvalue(), "image/png") for file in many(5)]
    uploader(home, "Add your own images").set_value(files).run()
    assert not home.exception
    return home


def test_the_first_of_many_pictures_is_chosen_before_the_others_are_read(slow_drop):
    here = slow_drop.session_state["visit"]
    assert here.shot().name == "0.png"
    assert len(here.uploads.shots) == 1
    assert any("1 of 5 pictures are read" in caption.value for caption in slow_drop.sidebar.caption)
    assert [job.label for job in here.jobs()].count("Reading pictures") == 1


def test_the_others_come_while_the_page_is_used_and_then_it_is_said(slow_drop, engine, settled):
    engine.worker._turns.pass_on()
    settled(slow_drop)
    assert [shot.name for shot in slow_drop.session_state["visit"].uploads.shots] == [f"{n}.png" for n in range(5)]
    assert said(slow_drop) == ["5 pictures were taken."]


def test_cancelled_reading_keeps_what_came_and_says_so(slow_drop, engine):
    here = slow_drop.session_state["visit"]
    for job in here.jobs():
        job.cancel()
    slow_drop.run()
    assert len(here.uploads.shots) == 1
    assert said(slow_drop) == ["One picture was taken; the others were not read, because you cancelled."]
    engine.worker._turns.pass_on()


def test_a_second_drop_does_not_stop_the_first(slow_drop, engine, settled):
    more = [(f"more {n}.png", png(100 + n), "image/png") for n in range(3)]
    uploader(slow_drop, "Add your own images").set_value(more).run()
    engine.worker._turns.pass_on()
    settled(slow_drop)
    assert len(slow_drop.session_state["visit"].uploads.shots) == 8
