"""The process in which one photo is read and made smaller: bounded in time and memory, and gone afterwards.

Whoever is forked from the process that has loaded this and `pictures` has both, and little else. The service itself loads no decoder.
"""

from __future__ import annotations

import resource
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Final

import msgspec

from services.kit.photos.drawn import Drawn, Fault, File, Unfit

CPU_S: Final = 6
MEMORY_BYTES: Final = 384 * 1024 * 1024
"""Beside what the process has when it begins: a PNG of 24 megapixels that is seen through takes 200 MiB."""


class Said(msgspec.Struct, frozen=True):
    """What such a process answers: by no pickle, for whoever found a hole in a decoder would write it."""

    files: list[tuple[bytes, int, int]] = []
    color: str = ""
    fault: Fault | None = None
    cpu_s: float = 0.0
    peak_bytes: int = 0


def work(answers: Connection, edges: Sequence[int]) -> None:
    from services.kit.photos import pictures

    before = _status("VmHWM")
    bound()
    try:
        drawn = pictures.drawn(answers.recv_bytes(), edges)
        said = Said([(each.content, each.width, each.height) for each in drawn.files], drawn.color)
    except Unfit as unfit:
        said = Said(fault=unfit.fault)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = msgspec.structs.replace(
        said, cpu_s=used.ru_utime + used.ru_stime, peak_bytes=max(0, _status("VmHWM") - before)
    )
    answers.send_bytes(msgspec.msgpack.encode(told))


def bound() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    most = _status("VmSize") + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _status(name: str) -> int:
    """In bytes; 0 where the system does not say."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
    except (OSError, StopIteration):
        return 0


def read(answer: bytes) -> tuple[Drawn, Said]:
    """Raises Unfit."""
    said = msgspec.msgpack.decode(answer, type=Said)
    if said.fault is not None:
        raise Unfit(said.fault)
    return Drawn([File(*each) for each in said.files], said.color), said
