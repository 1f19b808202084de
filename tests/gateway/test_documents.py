"""Persisted queries told by clients, trusted documents of a manifest, and both over every transport."""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.documents import Documents, Manifest, ManifestError
from gateway.errors import RequestError
from gateway.settings import Limits, load
from services.kit.process.settings import SettingsError, Switch
from tests.gateway.kit.network import Running, SubgraphServer, gateway

QUERY = "query Names { products { name } }"
HASH = hashlib.sha256(QUERY.encode()).hexdigest()
NAMES = {"data": {"products": [{"name": "Klengkeng Kateki"}, {"name": "Bayam"}]}}
OTHER = "{ products { id } }"


def apq(hash_: str = HASH, version: Any = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": hash_}}


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.fixture
def urls(subgraphs: dict[str, SubgraphServer]) -> Mapping[str, str]:
    return {name: server.url for name, server in subgraphs.items()}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    file = tmp_path / "manifest.json"
    operations = [{"id": HASH, "name": "Names", "type": "query", "body": QUERY}, {"id": "one", "body": OTHER}]
    file.write_text(
        json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}), "utf-8"
    )
    return file


# -- automatic persisted queries ------------------------------------------------------------------------------------


async def test_a_query_told_once_is_run_by_its_hash_alone(running: Running) -> None:
    status, answer, _ = await running.post({"extensions": apq()})
    assert (status, code(answer), answer["errors"][0]["message"]) == (
        200,
        "PERSISTED_QUERY_NOT_FOUND",
        "PersistedQueryNotFound",
    )
    assert (await running.post({"query": QUERY, "extensions": apq()}))[1] == NAMES
    assert (await running.post({"extensions": apq()}))[1] == NAMES
    assert (await running.post({"extensions": apq(HASH.upper())}))[1] == NAMES


async def test_a_hash_comes_by_get_too(running: Running) -> None:
    for params in ({"query": QUERY, "extensions": json.dumps(apq())}, {"extensions": json.dumps(apq())}):
        async with running.client.get(f"{running.url}/graphql", params=params) as answer:
            assert (answer.status, await answer.json()) == (200, NAMES)


async def test_a_hash_comes_over_a_socket_and_an_event_stream_too(running: Running) -> None:
    socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
    await socket.send_json({"type": "connection_init"})
    await socket.receive_json()
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"extensions": apq()}})
    message = await socket.receive_json()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "PERSISTED_QUERY_NOT_FOUND")
    for payload in ({"query": QUERY, "extensions": apq()}, {"extensions": apq()}):
        await socket.send_json({"id": "2", "type": "subscribe", "payload": payload})
        assert (await socket.receive_json())["payload"] == NAMES
        assert (await socket.receive_json())["type"] == "complete"
    async with running.client.post(
        f"{running.url}/graphql", json={"extensions": apq()}, headers={"accept": "text/event-stream"}
    ) as stream:
        assert json.dumps(NAMES, separators=(",", ":")) in await stream.text()


@pytest.mark.parametrize(
    "extension",
    [
        apq("0" * 64),
        apq(version=2),
        {"persistedQuery": {"version": 1}},
        {"persistedQuery": {"version": 1, "sha256Hash": 7}},
        {"persistedQuery": "x"},
    ],
)
async def test_a_hash_that_is_not_the_querys_is_bad_input_and_nothing_is_remembered(
    running: Running, extension: dict[str, Any]
) -> None:
    status, answer, _ = await running.post({"query": QUERY, "extensions": extension})
    assert (status, code(answer)) == (400, "BAD_USER_INPUT")
    assert running.serving.documents.store.counts.entries == 0


async def test_a_query_that_cannot_be_run_is_not_remembered(running: Running) -> None:
    query = "{ nothing }"
    hash_ = hashlib.sha256(query.encode()).hexdigest()
    assert code((await running.post({"query": query, "extensions": apq(hash_)}))[1]) == "GRAPHQL_VALIDATION_FAILED"
    assert code((await running.post({"extensions": apq(hash_)}))[1]) == "PERSISTED_QUERY_NOT_FOUND"


async def test_the_store_keeps_within_its_bytes(urls: Mapping[str, str]) -> None:
    async with gateway(urls, limits=Limits(apq_bytes=1_500)) as running:
        for number in range(10):
            query = f"query Q{number} {{ products {{ name }} }}"
            hash_ = hashlib.sha256(query.encode()).hexdigest()
            assert (await running.post({"query": query, "extensions": apq(hash_)}))[1] == NAMES
        counts = running.serving.documents.store.counts
        assert 0 < counts.size <= 1_500
        assert counts.evictions == 10 - counts.entries > 0
        assert code((await running.post({"extensions": apq(hash_[::-1])}))[1]) == "PERSISTED_QUERY_NOT_FOUND"
        assert (await running.post({"extensions": apq(hash_)}))[1] == NAMES


