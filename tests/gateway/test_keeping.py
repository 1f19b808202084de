"""What may be kept by browsers and proxies: answers to GET of documents known by name, that nobody in particular asked for."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocols.keeping import has, weak
from services.kit.process.settings import Switch
from tests.gateway.kit.network import Running, SubgraphServer, gateway

QUERY = "query Names { products { name } }"
HASH = hashlib.sha256(QUERY.encode()).hexdigest()
NAMES = {"data": {"products": [{"name": "Klengkeng Kateki"}, {"name": "Bayam"}]}}
PERSISTED = {"extensions": json.dumps({"persistedQuery": {"version": 1, "sha256Hash": HASH}})}


async def get(running: Running, parameters: Mapping[str, str], **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with running.client.get(f"{running.url}/graphql", params=parameters, headers=sent) as answer:
        return answer.status, await answer.read(), answer.headers


async def told(running: Running, query: str = QUERY) -> dict[str, str]:
    """The parameters that name the document, once the gateway knows it."""
    hash_ = hashlib.sha256(query.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hash_}}
    await running.post({"query": query, "extensions": extensions})
    return {"extensions": json.dumps(extensions)}


@pytest.mark.parametrize(("seconds", "control"), [(10, "public, max-age=10"), (0, "public, no-cache")])
async def test_a_persisted_query_by_get_may_be_kept_and_is_asked_for_by_its_tag(
    subgraphs: dict[str, SubgraphServer], seconds: int, control: str
) -> None:
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, cache_s=seconds) as running:
        named = await told(running)
        status, body, headers = await get(running, named)
        assert (status, json.loads(body), headers["cache-control"]) == (200, NAMES, control)
        for name in ("Accept", "Accept-Encoding", "Authorization", "Origin"):
            assert name in headers["vary"].split(", ")
        tag = headers["etag"]
        asked = len(subgraphs["catalog"].seen)
        for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
            status, body, headers = await get(running, named, if_none_match=known)
            assert (status, body, headers["etag"], headers["cache-control"]) == (304, b"", tag, control)
        # Nothing is kept here: it is asked of the services each time.
        assert len(subgraphs["catalog"].seen) == asked + 4
        for known in ('"other"', "W/", '"', "", tag + "x" * 5_000, "\xff", tag.strip('W/"')):
            status, body, headers = await get(running, named, if_none_match=known)
            assert (status, json.loads(body), headers["etag"]) == (200, NAMES, tag)


async def test_a_trusted_document_by_its_id_may_be_kept(subgraphs: dict[str, SubgraphServer], tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"near": QUERY}), "utf-8")
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, trusted="safelist", manifest_file=manifest) as running:
        status, body, headers = await get(running, {"documentId": "near"})
        assert (status, json.loads(body), headers["cache-control"]) == (200, NAMES, "public, max-age=10")


async def test_an_answer_changes_its_tag_and_a_media_type_has_its_own(subgraphs: dict[str, SubgraphServer]) -> None:
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls) as running:
        named, other = await told(running), await told(running, "{ products { id } }")
        tags = [
            (await get(running, parameters, accept=accept))[2]["etag"]
            for parameters in (named, other)
            for accept in ("application/json", "application/graphql-response+json")
        ]
    assert len(set(tags)) == 4


@pytest.mark.parametrize(
    ("why", "query", "headers"),
    [
        ("somebody in particular asks", QUERY, {"authorization": "Bearer abc"}),
        ("a plan is in it", QUERY, {"wlijo_explain": "plan"}),
        ("something went wrong", "{ product(id: 3) { name } products { fee } }", {}),
        ("nothing could be had", "{ nothing }", {}),
    ],
)
async def test_what_is_somebodys_or_went_wrong_is_kept_by_nobody(
    subgraphs: dict[str, SubgraphServer], why: str, query: str, headers: dict[str, str]
) -> None:
    urls = {name: server.url for name, server in subgraphs.items() if name != "delivery"}
    async with gateway({**urls, "delivery": "http://127.0.0.1:1"}, explain=Switch.ON) as running:
        named = await told(running, query)
        status, body, answered = await get(running, named, if_none_match="*", **headers)
        assert status == 200, why
        assert body
        assert (answered["cache-control"], "etag" in answered) == ("no-store", False)


async def test_what_was_not_named_or_not_got_is_kept_by_nobody(running: Running) -> None:
    named = await told(running)
    for status, body, headers in (
        await get(running, {"query": QUERY}, if_none_match="*"),
        await get(running, {**named, "query": QUERY}, if_none_match="*"),
    ):
        assert (status, json.loads(body), headers["cache-control"]) == (200, NAMES, "no-store")
    _, answer, posted = await running.post({"extensions": json.loads(named["extensions"])}, if_none_match="*")
    assert (answer, posted["cache-control"]) == (NAMES, "no-store")
    unknown = {"extensions": PERSISTED["extensions"].replace(HASH, "0" * 64)}
    status, body, headers = await get(running, unknown)
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert b"PERSISTED_QUERY_NOT_FOUND" in body


async def test_every_answer_says_by_what_id_the_logs_know_it(running: Running) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    parent = f"00-{trace}-b7ad6b7169203331-01"
    named = await told(running)
    for _, _, headers in (
        await running.post({"query": QUERY}, traceparent=parent),
        await running.post({"query": "{"}, traceparent=parent),
        await get(running, named, traceparent=parent),
        await get(running, named, traceparent=parent, if_none_match="*"),
        await get(running, {"query": "{ products { id } }"}, traceparent=parent, accept="text/event-stream"),
    ):
        assert headers["x-request-id"] == trace


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_what_a_client_says_it_has_is_never_a_fault(known: str) -> None:
    tag = weak(b"body", "application/json")
    assert has(known, tag) is (known.strip() == "*" or tag.removeprefix("W/") in known)


def test_a_tag_is_found_among_others_in_both_forms() -> None:
    tag = weak(b"body", "application/json")
    assert has(f'"a,b", W/"", {tag}', tag)
    assert has(tag.removeprefix("W/"), tag)
    assert not has(weak(b"other", "application/json"), tag)
    assert not has(tag.replace('"', ""), tag)
