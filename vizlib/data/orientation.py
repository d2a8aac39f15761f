"""EXIF orientation: turning a picture the way the camera was held."""

from __future__ import annotations

import struct

from PIL import ExifTags, Image

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation(frame: Image.Image) -> int:
    """Orientation 1 to 8 that the metadata states; 1 where they state none or are broken."""
    try:
        value = frame.getexif().get(ExifTags.Base.Orientation, 1)
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error):
        return 1
    return value if value in TURNS else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn an image by its orientation, 1 to 8."""
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image
