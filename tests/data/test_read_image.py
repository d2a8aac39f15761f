"""Pictures at the door: right pixels with a note, or one sentence."""

import csv
import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image, ImageCms

from vizlib.data.intake import read_image

SHADES = np.random.default_rng(7).integers(0, 256, (32, 48, 3), dtype=np.uint8)
COLOURS = Image.fromarray(SHADES)
WHITE = (255, 255, 255)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(read_image(data).image)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 0) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def refused(data: bytes | Path | str, within: float = 0.2, growth: float = 50e6) -> str:
    """The sentence of a refusal, which must come fast and take no memory."""
    process, best = psutil.Process(), np.inf
    before = process.memory_info().rss
    for _ in range(3):
        start = time.perf_counter()
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            read_image(data)
        best = min(best, time.perf_counter() - start)
        if best < within:
            break
    assert best < within
    assert process.memory_info().rss - before < growth
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "/" not in sentence
    assert "<" not in sentence
    return sentence


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "WEBP"])
def test_lossless_formats_keep_every_pixel(kind: str) -> None:
    image = COLOURS.quantize(16).convert("RGB") if kind == "GIF" else COLOURS
    picture = read_image(encoded(image, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert np.array_equal(np.asarray(picture.image), np.asarray(image))
    assert (picture.image.mode, picture.notes) == ("RGB", ())


def test_jpeg_is_what_the_decoder_says() -> None:
    data = encoded(COLOURS, "JPEG")
    assert np.array_equal(pixels(data), np.asarray(Image.open(io.BytesIO(data))))


def test_path_and_bytes_give_the_same_digest(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(COLOURS, "PNG"))
    assert read_image(path).digest == read_image(str(path)).digest == read_image(path.read_bytes()).digest


def test_digest_is_that_of_pixels_and_size_not_of_the_file() -> None:
    assert read_image(encoded(COLOURS, "PNG")).digest == read_image(encoded(COLOURS, "BMP")).digest
    turned = Image.frombytes("RGB", (32, 48), COLOURS.tobytes())
    assert read_image(encoded(turned, "PNG")).digest != read_image(encoded(COLOURS, "PNG")).digest
    other = SHADES.copy()
    other[31, 47, 2] ^= 1
    assert read_image(encoded(Image.fromarray(other), "PNG")).digest != read_image(encoded(COLOURS, "PNG")).digest


def test_metadata_do_not_travel_with_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010F] = "secret"
    image = read_image(encoded(COLOURS, "JPEG", exif=exif, comment=b"secret")).image
    assert b"secret" not in encoded(image, "PNG")
    assert image.info == {}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(kind: str, orientation: int) -> None:
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, :24], upright[:16, 24:], upright[16:, :24] = (250, 0, 0), (0, 250, 0), (0, 0, 250)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": exif}
    picture = read_image(encoded(Image.fromarray(np.ascontiguousarray(stored)), kind, **options))
    assert np.abs(np.asarray(picture.image, int)[4:12, 4:20] - (250, 0, 0)).max() < 16
    assert np.abs(np.asarray(picture.image, int)[20:28, 4:20] - (0, 0, 250)).max() < 16
    assert picture.image.size == (48, 32)
    assert len(picture.notes) == (orientation > 1)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_is_ignored() -> None:
    picture = read_image(encoded(COLOURS, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f\x12\x01"))
    assert picture.notes == ()


@pytest.mark.parametrize("inverted", [True, False])
def test_cmyk_is_right_with_and_without_adobe_inversion(inverted: bool) -> None:
    ink = (0, 255, 255, 0) if inverted else (255, 0, 0, 255)
    data = encoded(Image.new("CMYK", (32, 32), ink), "JPEG", quality=95)
    marker = data.index(b"\xff\xee")
    if not inverted:  # the file holds 255 - ink; without Adobe's marker that is read as ink
        data = data[:marker] + data[marker + 2 + int.from_bytes(data[marker + 2 : marker + 4]) :]
    picture = read_image(data)
    assert np.abs(np.asarray(picture.image, int) - (255, 0, 0)).max() < 6
    assert "CMYK" in picture.notes[0]


def test_16_bit_grey_is_scaled_by_257() -> None:
    grey = SHADES[..., 0].astype(np.uint16)
    for data in (encoded(Image.fromarray(grey * 257), "PNG"), encoded(Image.fromarray(grey * 257), "TIFF")):
        picture = read_image(data)
        assert np.array_equal(np.asarray(picture.image)[..., 1], SHADES[..., 0])
        assert "16-bit" in picture.notes[0]


def test_16_bit_grey_rounds_to_the_nearest_shade() -> None:
    grey = np.array([[0, 128, 129, 257, 65406, 65407, 65535]], np.uint16).repeat(7, 0)
    assert pixels(encoded(Image.fromarray(grey), "PNG"))[0, :, 0].tolist() == [0, 0, 1, 1, 254, 255, 255]


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (6, 4), (4, 2)])
def test_16_bit_colours_keep_their_upper_half(colour: int, channels: int) -> None:
    values = np.full((8, 8, channels), 257 * 200, ">u2")
    values[..., 0] = 257 * 10
    if channels != 3:
        values[..., -1] = 65535
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    picture = read_image(png(8, 8, chunk(b"IDAT", zlib.compress(rows)), depth=16, colour=colour))
    assert picture.image.getpixel((3, 3)) == ((10, 200, 200) if channels > 2 else (10, 10, 10))
    assert any("16 bits" in note for note in picture.notes)


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.0, 1.0, (0, 255)), (0.0, 200.0, (0, 200)), (-3.0, 900.0, (0, 255))]
)
def test_float_tiff_is_scaled_by_its_range(low: float, high: float, expected: tuple[int, int]) -> None:
    values = np.linspace(low, high, 64 * 64, dtype=np.float32).reshape(64, 64)
    picture = read_image(encoded(Image.fromarray(values), "TIFF"))
    assert picture.image.getextrema()[0] == expected
    assert "scaled" in picture.notes[0]


