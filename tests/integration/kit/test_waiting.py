"""Processes that are started before what they need: they wait, say so, and go on by themselves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import pytest
from joserfc.jwk import OKPKey

from infra.local.free_ports import free_port
from services.contracts.registry import topics
from tests.worlds import servers
from tests.worlds.proxy import Proxy
from tests.worlds.waiting import until

_KEY = OKPKey.generate_key("Ed25519", {"kid": "quotes"}, private=True)
SETTINGS = {
    "JWT_ISSUER": "http://issuer.test",
    "JWKS_URL": "http://127.0.0.1:9/jwks",  # nobody: no token is used here
    "QUOTE_SIGNING_KEY": json.dumps(_KEY.as_dict(private=True)),
    "QUOTE_JWKS": json.dumps({"keys": [_KEY.as_dict(private=False)]}),
}


@contextlib.contextmanager
def started(service: str, kind: str, **environment: str) -> Iterator[int]:
    """A process of a service; the port that it answers on. It must still run at the end, and stop when asked."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", f"services.{service}", kind],
        env={**os.environ, "WLIJO_MODE": "test", "PORT": str(port), **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
    finally:
        process.kill()
        process.wait()


async def ready(session: aiohttp.ClientSession, port: int) -> tuple[int, dict[str, Any]] | None:
    try:
        async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status, await answer.json()
    except aiohttp.ClientError:
        return None


async def is_ready(session: aiohttp.ClientSession, port: int) -> bool:
    answer = await ready(session, port)
    return answer is not None and answer[0] == 200


async def is_not_ready(session: aiohttp.ClientSession, port: int, check: str) -> str:
    """The reason given for this check, once it is given."""
    answer = await ready(session, port)
    return str(answer[1]["reasons"].get(check, "")) if answer and answer[0] == 503 else ""


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}"))


@pytest.mark.parametrize("service", ["catalog", "ordering", "delivery"])
async def test_a_worker_waits_for_database_and_broker_at_its_start_and_in_the_middle(
    database: Callable[[str], servers.TestDatabase], service: str
) -> None:
    url = (await asyncio.to_thread(database, service)).url
    broker = servers.new_broker()
    upstream = urlsplit(url).port
    assert upstream is not None
    proxy = Proxy(upstream, port=free_port())
    environment = {**SETTINGS, "DATABASE_URL": _through(url, proxy.port), **broker.environment(service)}
    async with aiohttp.ClientSession() as session:
        with started(service, "worker", **environment) as port:
            assert "unreachable" in await until(partial(is_not_ready, session, port, "database"))
            async with proxy:
                assert await until(partial(is_not_ready, session, port, "relay"))
                try:
                    await asyncio.to_thread(broker.start)
                    await asyncio.to_thread(broker.create_topics, topics([]))
                    assert await until(partial(is_ready, session, port))
                    proxy.refuse()
                    assert "unreachable" in await until(partial(is_not_ready, session, port, "database"))
                    proxy.accept()
                    assert await until(partial(is_ready, session, port))
                finally:
                    await asyncio.to_thread(broker.kill)
                assert await until(partial(is_not_ready, session, port, service))


async def test_an_api_without_its_database_answers_with_a_code_and_recovers(
    database: Callable[[str], servers.TestDatabase],
) -> None:
    url = (await asyncio.to_thread(database, "catalog")).url
    upstream = urlsplit(url).port
    assert upstream is not None
    proxy = Proxy(upstream, port=free_port())
    environment = {**SETTINGS, "DATABASE_URL": _through(url, proxy.port)}
    async with aiohttp.ClientSession() as session:
        with started("catalog", "api", **environment) as port:
            assert "unreachable" in await until(partial(is_not_ready, session, port, "database"))
            assert await _codes(session, port, QUESTION) == ["SERVICE_UNAVAILABLE"]
            async with proxy:

                async def answers() -> bool:
                    return await _codes(session, port, QUESTION) == []

                assert await until(answers)
                proxy.refuse()
                assert await _codes(session, port, QUESTION) == ["SERVICE_UNAVAILABLE"]
                proxy.accept()
                assert await until(answers)


QUESTION = "{ merchants { edges { cursor } } }"


async def _codes(session: aiohttp.ClientSession, port: int, query: str) -> list[str]:
    async with session.post(f"http://127.0.0.1:{port}/graphql", json={"query": query}) as answer:
        said = await answer.json()
    return [error["extensions"]["code"] for error in said.get("errors", [])]
