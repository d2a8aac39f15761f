"""Archives of pictures at the door: the pictures and how many other files, or one sentence."""

import io
import time
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from vizlib.data import archives
from vizlib.data.archives import is_archive, read_archive


def picture(shade: int = 0, kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (24, 24), (shade, 90, 30)).save(content, kind)
    return content.getvalue()


def packed(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def refused(data: bytes) -> str:
    """The sentence of a refusal, which must come fast and take no memory."""
    tracemalloc.start()
    began = time.perf_counter()
    try:
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            read_archive(data)
        assert time.perf_counter() - began < 2
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert not set("\n/<") & set(sentence)
    return sentence


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_pictures_come_out_as_they_went_in_and_other_files_are_counted(how):
    files = {"a.png": picture(1), "holiday/b.jpg": picture(2, "JPEG"), "notes.txt": b"hello", "page.jpg": b"<html>"}
    found = read_archive(packed(files, how))
    assert {one.name: one.getvalue() for one in found.pictures} == {
        "a.png": files["a.png"],
        "b.jpg": picture(2, "JPEG"),
    }
    assert (found.skipped, found.nested) == (2, 0)


def test_what_systems_put_beside_the_files_is_not_counted():
    found = read_archive(packed({"a.png": picture(), "__MACOSX/._a.png": b"x", ".DS_Store": b"x", "Thumbs.db": b"x"}))
    assert ([one.name for one in found.pictures], found.skipped) == (["a.png"], 0)


@pytest.mark.parametrize("name", ["../../x.png", "/etc/x.png", "C:\\windows\\x.png", "..\\x.png"])
def test_only_the_last_word_of_a_name_is_kept(name):
    assert [one.name for one in read_archive(packed({name: picture()})).pictures] == ["x.png"]


def test_archives_inside_are_not_opened():
    inner = packed({"b.png": picture()})
    assert read_archive(packed({"a.png": picture(), "inner.zip": inner})).nested == 1
    assert "other archives" in refused(packed({"inner.zip": inner}))


@pytest.mark.parametrize("data", [packed({}), packed({"notes.txt": b"hello"})], ids=["empty", "text"])
def test_an_archive_without_pictures_is_refused(data):
    assert "no pictures" in refused(data)


@pytest.mark.parametrize("part", [0.3, 0.9, 0.99])
def test_a_cut_archive_is_refused(part):
    data = packed({f"{index}.png": picture(index) for index in range(9)})
    assert "incomplete" in refused(data[: int(len(data) * part)])


def test_a_locked_archive_says_so():
    data = bytearray(packed({"a.png": picture()}))
    for start, flags in ((data.find(b"PK\3\4"), 6), (data.find(b"PK\1\2"), 8)):
        data[start + flags] |= 1
    assert "password" in refused(bytes(data))


def test_a_small_file_that_unpacks_to_much_is_not_unpacked():
    bitmap = Image.new("RGB", (4000, 4000))
    content = io.BytesIO()
    bitmap.save(content, "BMP")
    assert "grows" in refused(packed({"a.bmp": content.getvalue()}))


def test_pictures_that_are_too_large_together_are_refused_unread(monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 1000)
    noise = np.random.default_rng(0).bytes(600)
    assert "unpack to more" in refused(packed({f"{index}.png": picture()[:8] + noise for index in range(2)}))


def test_an_entry_gives_no_more_bytes_than_it_claims():
    """The sum of the claims bounds what is unpacked, whatever is inside."""
    data = bytearray(packed({"a.png": picture() + bytes(30_000_000)}))
    claim = (2000).to_bytes(4, "little")
    for start, size in ((data.find(b"PK\3\4"), 22), (data.find(b"PK\1\2"), 24)):
        data[start + size : start + size + 4] = claim
    (one,) = read_archive(bytes(data)).pictures
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="damaged"):
            one.getvalue()
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


def test_entries_that_share_bytes_are_refused():
    data = packed({"a.png": picture(), "b.png": picture()}, zipfile.ZIP_STORED)
    second = data.rfind(b"PK\1\2")
    shared = bytearray(data)
    shared[second + 42 : second + 46] = bytes(4)  # the second name points to the first entry
    assert "several names" in refused(bytes(shared))


def test_too_many_entries_are_refused_before_they_are_listed():
    assert "10000 files" in refused(b"PK\3\4" + b"PK\1\2" * 10_001)


def test_a_damaged_picture_is_said_when_it_is_read_and_the_others_stay():
    data = bytearray(packed({"a.png": picture(1), "b.png": picture(2)}, zipfile.ZIP_STORED))
    data[data.find(b"IDAT") + 8] ^= 255
    first, second = read_archive(bytes(data)).pictures
    with pytest.raises(ValueError, match="damaged inside"):
        first.getvalue()
    assert second.getvalue() == picture(2)


def test_whatever_byte_is_wrong_there_is_a_sentence_or_a_picture():
    good = packed({"a.png": picture(1), "folder/b.jpg": picture(2, "JPEG"), "c.txt": b"c" * 50})
    random, sentences = np.random.default_rng(3), []
    for _ in range(400):
        data = bytearray(good)
        for place in random.integers(0, len(data), 3):
            data[place] = random.integers(256)
        try:
            for one in read_archive(bytes(data)).pictures:
                one.getvalue()
        except ValueError as error:
            sentences.append(str(error))
    assert sentences
    assert all(sentence.endswith(".") for sentence in sentences)


def test_an_archive_is_known_by_its_bytes():
    assert is_archive(packed({}))
    assert is_archive(packed({"a": b""}))
    assert not is_archive(zlib.compress(b"a"))
