"""Where an issuer's keys are is read from its discovery document, and from no other place that somebody names."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from infra.kafka import tls
from services.kit.http import discovery
from services.kit.http.discovery import UNREADABLE, Documents, KeyDocument, discovery_url
from services.kit.http.identity import IssuerUnavailable
from services.kit.http.jwks import Jwks
from services.kit.http.tokens import TokenVerifier
from services.kit.http.trust import Trust, Trusted
from tests.worlds.issuers import DISCOVERY, JWKS, ForeignIssuer

Answer = Callable[[], Awaitable[Response]]


@pytest.fixture
async def issuer() -> AsyncIterator[ForeignIssuer]:
    async with ForeignIssuer(realm="/realms/lumajang").listening() as made:
        yield made


@asynccontextmanager
async def a_verifier(*issuers: Trust, **options: Any) -> AsyncIterator[TokenVerifier]:
    verifier = TokenVerifier.of(Trusted(issuers=issuers, **options))
    try:
        yield verifier
    finally:
        await verifier.close()


@asynccontextmanager
async def a_document(issuer: ForeignIssuer, clock: Callable[[], float] = lambda: 0.0) -> AsyncIterator[KeyDocument]:
    made = KeyDocument(Trust(issuer=issuer.url), Documents(), plain_http=False, clock=clock)
    try:
        yield made
    finally:
        await made.close()


def answering(response: Callable[[], Response]) -> Answer:
    async def answer() -> Response:
        return response()

    return answer


async def test_keys_are_where_the_issuer_says(issuer: ForeignIssuer) -> None:
    async with a_verifier(Trust(issuer=issuer.url, audience="wlijo")) as verifier:
        assert await verifier.reason_down() is None
        assert (await verifier.verify(issuer.token())).subject == "usr_budi"
    assert issuer.reads == {DISCOVERY: 1, JWKS: 1}


@pytest.mark.parametrize("name", ["https://sso.test/realms/x", "https://sso.test/realms/x/"])
def test_a_slash_at_the_end_of_an_issuer_is_not_doubled(name: str) -> None:
    assert discovery_url(name) == "https://sso.test/realms/x/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://another.test"},
        {"issuer": None},
        {"issuer": ["x"]},
        {"jwks_uri": None},
        {"jwks_uri": ["x"]},
        {"jwks_uri": "/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://169.254.169.254/latest"},
        {"jwks_uri": "http://issuer.test/jwks"},
        {"jwks_uri": "https://[/jwks"},
        {"jwks_uri": "http://127.0.0.1:99999999/jwks"},
    ],
)
async def test_a_document_that_is_not_its_own_or_leads_elsewhere_is_none(
    issuer: ForeignIssuer, said: dict[str, Any]
) -> None:
    issuer.said = said
    async with a_verifier(Trust(issuer=issuer.url)) as verifier:
        assert str(await verifier.reason_down()).startswith("the issuer's keys are not known yet: ")
        with pytest.raises(IssuerUnavailable):
            await verifier.verify(issuer.token())
    assert issuer.reads[JWKS] == 0


async def test_an_issuer_with_a_slash_more_is_another(issuer: ForeignIssuer) -> None:
    issuer.said = {"issuer": f"{issuer.url}/"}
    async with a_document(issuer) as document:
        with pytest.raises(ValueError, match="not of this issuer"):
            await document.read()


@pytest.mark.parametrize("path", [DISCOVERY, JWKS])
@pytest.mark.parametrize(
    "response",
    [
        lambda: PlainTextResponse("<html>"),
        lambda: JSONResponse([]),
        lambda: JSONResponse({}, 500),
        lambda: Response(b"[" * 100_000),
        lambda: Response(b"\xff\xfe"),
    ],
)
async def test_what_is_no_document_is_no_issuer_and_nobodys_fault(
    issuer: ForeignIssuer, path: str, response: Callable[[], Response]
) -> None:
    issuer.instead[path] = answering(response)
    async with a_verifier(Trust(issuer=issuer.url)) as verifier:
        with pytest.raises(IssuerUnavailable):
            await verifier.verify(issuer.token())


@pytest.mark.parametrize("path", [DISCOVERY, JWKS])
async def test_a_redirect_leads_nowhere_and_what_is_huge_is_not_read_though_both_would_be_right(
    issuer: ForeignIssuer, path: str
) -> None:
    for wrong in (
        lambda: RedirectResponse(f"{issuer.url}/moved{path}"),
        lambda: JSONResponse({**issuer.usual(path), "more": "x" * 300_000}),
    ):
        issuer.instead[path] = answering(wrong)
        async with a_verifier(Trust(issuer=issuer.url)) as verifier:
            with pytest.raises(IssuerUnavailable):
                await verifier.verify(issuer.token())
        del issuer.instead[path]
        async with a_verifier(Trust(issuer=issuer.url)) as verifier:
            assert (await verifier.verify(issuer.token())).subject == "usr_budi"


@pytest.mark.parametrize("path", [DISCOVERY, JWKS])
async def test_a_document_that_does_not_end_is_waited_for_no_longer_than_is_said(
    issuer: ForeignIssuer, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = asyncio.Event()

    async def never() -> Response:
        await over.wait()
        return Response()

    issuer.instead[path] = never
    monkeypatch.setattr(discovery, "_TIMEOUT_S", 0.2)
    async with a_verifier(Trust(issuer=issuer.url)) as verifier:
        with pytest.raises(IssuerUnavailable):
            await verifier.verify(issuer.token())
    over.set()


async def test_an_address_is_kept_for_a_while_and_longer_while_there_is_no_other(issuer: ForeignIssuer) -> None:
    now = [0.0]
    async with a_document(issuer, lambda: now[0]) as document:
        await document.read()
        await document.read()
        assert issuer.reads == {DISCOVERY: 1, JWKS: 2}
        for wrong in (lambda: Response(status_code=503), lambda: JSONResponse({"issuer": "https://another.test"})):
            issuer.instead[DISCOVERY] = answering(wrong)
            now[0] += 301
            assert b"first" in await document.read()
        assert issuer.reads == {DISCOVERY: 3, JWKS: 4}


async def test_an_address_that_has_moved_is_found_again(issuer: ForeignIssuer) -> None:
    async with a_document(issuer) as document:
        await document.read()
        issuer.instead[JWKS] = answering(lambda: Response(status_code=404))
        with pytest.raises(UNREADABLE):
            await document.read()
        del issuer.instead[JWKS]
        issuer.said = {"jwks_uri": f"{issuer.url}{JWKS}?moved"}
        await document.read()
        assert document._discovered.endswith("?moved")


@pytest.mark.parametrize(
    "where",
    ["http://issuer.test/jwks", "http://169.254.169.254/", "ftp://issuer.test/jwks", "file:///etc/passwd", "/jwks"],
)
def test_keys_are_not_read_where_anybody_in_between_could_change_them(where: str) -> None:
    said = orjson.dumps({"issuer": "http://127.0.0.1:1", "jwks_uri": where})
    with pytest.raises(ValueError, match="jwks_uri is"):
        KeyDocument(Trust(issuer="http://127.0.0.1:1"), Documents(), plain_http=False)._address(said)


def test_what_came_safely_leads_to_nothing_that_does_not() -> None:
    document = KeyDocument(Trust(issuer="https://sso.test"), Documents(), plain_http=True)
    with pytest.raises(ValueError, match="plain http, and its document was not"):
        document._address(b'{"issuer": "https://sso.test", "jwks_uri": "http://127.0.0.1:5432/"}')
    assert (
        document._address(b'{"issuer": "https://sso.test", "jwks_uri": "https://keys.test/"}') == "https://keys.test/"
    )


async def test_an_issuer_behind_a_private_authority_is_known_by_it_alone(tmp_path: Path) -> None:
    tls.ensure(tmp_path, "localhost")
    ca = (tmp_path / tls.CA).read_text()
    async with ForeignIssuer().listening(ssl_certfile=str(tmp_path / tls.KEYSTORE)) as issuer:
        trust = Trust(issuer=issuer.url, audience="wlijo")
        async with a_verifier(trust, ca=ca) as verifier:
            assert (await verifier.verify(issuer.token())).subject == "usr_budi"
        async with a_verifier(trust) as verifier:
            with pytest.raises(IssuerUnavailable):
                await verifier.verify(issuer.token())
        direct = Trust(issuer="people", jwks_url=f"{issuer.url}{JWKS}", audience="wlijo")
        async with a_verifier(direct) as verifier:
            # Not three minutes of "unhealthy": what is missing is said.
            assert "JWT_CA" in str(await verifier.reason_down())
            assert "JWT_CA" in (await verifier.missing())["people"]
        async with a_verifier(direct, ca=ca) as verifier:
            assert (await verifier.verify(issuer.token(iss="people"))).subject == "usr_budi"


async def test_keys_in_a_file_are_read_again_when_one_is_unknown_or_they_are_old(tmp_path: Path) -> None:
    issuer, other = ForeignIssuer("first"), ForeignIssuer("second")
    file, now = tmp_path / "kunci é.json", [0.0]
    file.write_bytes(orjson.dumps(issuer.usual(JWKS)))
    document = KeyDocument(Trust(issuer="x", jwks_url=file.as_uri()), Documents(), plain_http=False)
    keys = Jwks(document.read, clock=lambda: now[0])
    assert await keys.find("first")
    file.write_bytes(orjson.dumps(other.usual(JWKS)))
    now[0] = 100
    await keys.freshen()
    assert await keys.find("second")
    assert await keys.find("first") is None


async def test_a_file_of_keys_that_is_away_or_too_large_withdraws_nothing(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    document = KeyDocument(Trust(issuer="x", jwks_url=f"file://{file}"), Documents(), plain_http=False)
    with pytest.raises(UNREADABLE):
        await document.read()
    file.write_bytes(b" " * (256 * 1024 + 1))
    with pytest.raises(UNREADABLE, match="too large"):
        await document.read()
