"""What a file really is, judged by its first bytes and never by its name."""

from __future__ import annotations

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"GIF87a", "a GIF image"),
    (0, b"GIF89a", "a GIF image"),
    (8, b"WEBP", "a WebP image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (0, b"II+\0", "a BigTIFF image"),
    (0, b"MM\0+", "a BigTIFF image"),
    (4, b"ftypavif", "an AVIF image"),
    (4, b"ftypavis", "an AVIF image"),
    *(
        (4, b"ftyp" + brand, "a HEIC photo")
        for brand in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
    ),
    (4, b"ftyp", "a video"),
    (8, b"AVI ", "a video"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (8, b"WAVE", "a sound file"),
    (0, b"\xff\x0a", "a JPEG XL image"),
    (4, b"JXL \r\n", "a JPEG XL image"),
    (4, b"jP  \r\n", "a JPEG 2000 image"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "an EPS or PostScript file"),
    (0, b"\xc5\xd0\xd3\xc6", "an EPS or PostScript file"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR image"),
    (0, b"#?RADIANCE", "a Radiance HDR image"),
    (0, b"\0\0\x01\0", "a Windows icon"),
    (128, b"DICM", "a DICOM file"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "an empty ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes it"),
    (4, b"TFL3", "a TensorFlow Lite model"),
    (0, b"GGUF", "a GGUF model"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"#!", "a script"),
    (0, b"BM", "a BMP image"),
)
ONNX_PRODUCERS = (b"pytorch", b"onnx", b"tf2onnx", b"keras2onnx", b"skl2onnx", b"torch")
POINTER = b"version https://git-lfs"


def described(data: bytes) -> str | None:
    """Name what the bytes are, with its article ("an HTML page"); None where nothing is recognised.

    Parameters
    ----------
    data
        The file, or at least its first kilobyte.
    """
    for offset, magic, name in SIGNATURES:
        if data[offset : offset + len(magic)] == magic:
            return name
    return _protobuf(data[:1024]) or _text(data[:1024])


def is_pointer(data: bytes) -> bool:
    """Tell whether the bytes are the short text that git-LFS leaves in place of a large file."""
    return data[: len(POINTER)] == POINTER


def _protobuf(head: bytes) -> str | None:
    if head[:1] != b"\x08" or len(head) < 4:
        return None
    if head[2] == 0x12 and any(producer in head[:64] for producer in ONNX_PRODUCERS):
        return "an ONNX model"
    return "a TensorFlow model" if b"serve" in head[:64] or b"tensorflow" in head.lower() else None


def _text(head: bytes) -> str | None:
    """Name HTML, SVG, XML, JSON and plain text; None for anything binary."""
    lower = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in lower:
        return "an HTML page"
    if lower.startswith(b"<svg") or b"<svg" in lower:
        return "an SVG drawing"
    if lower.startswith(b"<?xml"):
        return "an XML file"
    if any(byte < 9 or 13 < byte < 32 for byte in head) or not _decodes(head):
        return None
    return "a JSON file" if lower.startswith((b"{", b"[")) else "a text file"


def _decodes(head: bytes) -> bool:
    try:
        head[: len(head) - 3 if len(head) == 1024 else None].decode()
    except UnicodeDecodeError:
        return len(head) == 1024 and all(byte < 128 for byte in head[:1021])
    return True
