"""A store that speaks S3, for tests: SeaweedFS, as it comes with the requirements of development. One key, one address:
loopback unless said."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infra.local.free_ports import free_port
from tests.worlds.signing_v4 import signed

BUCKET, ACCESS, SECRET = "photos", "for-tests", "for-tests-only"
_WITHIN_S = 60.0


def found() -> str | None:
    """The program, beside Python or on the path."""
    beside = [Path(sys.executable).with_name("weed"), *(Path(each) / "bin" / "weed" for each in sys.path if each)]
    return next((str(each) for each in beside if each.is_file()), None) or shutil.which("weed")


@dataclass(frozen=True)
class Seaweed:
    """`data` is where it keeps what it is given."""

    endpoint: str
    data: Path


@contextmanager
def running(address: str = "127.0.0.1") -> Iterator[Seaweed]:
    program = found()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="wlijo-s3-") as folder:
        settings = Path(folder) / "s3.json"
        rights = ["Read", "Write", "List", "Admin"]
        settings.write_text(
            json.dumps(
                {
                    "identities": [
                        {
                            "name": "wlijo",
                            "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
                            "actions": rights,
                        }
                    ]
                }
            )
        )
        (Path(folder) / "data").mkdir()
        port = free_port()
        ports = {name: free_port() for name in ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
                                                "filer.port", "filer.port.grpc", "s3.port.grpc")}  # fmt: skip
        command = [
            program, "server", f"-dir={folder}/data", f"-ip={address}", f"-ip.bind={address}", "-filer", "-s3", f"-s3.port={port}",
            f"-s3.config={settings}", "-master.volumeSizeLimitMB=64", "-master.telemetry=false", "-volume.max=8",
            *(f"-{name}={number}" for name, number in ports.items()),
        ]  # fmt: skip
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
            try:
                _until_it_listens(address, port, process, Path(folder) / "log")
                yield Seaweed(f"http://{address}:{port}", Path(folder) / "data")
            finally:
                process.kill()  # its data goes with it; told to go, it takes its time
                process.wait()


def _until_it_listens(address: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")[-2_000:]
        with suppress(OSError), socket.create_connection((address, port), 1):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-2_000:])


def make_bucket(seaweed: Seaweed, name: str = BUCKET) -> None:
    """As an administrator would; asked again until the store's parts have found one another."""
    url, until = f"{seaweed.endpoint}/{name}", time.monotonic() + _WITHIN_S
    while True:
        request = urllib.request.Request(url, method="PUT", headers=signed("PUT", url, ACCESS, SECRET))
        try:
            with urllib.request.urlopen(request, timeout=10):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
