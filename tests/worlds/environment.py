"""The environment of the tests' process, which every process that a test starts is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def left_as_it_was() -> Iterator[None]:
    """Puts back what the block has changed, and fails for it: later tests would find it in the processes that they start."""
    before = _told()
    yield
    left = _told()
    changed = {name for name in {*left, *before} if left.get(name) != before.get(name)}
    for name in changed:
        os.environ.pop(name, None)
    os.environ.update({name: before[name] for name in changed & before.keys()})
    assert not changed, f"left in the environment: {sorted(changed)}"


def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the test is over this process is told nothing, as a container without an environment."""
    for name in _told():
        if name not in ("PATH", "HOME", "TMPDIR"):
            monkeypatch.delenv(name)


def _told() -> dict[str, str]:
    """Without what pytest says of the test that runs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
