"""What /readyz says of what stands behind: up, degraded or down, what is missing, why and for how long."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from gateway.behind import Behind
from infra.local.free_ports import free_port
from tests.gateway.kit.network import Running, SubgraphServer, gateway


async def told(running: Running) -> tuple[int, dict[str, Any]]:
    async with running.client.get(f"{running.url}/readyz") as answer:
        return answer.status, await answer.json()


async def test_a_subgraph_that_is_gone_is_named_and_the_rest_goes_on(subgraphs: dict[str, SubgraphServer]) -> None:
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway({**urls, "delivery": f"http://127.0.0.1:{free_port()}"}) as running:
        status, said = await told(running)
        assert (status, said["ready"], said["state"]) == (200, True, "degraded")
        (missing,) = said["missing"]
        assert (missing["part"], "connect" in missing["reason"].lower()) == ("subgraph delivery", True)
        async with running.client.get(f"{running.url}/metrics") as metrics:
            text = await metrics.text()
        assert 'wlijo_gateway_missing_seconds{part="subgraph delivery"}' in text
        assert "wlijo_ready 1.0" in text


async def test_with_no_subgraph_at_all_it_is_down(running: Running) -> None:
    assert await told(running) == (
        200,
        {
            "version": (await told(running))[1]["version"],
            "ready": True,
            "state": "up",
            "checks": {"supergraph": True, "accepting": True, "subgraphs": True},
            "missing": [],
        },
    )
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with gateway(dict.fromkeys(("catalog", "ordering", "delivery"), nowhere)) as alone:
        status, said = await told(alone)
        assert (status, said["ready"], said["state"], len(said["missing"])) == (503, False, "down", 3)


async def test_an_issuer_whose_keys_cannot_be_had_is_named_and_nobody_else_kept_out(
    subgraphs: dict[str, SubgraphServer],
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, jwt_issuer=nobody) as running:
        status, said = await told(running)
        assert (status, said["state"]) == (200, "degraded")
        assert [each["part"] for each in said["missing"]] == [f"issuer {nobody}"]


async def test_how_long_is_counted_from_the_first_look_and_ends_when_it_is_back() -> None:
    now, issuers = [100.0], {"https://a": "no answer"}

    async def missing() -> Mapping[str, str]:
        return issuers

    behind = Behind(dict, aiohttp.ClientSession, missing, clock=lambda: now[0])
    assert await behind.look() == "degraded"
    now[0] += 90
    issuers["https://a"] = "refused"
    assert (await behind.look(), behind.for_s(), behind.missing["issuer https://a"].reason) == (
        "degraded",
        {"issuer https://a": 90.0},
        "refused",
    )
    issuers.clear()
    assert await behind.look() == "degraded"  # looked at within the second
    now[0] += 2
    assert (await behind.look(), behind.for_s()) == ("up", {})


async def test_many_who_ask_at_once_are_one_look() -> None:
    looks = 0

    async def missing() -> Mapping[str, str]:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return {}

    behind = Behind(dict, aiohttp.ClientSession, missing)
    await asyncio.gather(*(behind.look() for _ in range(50)))
    assert looks == 1