def test_constant_float_tiff_beyond_the_usual_range_does_not_divide_by_zero() -> None:
    assert pixels(encoded(Image.fromarray(np.full((20, 20), -5, np.float32)), "TIFF")).max() == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_float_tiff_that_is_not_finite_is_refused(bad: float) -> None:
    values = np.zeros((20, 20), np.float32)
    values[3, 3] = bad
    assert "not finite" in refused(encoded(Image.fromarray(values), "TIFF"))


def test_transparent_pixels_become_white_whatever_colour_they_hide() -> None:
    image = COLOURS.convert("RGBA")
    image.putpixel((5, 6), (200, 0, 0, 0))
    image.putpixel((7, 8), (200, 0, 0, 51))
    for data in (encoded(image, "PNG"), encoded(image, "WEBP", lossless=True), encoded(image, "TIFF")):
        picture = read_image(data)
        assert picture.image.getpixel((5, 6)) == WHITE
        assert picture.image.getpixel((7, 8)) == (244, 204, 204)
        assert picture.image.getpixel((9, 9)) == COLOURS.getpixel((9, 9))
        assert any("white" in note for note in picture.notes)


def test_opaque_alpha_changes_nothing_and_says_nothing() -> None:
    picture = read_image(encoded(COLOURS.convert("RGBA"), "PNG"))
    assert picture.notes == ()
    assert np.array_equal(np.asarray(picture.image), SHADES)


def test_transparent_palette_entries_and_colour_keys_become_white() -> None:
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30, 200, 0, 0])
    palette.putpixel((2, 2), 2)
    keyed = Image.new("RGB", (20, 20), (10, 20, 30))
    keyed.putpixel((2, 2), (200, 0, 0))
    grey = Image.fromarray(np.where(np.arange(400).reshape(20, 20) == 42, 700, 257 * 40).astype(np.uint16))
    for data, rest in (
        (encoded(palette, "PNG", transparency=2), (10, 20, 30)),
        (encoded(palette, "PNG", transparency=b"\xff\xff\0"), (10, 20, 30)),
        (encoded(palette, "GIF", transparency=2), (10, 20, 30)),
        (encoded(keyed, "PNG", transparency=(200, 0, 0)), (10, 20, 30)),
        (encoded(grey, "PNG", transparency=700), (40, 40, 40)),
    ):
        picture = read_image(data)
        assert picture.image.getpixel((2, 2)) == WHITE
        assert picture.image.getpixel((3, 3)) == rest
        assert any("white" in note for note in picture.notes)


