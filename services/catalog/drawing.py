"""Pictures of goods for the seed, drawn by rule: no photo of anybody's. A shape, a colour, and a number from which the rest is chosen."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageColor, ImageDraw

_WIDTH, _HEIGHT = 1600, 1200
_PAPER: Final = (247, 243, 232)
_TABLE: Final = (226, 214, 190)
_Color = tuple[int, int, int]


def drawn(shape: str, color: str, number: int) -> bytes:
    """As a camera would send it, a JPEG. Raises KeyError for a shape that there is not, ValueError for no colour."""
    made = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    draw, choose = ImageDraw.Draw(made), random.Random(number)  # noqa: S311 - what is drawn guards nothing
    draw.rectangle((0, 860, _WIDTH, _HEIGHT), fill=_TABLE)
    draw.ellipse((300, 900, 1300, 1090), fill=_mixed(_TABLE, (0, 0, 0), 0.18))
    red, green, blue = ImageColor.getcolor(color, "RGB")  # type: ignore[misc]  # of RGB three
    _SHAPES[shape](draw, (red, green, blue), choose)
    to = io.BytesIO()
    made.save(to, "JPEG", quality=92)
    return to.getvalue()


def _mixed(one: _Color, other: _Color, share: float) -> _Color:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _tone(color: _Color, choose: random.Random) -> _Color:
    share = choose.uniform(-0.3, 0.3)
    return _mixed(color, (255, 255, 255) if share > 0 else (0, 0, 0), abs(share))


def _bunch(draw: ImageDraw.ImageDraw, color: _Color, choose: random.Random) -> None:
    for _ in range(34):
        turn, long = choose.uniform(-1.05, 1.05), choose.uniform(480, 740)
        x, y = 800 + long * math.sin(turn), 980 - long * math.cos(turn)
        tone, wide = _tone(color, choose), choose.uniform(50, 95)
        draw.line((800, 980, x, y), fill=_mixed(color, (255, 255, 220), 0.35), width=14)
        leaf = [
            (x + r * math.sin(turn) + w * math.cos(turn), y - r * math.cos(turn) + w * math.sin(turn))
            for r, w in ((-150, 0), (-40, wide), (60, wide * 0.7), (150, 0), (60, -wide * 0.7), (-40, -wide))
        ]
        draw.polygon(leaf, fill=tone)
        draw.line((leaf[0], leaf[3]), fill=_mixed(tone, (255, 255, 255), 0.3), width=6)
    draw.rounded_rectangle((715, 900, 885, 960), 20, fill=(201, 160, 90))


def _round(draw: ImageDraw.ImageDraw, color: _Color, choose: random.Random) -> None:
    for row, count in enumerate((5, 4, 3, 2)):
        for place in range(count):
            size = choose.uniform(105, 130)
            x, y = 800 + (place - (count - 1) / 2) * 225, 960 - row * 190
            tone = _tone(color, choose)
            draw.ellipse((x - size, y - size, x + size, y + size), fill=_mixed(tone, (0, 0, 0), 0.2))
            draw.ellipse((x - size, y - size, x + size * 0.86, y + size * 0.86), fill=tone)
            shine = _mixed(tone, (255, 255, 255), 0.55)
            draw.ellipse((x - size * 0.55, y - size * 0.6, x - size * 0.1, y - size * 0.2), fill=shine)


def _long(draw: ImageDraw.ImageDraw, color: _Color, choose: random.Random) -> None:
    for place in range(9):
        x, bend, tone = 330 + place * 75 + choose.uniform(-20, 20), choose.uniform(180, 320), _tone(color, choose)
        for width, shade in ((96, _mixed(tone, (0, 0, 0), 0.25)), (76, tone)):
            draw.arc((x, 360, x + bend + 250, 1010), 95, 255, fill=shade, width=width)
        draw.ellipse((x + bend / 2 + 60, 340, x + bend / 2 + 130, 410), fill=_mixed(tone, (60, 90, 30), 0.6))


def _pack(draw: ImageDraw.ImageDraw, color: _Color, choose: random.Random) -> None:
    draw.rounded_rectangle((500, 260, 1100, 1010), 46, fill=color)
    draw.rectangle((500, 330, 1100, 350), fill=_mixed(color, (0, 0, 0), 0.3))
    draw.rounded_rectangle((560, 470, 1040, 830), 30, fill=_mixed(color, (255, 255, 255), 0.82))
    for _ in range(26):
        x, y, size = choose.uniform(600, 1000), choose.uniform(510, 790), choose.uniform(18, 42)
        draw.ellipse((x - size, y - size * 0.7, x + size, y + size * 0.7), fill=_tone(color, choose))
    draw.polygon([(1100, 300), (1150, 350), (1150, 980), (1100, 1000)], fill=_mixed(color, (0, 0, 0), 0.3))


def _block(draw: ImageDraw.ImageDraw, color: _Color, choose: random.Random) -> None:
    for x, y in ((420, 660), (800, 690), (600, 400)):
        draw.polygon(
            [(x, y), (x + 90, y - 80), (x + 470, y - 80), (x + 380, y)], fill=_mixed(color, (255, 255, 255), 0.4)
        )
        draw.polygon(
            [(x + 380, y), (x + 470, y - 80), (x + 470, y + 200), (x + 380, y + 280)],
            fill=_mixed(color, (0, 0, 0), 0.2),
        )
        draw.rectangle((x, y, x + 380, y + 280), fill=color)
        for _ in range(40):
            dot = (x + choose.uniform(20, 350), y + choose.uniform(20, 250))
            size = choose.uniform(8, 20)
            draw.ellipse((*dot, dot[0] + size, dot[1] + size), fill=_tone(color, choose))


_SHAPES: Final[dict[str, Callable[[ImageDraw.ImageDraw, _Color, random.Random], None]]] = {
    "bunch": _bunch,
    "round": _round,
    "long": _long,
    "pack": _pack,
    "block": _block,
}
