"""The gateways under test: ours, and those that Node runs; each a process tree that listens on a port."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

HERE = Path(__file__).parent
_PACKAGES = (
    "@graphql-hive/gateway@2.15.1",
    "@graphql-hive/router-runtime@1.4.23",
    "@apollo/gateway@2.14.1",
    "@apollo/server@5.5.1",
    "graphql@16",
)
_START_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Gateway:
    """`command` has {supergraph} and {port} in it; `folder` is where it runs."""

    name: str
    command: tuple[str, ...]
    folder: Path = field(default_factory=Path.cwd)


OURS = Gateway("ours", (sys.executable, "-m", "gateway", "--supergraph", "{supergraph}", "--port", "{port}"))


class NoPeers(Exception):
    """Why the peers cannot be had."""


def peers() -> list[Gateway]:
    """Installed on first use into a folder of the system's temporary files. Raises NoPeers."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise NoPeers("node and npm are not here, so there is nothing to compare with")
    folder = Path(tempfile.gettempdir()) / "wlijo-bench-peers"
    if not (folder / "installed").exists():
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", ".", *_PACKAGES],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise NoPeers(f"npm cannot install them: {done.stderr.strip()[-300:]}")
        (folder / "installed").touch()
    hive = ("node", "node_modules/@graphql-hive/gateway/dist/bin.js", "supergraph", "{supergraph}")
    hive_at = (*hive, "--host", "127.0.0.1", "--port", "{port}")
    return [
        Gateway("Hive Gateway", hive_at, folder),
        Gateway("Hive Gateway --jit", (*hive_at, "--jit"), folder),
        Gateway("Hive Gateway --hive-router-runtime", (*hive_at, "--hive-router-runtime"), folder),
        Gateway("Apollo Gateway", ("node", str(HERE / "apollo.mjs"), "{supergraph}", "{port}"), folder),
    ]


def natives() -> list[Gateway]:
    """Compiled gateways that somebody built and named in the environment."""
    router = os.environ.get("HIVE_ROUTER")
    if not router:
        return []
    settings = ("SUPERGRAPH_FILE_PATH={supergraph}", "PORT={port}", "HOST=127.0.0.1")
    return [Gateway("Hive Router", ("env", *settings, router))]


@dataclass(slots=True)
class Running:
    port: int
    process: psutil.Process

    def cpu_s(self) -> float:
        """User and system time of the process and all that it started."""
        total = 0.0
        for one in (self.process, *self.process.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system
        return total

    def memory_mib(self) -> float:
        tree = (self.process, *self.process.children(recursive=True))
        return float(sum(one.memory_info().rss for one in tree)) / 2**20


@contextlib.asynccontextmanager
async def running(gateway: Gateway, supergraph: Path) -> AsyncIterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [part.format(supergraph=supergraph, port=port) for part in gateway.command]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=gateway.folder, stdout=log, stderr=log)  # noqa: ASYNC220  # starts at once
        try:
            await _listens(port, process)
            yield Running(port, psutil.Process(process.pid))
        except (OSError, TimeoutError) as error:
            log.seek(0)
            raise NoPeers(f"{gateway.name} does not run: {log.read()[-400:].decode(errors='replace')}") from error
        finally:
            process.kill()
            process.wait()


async def _listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    async with asyncio.timeout(_START_WITHIN_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                if process.poll() is not None:
                    raise
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
