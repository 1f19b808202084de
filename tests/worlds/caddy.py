"""A real Caddy with our configuration, on ports of its own; and certificates for it."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from infra.compose.edge import NAME, Own, Ports, configuration
from infra.kafka import tls
from infra.local.free_ports import free_port
from tests.worlds.prometheus import program
from tests.worlds.waiting import until

Files = dict[str, str]


def certificate(folder: Path, name: str = "localhost") -> Own:
    """Another one at each call, of one authority, whose certificate is `ca.pem` of the folder."""
    (folder / tls.KEYSTORE).unlink(missing_ok=True)
    tls.ensure(folder, name)
    key, mark, chain = (folder / tls.KEYSTORE).read_text().partition("-----END PRIVATE KEY-----\n")
    return Own(chain, key + mark)


@dataclass(slots=True)
class Caddy:
    folder: Path
    ports: Ports
    modern: bool
    """Of a release that keeps WebSockets over another configuration (2.7), as the image is."""

    @property
    def url(self) -> str:
        return f"https://localhost:{self.ports.https}"

    def configure(
        self, own: Own | None = None, alter: Callable[[str], str] = str, settings: Mapping[str, str] | None = None
    ) -> None:
        """As `prepare` writes it: the configuration last, and whole."""
        way = {} if own is None else {"EDGE_CERTIFICATES": "files"}
        files = configuration({**way, **(settings or {})}, own, ports=self.ports, secrets=str(self.folder))
        for name, text in files.items():
            if name == NAME:
                text = alter(text if self.modern else text.replace("\t\tstream_close_delay 1h\n", ""))
            draft = self.folder / f".{name}.new"
            draft.write_text(text)
            draft.replace(self.folder / name)

    def trusting(self, authority: Path | None) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(authority)) if authority else ssl._create_unverified_context()

    async def shown(self) -> bytes:
        """The certificate that it shows whoever connects, or nothing while it has none."""
        try:
            _, writer = await asyncio.open_connection(
                "127.0.0.1", self.ports.https, ssl=self.trusting(None), server_hostname="localhost"
            )
        except (OSError, ssl.SSLError):
            return b""
        try:
            return bytes(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
        finally:
            writer.close()


@asynccontextmanager
async def caddy(
    folder: Path,
    gateway: str,
    own: Own | None = None,
    alter: Callable[[str], str] = str,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Caddy]:
    """`gateway`: host and port, with a space between. Skips the test where there is no Caddy."""
    command = program("caddy")
    running = _made(folder, Ports(free_port(), free_port(), free_port(), gateway), command)
    running.configure(own, alter, settings)
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
    log = (folder / "log").open("w")
    process = await asyncio.create_subprocess_exec(
        command, "run", "--config", str(folder / NAME), "--adapter", "caddyfile", "--watch",
        env=environment, stdin=DEVNULL, stdout=log, stderr=log,
    )  # fmt: skip

    async def answers() -> bool:
        assert process.returncode is None, (folder / "log").read_text()[-4000:]
        try:
            async with aiohttp.ClientSession() as asked, asked.get(f"http://127.0.0.1:{running.ports.health}/") as it:
                return it.status == 200 and bool(await running.shown())
        except aiohttp.ClientError:
            return False

    try:
        await until(answers)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        log.close()


def _made(folder: Path, ports: Ports, command: str) -> Caddy:
    said = subprocess.run([command, "version"], capture_output=True, text=True, check=True).stdout.lstrip("v")
    folder.mkdir()
    return Caddy(folder, ports, tuple(map(int, said.split()[0].split(".")[:2])) >= (2, 7))
