"""Copies that are off the host: in a store that speaks S3 on this machine, as containers reach it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from infra.local.state import ROOT
from tests.compose.stack import Failed, Stack, docker
from tests.worlds import seaweed

_BUCKET = "copies"


@contextmanager
def store(stack: Stack) -> Iterator[tuple[Callable[[], str], Callable[..., str]]]:
    """What sends the copies away, and what brings them to a host that has none. Each tells what it said, and raises Failed."""
    bridge = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()
    with seaweed.running(bridge) as found:
        seaweed.make_bucket(found, _BUCKET)
        (stack.secrets / "keep/offsite_s3_secret_key").write_text(seaweed.SECRET)
        stack.settings |= {
            "OFFSITE_REPOSITORY": f"s3:{found.endpoint}/{_BUCKET}/test",
            "OFFSITE_S3_ACCESS_KEY": seaweed.ACCESS,
        }
        try:
            yield lambda: _sent(stack), lambda *asked: _brought_back(stack, *asked)
        finally:
            for name in ("OFFSITE_REPOSITORY", "OFFSITE_S3_ACCESS_KEY"):
                stack.settings.pop(name)


def _sent(stack: Stack) -> str:
    return stack.compose("run", "--rm", "offsite-copies", "copy").strip()


def _brought_back(stack: Stack, *asked: str) -> str:
    """The folder of copies is lost, as with the host; the secrets were kept."""
    shutil.rmtree(stack.backup)
    environment = {**stack.compose_environment(), "COMPOSE_ENV_FILES": ",".join(str(file) for file in stack.env_files)}
    done = subprocess.run(
        ["sh", str(ROOT / "infra/compose/bring-back"), *asked],
        env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"bring-back: {done.stdout[-2000:]} {done.stderr[-3000:]}")
    return done.stdout.strip()
