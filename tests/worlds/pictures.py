"""Photos for tests, drawn here: such as phones make, and such as nobody should send."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def picture(width: int = 800, height: int = 600, color: str = "#3a7d44") -> Image.Image:
    """Its upper left quarter is red, so that a turn is seen."""
    made = Image.new("RGB", (width, height), color)
    ImageDraw.Draw(made).rectangle((0, 0, width // 2, height // 2), fill="#d02020")
    return made


def written(made: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    to = io.BytesIO()
    made.save(to, kind, **options)
    return to.getvalue()


def photo(width: int = 800, height: int = 600, **options: Any) -> bytes:
    return written(picture(width, height), **{"quality": 90, **options})


def from_a_phone(orientation: int = 6) -> bytes:
    """Held upright: with its orientation, its maker and where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKE] = "SECRETPHONE"
    exif.get_ifd(GPS).update({1: "S", 2: (8.0, 7.0, 46.1), 3: "E", 4: (113.0, 13.0, 28.0)})
    return photo(exif=exif, comment=b"SECRETCOMMENT")


def png_of(width: int, height: int, rows: bytes = b"") -> bytes:
    """That says to be so large, whatever it holds: one byte of each thousand, or so."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def animated(kind: str) -> bytes:
    frames = [picture(200, 200, color) for color in ("#102030", "#405060", "#708090")]
    return written(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, loop=0)


def text_bomb() -> bytes:
    """A PNG with a compressed text of 64 MiB."""
    made = photo_png()
    packed = b"bomb\0\0" + zlib.compress(b"x" * (64 << 20))
    chunk = struct.pack(">I", len(packed)) + b"zTXt" + packed + struct.pack(">I", zlib.crc32(b"zTXt" + packed))
    return made[:33] + chunk + made[33:]


def photo_png(width: int = 300, height: int = 200) -> bytes:
    return written(picture(width, height), "PNG")


SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><script>alert(1)</script></svg>"""
HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
