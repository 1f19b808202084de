"""Whose tokens count in the rendered compose file: those of people, by a file of keys that one job hands out; others' beside or instead."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.compose.secrets import Wrong, ensure
from infra.local.state import ROOT
from services.contracts.people import PersonId
from services.contracts.registry import NAMES
from services.kit.http.identity import Unauthenticated
from services.kit.http.tokens import TokenVerifier
from services.kit.http.trust import Trust, Trusted
from services.kit.process.settings import TokenSettings, load
from services.people.domain.ids import SessionId
from services.people.tokens import Signer, signing_keys

VERIFYING = ("gateway", *(f"{name}-api" for name in NAMES))
KEYS = "file:///run/secrets/people.jwks.json"
FOREIGN = {"JWT_ISSUER": "https://sso.example", "JWKS_URL": "https://sso.example/jwks"}


def _has_compose() -> bool:
    """A docker client alone does not have it."""
    docker = shutil.which("docker")
    return docker is not None and not subprocess.run([docker, "compose", "version"], capture_output=True).returncode


_needs_compose = pytest.mark.skipif(not _has_compose(), reason="renders with docker compose")
_hands_out = pytest.mark.skipif(os.geteuid() != 0, reason="hands files to other users, as the container does")


def people(issuer: str = "http://127.0.0.1:4000") -> Trust:
    ended = "http://people-api:8000/ended-sessions"
    return Trust(issuer=issuer, jwks_url=KEYS, ended_url=ended, audience="wlijo", subjects="", roles_claim="roles")


def rendered(**said: str) -> dict[str, Any]:
    return _rendered(tuple(sorted(said.items())))


@cache
def _rendered(said: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """The services as compose has them with an `.env` that says this alone."""
    done = subprocess.run(
        ["docker", "compose", "--env-file", os.devnull, "config", "--format", "json"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **dict(said)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


def trusted(container: Mapping[str, Any]) -> tuple[Trust, ...]:
    return load(TokenSettings, {"PORT": "1", **container["environment"]}).issuers.issuers


@_needs_compose
@pytest.mark.parametrize("name", VERIFYING)
def test_an_env_that_says_nothing_believes_people_alone(name: str) -> None:
    container = rendered()[name]
    assert trusted(container) == (people(),)
    sources = {each["target"]: Path(each["source"]) for each in container["volumes"]}
    assert sources[Path("/run/secrets").as_posix()].parts[-2:] == ("for", name)


@_needs_compose
def test_nobody_waits_for_the_gateway_whose_address_names_the_issuer() -> None:
    waiting = {name: set(each.get("depends_on", ())) for name, each in rendered().items()}
    for name in VERIFYING:
        reached = waiting[name]
        seen: set[str] = set()
        while reached - seen:
            seen |= reached
            reached = set().union(*(waiting[each] for each in seen))
        assert not seen & set(VERIFYING), name


@_needs_compose
@pytest.mark.parametrize("name", VERIFYING)
def test_where_the_gateway_is_reached_names_the_issuer_everywhere(name: str) -> None:
    services = rendered(PEOPLE_ISSUER="https://wlijo.example")
    assert trusted(services[name]) == (people("https://wlijo.example"),)
    assert services["people-api"]["environment"]["PEOPLE_ISSUER"] == "https://wlijo.example"


@_needs_compose
def test_a_foreign_issuer_counts_beside_people_or_instead() -> None:
    foreign = Trust(issuer="https://sso.example", jwks_url="https://sso.example/jwks", audience="wlijo")
    for name in VERIFYING:
        assert trusted(rendered(**FOREIGN)[name]) == (people(), foreign)
        assert trusted(rendered(**FOREIGN, HOME_ISSUER="")[name]) == (foreign,)


@_needs_compose
def test_a_list_that_names_people_has_the_last_word_on_it() -> None:
    listed = {"issuer": "https://wlijo.example", "subjects": "", "roles_claim": "roles"}
    services = rendered(PEOPLE_ISSUER="https://wlijo.example", JWT_ISSUERS=json.dumps([listed]))
    assert [each.jwks_url for each in trusted(services["gateway"])] == [""]


@_needs_compose
def test_the_demos_issuer_counts_beside_people() -> None:
    demo = dict(
        line.split("=", 1)
        for line in (ROOT / "infra/compose/demo.env").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    )
    assert [each.issuer for each in trusted(rendered(**demo)["gateway"])] == [people().issuer, demo["JWT_ISSUER"]]


def signer(folder: Path) -> Signer:
    keys = signing_keys((folder / "for/people-api/tokens.jwks.json").read_text())
    return Signer(keys, "http://127.0.0.1:4000", "wlijo")


async def believed(folder: Path, container: str, *tokens: str) -> list[bool]:
    """By a process that starts with what it was handed."""
    handed = Trust(
        issuer="http://127.0.0.1:4000",
        jwks_url=f"file://{folder}/for/{container}/people.jwks.json",
        subjects="",
        roles_claim="roles",
    )
    verifier = TokenVerifier.of(Trusted(issuers=(handed,)))
    try:
        assert await verifier.reason_down() is None
        return [await _is_believed(verifier, token) for token in tokens]
    finally:
        await verifier.close()


async def _is_believed(verifier: TokenVerifier, token: str) -> bool:
    try:
        return (await verifier.verify(token)).subject.startswith("per_")
    except Unauthenticated:
        return False


def a_token(folder: Path) -> str:
    return signer(folder).access(PersonId.new(), SessionId.new(), ())


@_hands_out
@pytest.mark.parametrize("container", VERIFYING)
async def test_who_verifies_is_handed_the_public_halves_alone(tmp_path: Path, container: str) -> None:
    ensure(tmp_path, {})
    assert await believed(tmp_path, container, a_token(tmp_path)) == [True]
    assert '"d"' not in (tmp_path / "for" / container / "people.jwks.json").read_text()


@_hands_out
async def test_a_rotation_has_no_moment_in_which_a_good_token_is_refused(tmp_path: Path) -> None:
    ensure(tmp_path, {})
    kept = tmp_path / "keep/tokens.jwks.json"
    (first,) = json.loads(kept.read_text())["keys"]
    old = a_token(tmp_path)
    kept.unlink()
    ensure(tmp_path, {})
    (second,) = json.loads(kept.read_text())["keys"]
    for keys, both in (([first, second], True), ([second, first], True), ([second], False)):
        kept.unlink()
        kept.write_text(json.dumps({"keys": keys}))
        ensure(tmp_path, {})
        assert await believed(tmp_path, "gateway", old, a_token(tmp_path)) == [both, True]


@_hands_out
@pytest.mark.parametrize("text", ["{}", "[]", '{"keys": []}', '{"keys": [{"kty": "OKP"}]}', '{"keys": [1]}', "no json"])
def test_keys_that_are_none_are_refused_by_name_and_nothing_is_handed_out(tmp_path: Path, text: str) -> None:
    ensure(tmp_path, {})
    handed = (tmp_path / "for/gateway/people.jwks.json").read_text()
    (tmp_path / "keep/tokens.jwks.json").unlink()
    (tmp_path / "keep/tokens.jwks.json").write_text(text)
    with pytest.raises(Wrong, match=r"keep/tokens\.jwks\.json holds no keys"):
        ensure(tmp_path, {})
    assert (tmp_path / "for/gateway/people.jwks.json").read_text() == handed
