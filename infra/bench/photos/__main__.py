"""python -m infra.bench.photos [--photos 7]: what one photo costs, from the bytes as they were sent to its three files: CPU and memory of
the process that reads it, beside what it has when it begins. Photos are made here, of noise in several grains: harder than any market.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from statistics import median

from PIL import Image

from infra.bench.backbone import say
from services.catalog.domain.photo import EDGES, PhotoPurpose
from services.kit.photos import decoding

_GOAL_CPU_S, _GOAL_BYTES = 0.4, 80 * 1024 * 1024


def busy(width: int, height: int) -> Image.Image:
    coarse = Image.effect_noise((width // 4, height // 4), 60).resize((width, height), Image.Resampling.BICUBIC)
    grain = Image.blend(coarse, Image.effect_noise((width, height), 18), 0.3)
    flip = Image.Transpose
    return Image.merge("RGB", (grain, grain.transpose(flip.FLIP_LEFT_RIGHT), grain.transpose(flip.FLIP_TOP_BOTTOM)))


def written(made: Image.Image, kind: str, **options: object) -> bytes:
    to = io.BytesIO()
    made.save(to, kind, **options)
    return to.getvalue()


def _photos() -> dict[str, Callable[[], bytes]]:
    return {
        "JPEG of 12 megapixels": lambda: written(busy(4_000, 3_000), "JPEG", quality=92),
        "the same, progressive": lambda: written(busy(4_000, 3_000), "JPEG", quality=92, progressive=True),
        "JPEG of 50 megapixels": lambda: written(busy(8_160, 6_120), "JPEG", quality=70),
        "PNG of 12 megapixels": lambda: written(busy(4_000, 3_000), "PNG", compress_level=1),
        "WebP of 12 megapixels": lambda: written(busy(4_000, 3_000), "WEBP", quality=80, method=0),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.photos")
    parser.add_argument("--photos", type=int, default=7, help="of each kind")
    count = parser.parse_args().photos
    edges = EDGES[PhotoPurpose.PRODUCT]
    decoding.measured(written(busy(400, 300), "JPEG"), edges)  # the process from which the others are forked is there
    for name, make in _photos().items():
        content = make()
        told = [decoding.measured(content, edges) for _ in range(count)]
        drawn = told[0][0]
        cpu, peak = median(said.cpu_s for _, said in told), max(said.peak_bytes for _, said in told)
        goal = f"; goal {_GOAL_CPU_S} s, {_GOAL_BYTES >> 20} MiB" if name == next(iter(_photos())) else ""
        files = ", ".join(f"{each.width} px {len(each.content) >> 10} KiB" for each in drawn.files)
        say(f"{name}, {len(content) >> 10:,} KiB", f"{cpu:.2f} s CPU, {peak >> 20} MiB{goal}", f"made of it: {files}")


if __name__ == "__main__":
    main()
