"""What people agree to can be read by version, never changes, and is agreed to only as it was published."""

from __future__ import annotations

import io
from typing import Any

import asyncpg
import pytest

from services.people.app import SERVICE
from services.people.domain.person import MOST_CHANGES_A_DAY
from tests.worlds.people import House

READ = """query($document: String!, $version: Int, $language: Language! = ID) {
  consentText(document: $document, version: $version, language: $language) { document version language text } }"""
GIVE = """mutation($document: String!, $version: Int!) {
  giveConsent(document: $document, version: $version) { problems { code } consents { document version } } }"""
WITHDRAW = 'mutation { withdrawConsent(document: "often") { problems { code } } }'
TEXT = "Syarat Wlijo\n\n1. Barang dibayar di tempat.\n"


@pytest.fixture
def publish(home: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    async def published(text: str, document: str, version: int, language: str = "id") -> tuple[int, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        said: list[Any] = []
        words = ["--document", document, "--version", str(version), "--language", language]
        code = await SERVICE.by_hand["publish"](home.db, words, said.append)
        return code, said[0]

    return published


async def test_each_version_can_be_read_and_the_newest_without_one(home: House, publish: Any) -> None:
    for version, text in ((1, TEXT), (2, TEXT + "2. Semua tertulis.")):
        assert (await publish(text, "terms", version))[1]["published"] is True
        assert (await publish(text, "terms", version))[1]["published"] is False
    assert (await publish("Terms of Wlijo", "terms", 2, "en"))[0] == 0
    first = await home.data(READ, document="terms", version=1)
    assert first == {"document": "terms", "version": 1, "language": "ID", "text": TEXT.strip()}
    assert (await home.data(READ, document="terms"))["version"] == 2
    assert (await home.data(READ, document="terms", language="EN"))["text"] == "Terms of Wlijo"
    assert await home.data(READ, document="terms", version=1, language="EN") is None
    assert await home.data(READ, document="terms", version=3) is None
    for wrong in ({"document": "Terms"}, {"document": "terms", "version": 0}):
        assert await home.code(READ, **wrong) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("text", "version"),
    [("other words", 1), ("third", 3), ("", 2), ("\n \n", 2), ("a\x00b", 2), ("x" * 200_001, 2), ("\n".join(["x" * 4_000] * 26), 2)],
)  # fmt: skip
async def test_what_is_published_never_changes_and_versions_follow_one_another(
    home: House, publish: Any, text: str, version: int
) -> None:
    await publish(TEXT, "rules", 1)
    code, said = await publish(text, "rules", version)
    assert code == 1
    assert said.keys() == {"refused"}
    assert (await home.data(READ, document="rules"))["text"] == TEXT.strip()


async def test_nobody_agrees_to_what_was_not_published(home: House, publish: Any) -> None:
    token = (await home.signed_in("+6281234593001"))["tokens"]["accessToken"]
    # Of this document nothing is published here: the installation has its texts elsewhere.
    assert (await home.data(GIVE, token, document="elsewhere", version=4))["problems"] == []
    await publish(TEXT, "privacy", 1)
    answer = await home.data(GIVE, token, document="privacy", version=2)
    assert (answer["problems"], answer["consents"]) == ([{"code": "NOT_FOUND"}], None)
    answer = await home.data(GIVE, token, document="privacy", version=1)
    assert answer["consents"] == [{"document": "elsewhere", "version": 4}, {"document": "privacy", "version": 1}]


@pytest.mark.parametrize("statement", ["UPDATE consent_text SET text = 'x'", "DELETE FROM consent_text"])
async def test_nobody_changes_it(home: House, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with home.db.acquire() as conn:
            await conn.execute(statement)


async def test_nobody_agrees_without_end_and_who_agreed_may_withdraw(home: House) -> None:
    token = (await home.signed_in("+6281234593002"))["tokens"]["accessToken"]
    for _ in range(3):
        await home.data(GIVE, token, document="often", version=1)
    count = "SELECT count(*) FROM audit WHERE action = $1 AND detail LIKE 'often%'"
    assert await home.value(count, "CONSENT_GIVEN") == 1
    for version in range(2, MOST_CHANGES_A_DAY + 1):
        assert (await home.data(GIVE, token, document="often", version=version))["problems"] == []
    answer = await home.data(GIVE, token, document="often", version=MOST_CHANGES_A_DAY + 1)
    assert answer["problems"] == [{"code": "RATE_LIMITED"}]
    for _ in range(2):
        assert (await home.data(WITHDRAW, token))["problems"] == []
    assert await home.value(count, "CONSENT_WITHDRAWN") == 1
