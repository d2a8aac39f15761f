"""Every pixel format as 8-bit sRGB: deep greys, CMYK, palettes, transparency, colour profiles."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageChops, ImageCms

from vizlib.data.contents import Refusal

Notes = list[str]
LARGEST_PROFILE = 4 << 20


def to_rgb(frame: Image.Image, notes: Notes) -> Image.Image:
    """Convert a decoded image to RGB without metadata and append what was done to ``notes``."""
    base, alpha = _base_and_alpha(frame, notes)
    image = _in_srgb(base, frame.info.get("icc_profile"), notes)
    if alpha is not None and np.asarray(alpha).min() < 255:
        notes.append("Transparent parts were laid on white.")
        image.paste("white", mask=ImageChops.invert(alpha))
    image.info = {}
    return image


def _base_and_alpha(frame: Image.Image, notes: Notes) -> tuple[Image.Image, Image.Image | None]:
    if frame.mode.startswith("I;16"):
        return _from_16_bits(frame, notes)
    if frame.mode in ("I", "F"):
        return _from_wide(frame, notes), None
    if frame.has_transparency_data:
        colours = frame if frame.mode == "RGBA" else frame.convert("RGBA")
        return colours.convert("RGB"), colours.getchannel("A")
    if frame.mode == "CMYK":
        notes.append("CMYK colours were converted to RGB.")
        plain = (
            frame.format == "JPEG" and "adobe" not in frame.info
        )  # the decoder inverts every CMYK JPEG, as Adobe does
        return ImageChops.invert(frame) if plain else frame, None
    return frame if frame.mode in ("L", "LAB") else frame.convert("RGB"), None


def _from_16_bits(frame: Image.Image, notes: Notes) -> tuple[Image.Image, Image.Image | None]:
    """Scale 16-bit grey by 1/257, 12-bit grey by 255/4095."""
    bits = 12 if getattr(frame, "tag_v2", {}).get(258) == (12,) else 16
    values = np.asarray(frame).astype(np.uint32)
    notes.append(f"{bits}-bit grey values were scaled to 8 bits.")
    top = 2**bits - 1
    grey = Image.fromarray(((values * 255 + top // 2) // top).clip(0, 255).astype(np.uint8))
    hidden = frame.info.get("transparency")
    return grey, None if hidden is None else Image.fromarray(np.where(values == hidden, 0, 255).astype(np.uint8))


def _from_wide(frame: Image.Image, notes: Notes) -> Image.Image:
    """Scale float and 32-bit grey: [0, 1] and [0, 255] keep their meaning, any other range is stretched."""
    values = np.asarray(frame).astype(np.float64)
    if not np.isfinite(values).all():
        raise Refusal("The image holds values that are not finite numbers: replace them and save it as 8-bit PNG.")
    low, high = float(values.min()), float(values.max())
    usual = 0.0, 1.0 if high <= 1 and frame.mode == "F" else 255.0
    span = (low, high) if low < 0 or high > 255 else usual
    notes.append(f"Grey values from {span[0]:g} to {span[1]:g} were scaled to 0 to 255.")
    scaled = (values - span[0]) / max(span[1] - span[0], np.finfo(float).tiny) * 255
    return Image.fromarray(np.rint(scaled).clip(0, 255).astype(np.uint8))


def _in_srgb(base: Image.Image, profile: bytes | None, notes: Notes) -> Image.Image:
    """Follow an embedded colour profile; without one, or with a broken one, convert plainly."""
    try:
        source = ImageCms.createProfile("LAB") if base.mode == "LAB" else _opened(profile, base.mode)
        if source is None:
            return base if base.mode == "RGB" else base.convert("RGB")
        turn = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), base.mode, "RGB")
        image = turn.apply(base)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        notes.append("Its colour profile cannot be used and was ignored.")
        return base if base.mode == "RGB" else base.convert("RGB")
    notes.append("Colours were converted from the embedded profile to sRGB.")
    return image


def _opened(profile: bytes | None, mode: str) -> ImageCms.ImageCmsProfile | None:
    """Open a profile that says something else than sRGB and is meant for this kind of pixel."""
    if not profile or len(profile) > LARGEST_PROFILE:
        return None
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    meant = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}.get(mode)
    if opened.profile.xcolor_space.strip() != meant or "sRGB" in (opened.profile.profile_description or ""):
        return None
    return opened
