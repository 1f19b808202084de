"""The profile `edge`: TLS as it comes out of the box, then a certificate got by ACME from an authority of the test's own."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import aiohttp

from infra.local.free_ports import free_port
from infra.local.state import ROOT
from tests.compose.run import Run
from tests.compose.stack import PRESENT, Failed, docker

_WITHIN_S = 40.0
_NAME = "market.wlijo.test"
_ROOT = Path("caddy/pki/authorities/local/root.crt")
_AUTHORITY = """{
	admin off
	skip_install_trust
}
acme.wlijo.test {
	tls internal
	acme_server
}
"""
_ASKED = {"query": "{ __typename }"}


async def edge(run: Run) -> None:
    """Nobody comes past it, what is inside stays there, and another name and certificate need no start."""
    stack = run.stack
    http, https = free_port(), free_port()
    stack.settings |= {"EDGE_BIND": "127.0.0.1", "EDGE_HTTP_PORT": str(http), "EDGE_HTTPS_PORT": str(https)}
    files = stack.settings.get("COMPOSE_FILE") or str(PRESENT)
    authority = stack.home.path / "authority"
    authority.mkdir()
    (authority / "Caddyfile").write_text(_AUTHORITY)
    stack.settings |= {"COMPOSE_FILE": f"{files}:{ROOT / 'tests/compose/edge.yml'}", "TEST_AUTHORITY": str(authority)}
    began = time.monotonic()
    try:
        await asyncio.to_thread(stack.compose, "--profile", "edge", "up", "--wait", "edge", "authority")
        container = stack.container("edge").name
        await _asked(run, https, "localhost", stack.secrets / "edge" / _ROOT)
        run.said(f"edge: up, and asked by TLS with a certificate of its own, after {time.monotonic() - began:.1f} s")
        await _inside(run, https)
        if (user := docker("exec", container, "id", "-u").strip()) != "10001":
            run.wrong.append(f"the edge runs as {user}")

        began = time.monotonic()
        (stack.secrets / "keep/edge").mkdir(exist_ok=True)
        (stack.secrets / "keep/edge/acme_ca.pem").write_bytes((authority / _ROOT).read_bytes())
        stack.settings |= {"EDGE_NAME": _NAME, "EDGE_ACME_URL": "https://acme.wlijo.test/acme/local/directory"}
        await asyncio.to_thread(stack.compose, "run", "--rm", "prepare")
        await _asked(run, https, _NAME, authority / _ROOT)
        run.said(
            f"edge: another name, and its certificate by ACME, with no start, after {time.monotonic() - began:.1f} s"
        )
        if (
            stack.container("edge").name != container
            or docker("inspect", "-f", "{{.RestartCount}}", container).strip() != "0"
        ):
            run.wrong.append("the edge was started anew")
        said = await asyncio.to_thread(stack.try_compose, "--profile", "edge", "ps", "edge", "--format", "{{.Ports}}")
        run.said(f"edge: published at {said.stdout.strip()}")
        stack.settings |= {"GATEWAY_BIND": "0.0.0.0"}
        refused = await asyncio.to_thread(stack.try_compose, "run", "--rm", "prepare")
        if not refused.returncode or "GATEWAY_BIND" not in refused.stderr + refused.stdout:
            run.wrong.append("a gateway that is published past the edge was taken")
    finally:
        for name in ("EDGE_NAME", "EDGE_ACME_URL", "GATEWAY_BIND"):
            stack.settings.pop(name, None)
        await asyncio.to_thread(stack.try_compose, "--profile", "edge", "rm", "--stop", "--force", "edge", "authority")
        stack.settings["COMPOSE_FILE"] = files


async def _asked(run: Run, port: int, name: str, root: Path) -> None:
    """Until the graph answers by that name with a certificate of that authority."""
    deadline, last = time.monotonic() + _WITHIN_S, "nothing"
    while time.monotonic() < deadline:
        try:
            tls = ssl.create_default_context(cafile=str(root))
            async with (
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as client,
                client.post(
                    f"https://127.0.0.1:{port}/graphql", json=_ASKED, server_hostname=name, headers={"host": name}
                ) as answer,
            ):
                if answer.status == 200 and (await answer.json())["data"] == {"__typename": "Query"}:
                    return
                last = f"{answer.status} {await answer.text()}"
        except (OSError, aiohttp.ClientError) as error:
            last = f"{type(error).__name__}: {error}"
        await asyncio.sleep(0.2)
    logs = await asyncio.to_thread(
        run.stack.try_compose, "--profile", "edge", "logs", "--tail", "20", "edge", "authority"
    )
    raise Failed(f"{name} by TLS: {last}\n{logs.stdout[-4000:]}")


async def _inside(run: Run, port: int) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as client:
        for path in ("/metrics", "/readyz", "/livez"):
            async with client.get(f"https://localhost:{port}{path}") as answer:
                if answer.status != 404:
                    run.wrong.append(f"the edge shows {path}: {answer.status}")