async def test_switched_off_it_says_so_and_a_whole_query_runs(urls: Mapping[str, str]) -> None:
    async with gateway(urls, apq=Switch.OFF) as running:
        assert code((await running.post({"extensions": apq()}))[1]) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert (await running.post({"query": QUERY, "extensions": apq()}))[1] == NAMES
        assert code((await running.post({"extensions": apq()}))[1]) == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_half_a_pair_of_surrogates_has_no_hash_and_is_no_fault_of_ours() -> None:
    with pytest.raises(RequestError):
        Documents().read({"query": "\ud800", "extensions": apq()})


# -- trusted documents ----------------------------------------------------------------------------------------------


def test_both_kinds_of_manifest_are_read(tmp_path: Path, manifest: Path) -> None:
    relay = tmp_path / "relay.json"
    relay.write_text(json.dumps({HASH: QUERY, "one": OTHER}), encoding="utf-8")
    assert Manifest.read(manifest) == Manifest.read(relay)
    assert Manifest.read(relay).texts == {HASH: QUERY, "one": OTHER}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"operations": [{"id": "x"}]}', '{"operations": [7]}', '{"x": 7}', '{"x": "\\"open"}']
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError):
        Manifest.read(file)


async def test_a_safelist_runs_what_is_on_it_by_id_or_text_and_refuses_the_rest(
    urls: Mapping[str, str], manifest: Path, subgraphs: dict[str, SubgraphServer]
) -> None:
    async with gateway(urls, trusted="safelist", manifest_file=manifest) as running:
        for body in (
            {"extensions": apq()},
            {"documentId": HASH},
            {"doc_id": HASH},
            {"query": QUERY},
            {"query": QUERY, "extensions": apq()},
            {"query": "query Names {\n  # as it was written\n  products, { name }\n}"},
        ):
            assert (await running.post(body))[1] == NAMES
        async with running.client.get(f"{running.url}/graphql", params={"documentId": HASH}) as got:
            assert await got.json() == NAMES
        asked = len(subgraphs["catalog"].seen)
        for query in ("{ products { id name } }", "{ __schema { types { name } } }"):
            hash_ = hashlib.sha256(query.encode()).hexdigest()
            for refused in ({"query": query}, {"query": query, "extensions": apq(hash_)}):
                status, answer, _ = await running.post(refused)
                assert (status, code(answer)) == (403, "FORBIDDEN")
            assert code((await running.post({"extensions": apq(hash_)}))[1]) == "PERSISTED_QUERY_NOT_FOUND"
        assert code((await running.post({"documentId": "two"}))[1]) == "PERSISTED_QUERY_NOT_FOUND"
        assert code((await running.post({"documentId": 2}))[1]) == "BAD_USER_INPUT"
        assert len(subgraphs["catalog"].seen) == asked


async def test_in_log_only_mode_what_would_be_refused_runs_and_is_logged_once(
    urls: Mapping[str, str], manifest: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with gateway(urls, trusted="log-only", manifest_file=manifest) as running:
        for _ in range(3):
            assert (await running.post({"query": OTHER}))[0] == 200
            assert (await running.post({"query": "query More { products { id name } }"}))[0] == 200
        (told,) = [record for record in caplog.records if record.getMessage() == "document is not trusted"]
        assert told.__dict__["operations"] == ["More"]
        assert told.__dict__["refused"] is False
        async with running.client.get(f"{running.url}/metrics") as answer:
            assert "wlijo_gateway_untrusted_documents_total 1.0" in await answer.text()


async def test_without_safelisting_a_manifests_ids_are_known_and_any_document_runs(
    urls: Mapping[str, str], manifest: Path
) -> None:
    async with gateway(urls, manifest_file=manifest) as running:
        assert (await running.post({"documentId": HASH}))[1] == NAMES
        assert (await running.post({"query": "{ products { id name } }"}))[0] == 200
    async with gateway(urls) as running:
        assert code((await running.post({"documentId": HASH}))[1]) == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_safelisting_needs_its_manifest() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_DOCUMENTS_FILE"):
        load({"TRUSTED_DOCUMENTS": "safelist"})
    with pytest.raises(SettingsError, match="log-only"):
        load({"TRUSTED_DOCUMENTS": "yes"})
    found = load({"TRUSTED_DOCUMENTS": "log-only", "TRUSTED_DOCUMENTS_FILE": "/m.json"})
    assert (found.trusted, found.manifest_file) == ("log-only", Path("/m.json"))
