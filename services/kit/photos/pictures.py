"""A photo as somebody sent it, made into small files: what it is is decided by its content, and what it says of a place or a camera goes.

Runs in a process of its own (`decoding`), for one photo: knows nothing of the service, so that the process is small.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageCms, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

from services.kit.photos.drawn import Drawn, Fault, File, Unfit

FORMATS: Final = ("JPEG", "PNG", "WEBP")
LEAST_SIDE: Final = 64
MOST_RATIO: Final = 5
# What a decoder holds for one pixel differs: JPEG is read at a half or less; a progressive one's coefficients are held whole;
# of a WebP a canvas and a frame, with four bytes for each pixel.
MOST_PIXELS: Final = {"JPEG": 64_000_000, "MPO": 64_000_000, "PNG": 24_000_000, "WEBP": 16_000_000}
MOST_PROGRESSIVE_PIXELS: Final = 26_000_000
_QUALITY: Final = 78
# 0 is the quickest, 6 the smallest: from 2 to 4 a file loses 2 % and the work takes 60 % longer.
_METHOD: Final = 2
_SRGB: Final = ImageCms.createProfile("sRGB")
# Loaded before there is a photo, once for all processes that are forked from this one.
_READERS: Final = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)


def drawn(content: bytes, edges: Sequence[int]) -> Drawn:
    """Raises Unfit."""
    opened = _opened(content)
    try:
        return _drawn(opened, sorted(edges))
    except Unfit:
        raise
    except MemoryError as error:
        raise Unfit(Fault.TOO_MANY_PIXELS) from error
    except Exception as error:  # decoders raise whatever a byte brings them to
        raise Unfit(Fault.DAMAGED) from error


def _opened(content: bytes) -> Image.Image:
    """By what stands in it, read to its size alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unfit(Fault.TOO_MANY_PIXELS) from error
    except Exception as error:
        raise Unfit(Fault.NOT_A_PHOTO) from error
    kind = opened.format or ""
    if kind not in MOST_PIXELS:
        raise Unfit(Fault.NOT_A_PHOTO)
    if kind != "MPO" and getattr(opened, "n_frames", 1) > 1:  # an MPO's others are previews of the first
        raise Unfit(Fault.ANIMATED)
    width, height = opened.size
    if min(width, height) < LEAST_SIDE or max(width, height) > MOST_RATIO * min(width, height):
        raise Unfit(Fault.TOO_SMALL)
    most = MOST_PROGRESSIVE_PIXELS if opened.info.get("progressive") else MOST_PIXELS[kind]
    if width * height > most:
        raise Unfit(Fault.TOO_MANY_PIXELS)
    return opened


def _drawn(opened: Image.Image, edges: Sequence[int]) -> Drawn:
    largest = edges[-1]
    profile = opened.info.get("icc_profile")
    orientation = opened.getexif().get(0x0112, 1)
    if opened.format in ("JPEG", "MPO"):
        # At a half, a quarter or an eighth, and never below what is wanted: a photo of 12 megapixels is never in memory whole.
        opened.draft("RGB", _within(opened.size, largest))
    opened.load()
    plain = _plain(opened)
    if max(plain.size) > largest:
        plain = plain.resize(_within(plain.size, largest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    plain = _in_srgb(plain, profile)
    plain = _turned(plain, orientation)
    color = "#{:02x}{:02x}{:02x}".format(*plain.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))  # type: ignore[misc]
    files: list[File] = []
    smaller = plain
    for edge in reversed(edges):
        if edge > max(plain.size) and edge != next((each for each in edges if each >= max(plain.size)), largest):
            continue
        if edge < max(smaller.size):
            smaller = smaller.resize(_within(smaller.size, edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
        files.append(File(_written(smaller), *smaller.size))
    return Drawn(files[::-1], color)


def _within(size: tuple[int, int], edge: int) -> tuple[int, int]:
    width, height = size
    scale = min(1.0, edge / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _plain(opened: Image.Image) -> Image.Image:
    """In red, green and blue; what is seen through lies on white."""
    if opened.mode == "RGB":
        return opened
    if opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info:
        seen = opened.convert("RGBA")
        ground = Image.new("RGB", seen.size, "white")
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    if opened.mode.startswith("I"):  # 16 bits of grey
        return opened.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    return opened.convert("RGB")


def _in_srgb(plain: Image.Image, profile: bytes | None) -> Image.Image:
    """Phones write colours of their screens' wider space; without the profile they would be pale."""
    if not profile:
        return plain
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(plain, given, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return plain  # a profile of other colours than the photo's, or none at all
    return made or plain


def _turned(plain: Image.Image, orientation: object) -> Image.Image:
    if orientation not in range(2, 9):
        return plain
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain.info["exif"] = exif.tobytes()
    return ImageOps.exif_transpose(plain)


def _written(made: Image.Image) -> bytes:
    """With nothing but pixels: no EXIF, no profile, no comment."""
    fresh = Image.frombytes("RGB", made.size, made.tobytes())
    to = io.BytesIO()
    fresh.save(to, "WEBP", quality=_QUALITY, method=_METHOD)
    return to.getvalue()