def test_one_bit_and_grey_with_alpha_become_rgb() -> None:
    bits = Image.fromarray(SHADES[..., 0] > 127)
    assert np.array_equal(pixels(encoded(bits, "PNG"))[..., 0], np.where(SHADES[..., 0] > 127, 255, 0))
    assert pixels(encoded(Image.new("LA", (20, 20), (90, 255)), "PNG"))[3, 3].tolist() == [90, 90, 90]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_an_animation_is_used(kind: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("#c80000", "#00c800", "#0000c8")]
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = read_image(encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert picture.image.getpixel((9, 9)) == (200, 0, 0)
    assert len(picture.notes) == 1
    assert "first" in picture.notes[0]


def test_colour_profile_is_followed_and_srgb_is_left_alone() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(pixels(encoded(COLOURS, "PNG", icc_profile=srgb)), SHADES)
    swapped = read_image(encoded(Image.new("RGB", (20, 20), (120, 60, 30)), "PNG", icc_profile=_swapped(srgb)))
    assert swapped.image.getpixel((3, 3)) != (120, 60, 30)
    assert "profile" in swapped.notes[0]


def _swapped(profile: bytes) -> bytes:
    """The sRGB profile with red and blue primaries exchanged and another name."""
    changed = bytearray(profile)
    for entry in range(struct.unpack_from(">I", profile, 128)[0]):
        at = 132 + 12 * entry
        tag = bytes(profile[at : at + 4])
        changed[at : at + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(tag, tag)
    return bytes(changed).replace("sRGB".encode("utf-16-be"), "other".encode("utf-16-be")[:8]).replace(b"sRGB", b"abcd")


def test_broken_colour_profile_is_ignored_with_a_note() -> None:
    picture = read_image(encoded(COLOURS, "PNG", icc_profile=b"no profile at all" * 20))
    assert np.array_equal(np.asarray(picture.image), SHADES)
    assert "ignored" in picture.notes[0]


def test_tiny_images_are_read_with_a_note() -> None:
    assert "1 x 1" in read_image(encoded(Image.new("RGB", (1, 1)), "PNG")).notes[0]


def test_wrong_ending_is_noticed_and_the_name_is_never_shown() -> None:
    picture = read_image(encoded(COLOURS, "PNG"), name="<img src=x onerror=alert(1)>/../../x.jpg")
    assert "JPEG" in picture.notes[0]
    assert "PNG" in picture.notes[0]
    assert "onerror" not in picture.notes[0]
    assert read_image(encoded(COLOURS, "PNG"), name="a.png").notes == ()


def test_88_million_pixels_are_refused_from_the_header() -> None:
    row = zlib.compressobj(9)
    body = b"".join(row.compress(bytes(9381)) for _ in range(9380)) + row.flush()
    sentence = refused(png(9380, 9380, chunk(b"IDAT", body)))
    assert "88 million" in sentence


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "VP8X"])
def test_huge_claims_are_refused_in_every_format(kind: str) -> None:
    data = bytearray(encoded(COLOURS, "WEBP" if kind == "VP8X" else kind))
    if kind == "PNG":
        data = bytearray(png(60_000, 60_000, chunk(b"IDAT", b"")))
    elif kind == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", 60_000, 60_000)
    elif kind == "GIF":
        data[6:10] = struct.pack("<HH", 60_000, 60_000)
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", 60_000, -60_000)
    elif kind == "WEBP":
        data[26:30] = struct.pack("<HH", 16_383, 16_383)
    elif kind == "VP8X":
        canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (59_999).to_bytes(3, "little") * 2
        data = bytearray(b"RIFF" + struct.pack("<I", len(data) + 10) + b"WEBP" + canvas + bytes(data[12:]))
    else:
        start = struct.unpack_from("<I", data, 4)[0]
        for at in range(start + 2, start + 2 + 12 * 3, 12):
            if struct.unpack_from("<H", data, at)[0] in (256, 257):
                struct.pack_into("<HII", data, at + 2, 4, 1, 60_000)
    assert "million" in refused(bytes(data))


def test_gif_frame_larger_than_its_screen_is_refused() -> None:
    data = bytearray(encoded(COLOURS, "GIF"))
    at = data.index(b",\0\0\0\0", 13)
    struct.pack_into("<HHHH", data, at + 1, 0, 0, 60_000, 60_000)
    assert "million" in refused(bytes(data))


def test_tiff_tile_larger_than_any_image_is_refused() -> None:
    tags = [(256, 64), (257, 64), (258, 8), (259, 1), (262, 1), (322, 13_000), (323, 13_000), (324, 8), (325, 4)]
    body = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    assert "tiles" in refused(b"II*\0\x08\0\0\0" + body + bytes(4))


@pytest.mark.parametrize("size", [(2000, 10), (1, 51)])
def test_extreme_shapes_are_refused(size: tuple[int, int]) -> None:
    assert "crop" in refused(encoded(Image.new("RGB", size), "PNG"))


@pytest.mark.parametrize(("kind", "part"), [(k, p) for k in ("JPEG", "PNG", "GIF", "BMP", "WEBP") for p in (0.5, 0.9)])
def test_half_a_file_is_incomplete(kind: str, part: float) -> None:
    data = encoded(COLOURS, kind)
    assert "incomplete" in refused(data[: int(len(data) * part)])


