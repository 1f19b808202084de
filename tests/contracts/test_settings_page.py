"""docs/settings.md is what the code says; what `.env.example` and docker-compose.yml name is read, and what is read they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec
import pytest

from infra.settings import compare
from infra.settings.__main__ import WORDS, composed, main
from infra.settings.composed import Composed
from infra.settings.found import ROOT
from infra.settings.page import page
from infra.settings.readers import Reader, readers


@pytest.fixture(scope="module")
def known() -> Mapping[str, Reader]:
    return readers()


COMPOSE, EXAMPLE = ((ROOT / name).read_text("utf-8") for name in ("docker-compose.yml", ".env.example"))


def test_the_page_is_current_and_all_of_it_fits(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["check"])
    assert (code, capsys.readouterr().err) == (0, "")


def test_every_process_of_the_compose_file_that_is_ours_is_on_the_page(known: Mapping[str, Reader]) -> None:
    ours = [name for name, text in composed().containers.items() if "WLIJO_IMAGE" in text]
    assert [name for name in ours if not name.startswith("robot-") and name not in known] == []


def test_a_type_a_default_a_reader_and_a_variable_are_in_each_row(known: Mapping[str, Reader]) -> None:
    rows = {line.split("`")[1]: line for line in page(known, composed(), WORDS).splitlines() if line.startswith("| `")}
    assert rows["OFFER_SECONDS"].startswith(
        "| `OFFER_SECONDS` | how long an offer stands | whole seconds, 1 to 86400 | `30` |"
    )
    assert rows["OFFER_SECONDS"].endswith("| delivery-api, delivery-worker | `OFFER_SECONDS` |")
    assert "secret; in a file | must be set | people-api | fixed |" in rows["TOKEN_SIGNING_KEYS"]
    assert rows["VAPID_KEY"].endswith("| people-worker | `VAPID_KEY_FILE` |")
    assert "`PLAINTEXT` (`SASL_PLAINTEXT`)" in rows["KAFKA_SECURITY_PROTOCOL"]
    assert all(line.split(" | ")[1] for line in rows.values())


class _More(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    fresh_seconds: int = 5


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        (
            "      QUOTE_SIGNING_KEY_FILE:",
            "      QUOTE_SINGING_KEY_FILE:",
            [
                "docker-compose.yml: delivery-api is told QUOTE_SINGING_KEY_FILE, which nothing in it reads",
                "docker-compose.yml: delivery-api reads QUOTE_SIGNING_KEY, and is not told it",
            ],
        ),
        (
            "  OFFER_SECONDS: ${OFFER_SECONDS:-30}\n",
            "",
            [
                "docker-compose.yml: delivery-api reads OFFER_SECONDS, and is not told it",
                "docker-compose.yml: delivery-worker reads OFFER_SECONDS, and is not told it",
                ".env.example: OFFER_SECONDS is there, and docker-compose.yml does not ask for it",
            ],
        ),
        (
            "LOG_LEVEL: ${LOG_LEVEL:-INFO}",
            "LOG_LEVEL: ${LOUDNESS:-INFO}",
            [
                "infra/settings: LOUDNESS, which docker-compose.yml asks for, is not explained",
                ".env.example: LOG_LEVEL is there, and docker-compose.yml does not ask for it",
                ".env.example: LOUDNESS, which docker-compose.yml asks for, is not there",
            ],
        ),
    ],
)
def test_what_the_compose_file_gets_wrong_is_told(
    known: Mapping[str, Reader], before: str, after: str, complaint: list[str]
) -> None:
    assert before in COMPOSE
    assert compare.told(known, Composed.of(COMPOSE.replace(before, after), EXAMPLE), WORDS) == complaint


def test_what_is_new_in_code_is_told_until_it_is_explained_and_passed(known: Mapping[str, Reader]) -> None:
    web = replace(known["web"], structs=[*known["web"].structs, _More])
    assert compare.told({**known, "web": web}, composed(), WORDS) == [
        "infra/settings: FRESH_SECONDS, which web reads, is not explained",
        "docker-compose.yml: web reads FRESH_SECONDS, and is not told it",
    ]


def test_what_is_explained_and_gone_is_told(known: Mapping[str, Reader]) -> None:
    words = {**WORDS, "SUPERSEDED": "what it did", "OFFER_SECONDS": "how long"}
    there = Composed.of(COMPOSE, EXAMPLE + "#STALE=1\n")
    assert compare.told(known, there, words) == [
        "infra/settings: SUPERSEDED is explained, and nothing reads it",
        ".env.example: STALE is there, and docker-compose.yml does not ask for it",
    ]
