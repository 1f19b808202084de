"""The gateways under test: ours, and those that Node runs; each a process tree that listens on a port."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

from infra.local.free_ports import free_port

HERE = Path(__file__).parent
_PACKAGES = (
    "@graphql-hive/gateway@2.15.1",
    "@graphql-hive/router-runtime@1.4.23",
    "@apollo/gateway@2.14.1",
    "@apollo/server@5.5.1",
    "graphql@16",
)
_COSMO_COMPOSER = ("wgc@0.112.7",)
_START_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Gateway:
    """`command` has {supergraph} and {port} in it; `folder` is where it runs."""

    name: str
    command: tuple[str, ...]
    folder: Path = field(default_factory=Path.cwd)


OURS = Gateway("ours", (sys.executable, "-m", "gateway", "--supergraph", "{supergraph}", "--port", "{port}"))


# Ours without one of two things, and without both: see apart.py.
_APART = (sys.executable, "-m", "infra.bench.gateway.apart")
APART = tuple(
    Gateway(f"ours {' '.join(flags)}", (*_APART, *flags, *OURS.command[3:]))
    for flags in (("--interpreted",), ("--collector",), ("--interpreted", "--collector"))
)


class NoPeers(Exception):
    """Why the peers cannot be had."""


def peers() -> list[Gateway]:
    """Installed on first use into a folder of the system's temporary files. Raises NoPeers."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise NoPeers("node and npm are not here, so there is nothing to compare with")
    folder = _installed("peers", _PACKAGES)
    hive = ("node", "node_modules/@graphql-hive/gateway/dist/bin.js", "supergraph", "{supergraph}")
    hive_at = (*hive, "--host", "127.0.0.1", "--port", "{port}")
    return [
        Gateway("Hive Gateway", hive_at, folder),
        Gateway("Hive Gateway --jit", (*hive_at, "--jit"), folder),
        Gateway("Hive Gateway --hive-router-runtime", (*hive_at, "--hive-router-runtime"), folder),
        Gateway("Apollo Gateway", ("node", str(HERE / "apollo.mjs"), "{supergraph}", "{port}"), folder),
    ]


def _installed(name: str, packages: tuple[str, ...]) -> Path:
    """The folder of the system's temporary files that has these packages, installed on first use. Raises NoPeers."""
    folder = Path(tempfile.gettempdir()) / f"wlijo-bench-{name}"
    if not (folder / "installed").exists():
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", ".", *packages],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise NoPeers(f"npm cannot install them: {done.stderr.strip()[-300:]}")
        (folder / "installed").touch()
    return folder


def natives(supergraph: Path, subgraphs: dict[str, tuple[Path, str]]) -> list[Gateway]:
    """Compiled gateways that somebody built and named in the environment. `subgraphs`: name -> its SDL and its address.

    Raises NoPeers.
    """
    found: list[Gateway] = []
    if router := os.environ.get("HIVE_ROUTER"):
        settings = ("SUPERGRAPH_FILE_PATH={supergraph}", "PORT={port}", "HOST=127.0.0.1")
        found.append(Gateway("Hive Router", ("env", *settings, router)))
    if router := os.environ.get("COSMO_ROUTER"):
        quiet = (
            "PROMETHEUS_ENABLED",
            "GRAPHQL_METRICS_ENABLED",
            "METRICS_OTLP_ENABLED",
            "TRACING_ENABLED",
            "ACCESS_LOGS_ENABLED",
        )
        config = _cosmo_config(supergraph.parent, subgraphs)
        settings = (f"EXECUTION_CONFIG_FILE_PATH={config}", "LISTEN_ADDR=127.0.0.1:{port}", "LOG_LEVEL=error")
        found.append(
            Gateway("Cosmo Router", ("env", *settings, *(f"{name}=false" for name in quiet), router), supergraph.parent)
        )
    return found


def _cosmo_config(folder: Path, subgraphs: dict[str, tuple[Path, str]]) -> Path:
    """It takes no supergraph but what its own composer makes of the subgraphs."""
    parts = [
        f"  - name: {name}\n    routing_url: {url}\n    schema:\n      file: {sdl}\n"
        for name, (sdl, url) in subgraphs.items()
    ]
    graph, config = folder / "cosmo.yaml", folder / "cosmo.json"
    graph.write_text("version: 1\nsubgraphs:\n" + "".join(parts))
    composer = _installed("cosmo", _COSMO_COMPOSER) / "node_modules/.bin/wgc"
    command = ["node", str(composer), "router", "compose", "-i", str(graph), "-o", str(config)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NoPeers(f"Cosmo's composer refuses: {done.stdout[-300:]}")
    return config


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
    port = free_port()
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