def test_half_a_tiff_is_incomplete() -> None:
    data = encoded(COLOURS, "TIFF")
    assert "incomplete" in refused(data[: len(data) // 2])


def test_large_jpeg_cut_in_half_is_incomplete(real: Path) -> None:
    data = (real / "photos" / "cat_720p.jpg").read_bytes()
    assert "incomplete" in refused(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML"),
        (b"\n  <HTML><head><title>Sign in</title>", "HTML"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"<svg onload=alert(1)>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "video"),
        (b"%PDF-1.7\n", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "EPS"),
        (b"PK\x03\x04" + bytes(40), "ZIP"),
        (b"\x1f\x8b\x08" + bytes(40), "gzip"),
        (b"8BPS\0\x01" + bytes(40), "Photoshop"),
        (b"\x93NUMPY\x01\0", "NumPy"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"II+\0\x08\0\0\0" + bytes(16), "BigTIFF"),
        (b"id,label\n1,cat\n", "text"),
        (b'{"a": 1}', "JSON"),
        (b"MZ\x90\0" + bytes(60), "program"),
        (b"P6 1 1 255 abc\n", "text"),
        (bytes(5000), "no image"),
    ],
)
def test_other_files_are_refused_by_what_they_are(data: bytes, what: str) -> None:
    sentence = refused(data)
    assert what in sentence
    assert "JPEG, PNG, WebP, GIF, BMP and TIFF" in sentence


def test_empty_file_and_pointer_have_their_own_reasons() -> None:
    assert "empty" in refused(b"")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
    assert "git-LFS pointer" in refused(pointer)


def test_missing_files_folders_and_devices_are_refused_without_their_path(tmp_path: Path) -> None:
    assert "not there" in refused(tmp_path / "secret" / "a.png")
    assert "folder" in refused(tmp_path)
    assert "device" in refused("/dev/zero")


def test_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.truncate(3 << 30)
    assert "64 MB" in refused(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "GIF extensions", "scans", "garbage"])
def test_files_cut_into_crumbs_are_refused_fast(kind: str) -> None:
    data = {
        "PNG": lambda: png(8, 8, chunk(b"tEXt", b"") * 2_000_000),
        "JPEG": lambda: b"\xff\xd8" + b"\xff\xe5\0\x02" * 5_000_000,
        "GIF": lambda: (
            encoded(COLOURS, "GIF")[:-1] + b",\0\0\0\0\x01\0\x01\0\0\x02" + b"\x01\0" * 9 + b"\x01\x01" * 9_000_000
        ),
        "GIF extensions": lambda: b"GIF89a\x01\0\x01\0\0\0\0" + b"!\xfe\x02aa\0" * 3_000_000,
        "scans": lambda: _many_scans(),
        "garbage": lambda: b"GIF89a\x01\0\x01\0\0\0\0" + bytes(30_000_000),
    }[kind]()
    refused(data, within=0.5)


def _many_scans() -> bytes:
    """A progressive JPEG that passes 400 times over its 16 million pixels."""
    data = encoded(COLOURS.resize((4000, 4000)), "JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at : at + 60] * 400


def test_png_with_a_second_header_cannot_change_its_size() -> None:
    second = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0))
    refused(png(8, 8, second, chunk(b"IDAT", zlib.compress(bytes(72)))))


def test_text_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = zlib.compress(bytes(100 << 20), 9)
    shades = chunk(b"IDAT", zlib.compress(bytes(72)))
    assert "damaged" in refused(png(8, 8, chunk(b"zTXt", b"a\0\0" + bomb), shades))
    assert "damaged" in refused(png(8, 8, chunk(b"iCCP", b"a\0\0" + bomb), shades))


def test_no_setting_of_the_process_is_touched() -> None:
    before = Image.MAX_IMAGE_PIXELS
    read_image(encoded(COLOURS, "PNG"))
    refused(png(60_000, 60_000))
    assert before == Image.MAX_IMAGE_PIXELS


def test_all_real_photos_are_read_as_they_are(real: Path) -> None:
    with (real / "photos.csv").open() as file:
        count = len(list(csv.DictReader(file)))
    photos = sorted((real / "photos").glob("*.jpg"))
    assert len(photos) == count
    for photo in photos:
        picture = read_image(photo)
        assert np.array_equal(np.asarray(picture.image), np.asarray(Image.open(photo).convert("RGB")))
        assert picture.notes == ()
