"""Decoders that take what they like, under the bounds of the real one."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from multiprocessing.connection import Connection

from services.kit.photos import apart


def memory(answers: Connection, _: Sequence[int]) -> None:
    answers.recv_bytes()
    apart.bound()
    held = []
    while True:
        held.append(bytearray(32 << 20))


def time(answers: Connection, _: Sequence[int]) -> None:
    answers.recv_bytes()
    apart.bound()
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))  # that the test need not take six
    while True:
        pass
