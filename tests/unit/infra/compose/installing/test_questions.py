"""What an answer may be, alone and beside others; hostile ones make nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.compose.installing import dotenv
from infra.compose.installing.questions import QUESTIONS, Question, Unfit, profiles, settings, together

BY_KEY: Mapping[str, Question] = {each.key: each for each in QUESTIONS}
SAID = {
    "project": "wlijo", "address": "https://pasar.example.id", "tls": "edge", "names": "pasar.example.id", "certificates": "acme",
    "secrets": "./secrets", "backup": "./backup", "observability": "yes",
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("project", "pasar-2", "pasar-2"),
        ("address", "https://pasar.example.id/", "https://pasar.example.id"),
        ("address", "https://pasar.example.id:8443", "https://pasar.example.id:8443"),
        ("address", "http://127.0.0.1:4000", "http://127.0.0.1:4000"),
        ("names", "Pasar.example.id, www.pasar.example.id,pasar.example.id", "pasar.example.id,www.pasar.example.id"),
        ("mail", " ops@pasar.example.id ", "ops@pasar.example.id"),
        ("issuer", "https://sso.example.id/realms/lumajang", "https://sso.example.id/realms/lumajang"),
        ("channels", "whatsapp SMS", "whatsapp,sms"),
        ("countries", "62, +65", "62,65"),
        ("alert-smtp", "mail.example.id:587", "mail.example.id:587"),
        ("alert-telegram", "-100123", "-100123"),
        ("backup", "/srv/wlijo/backup/", "/srv/wlijo/backup"),
        ("officer", "0812-3456-7890", "+6281234567890"),
        ("kafka", "", ""),
    ],
)
def test_an_answer_is_kept_in_one_form(key: str, typed: str, kept: str) -> None:
    assert BY_KEY[key].fit(typed) == kept


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("project", "Wlijo"), ("project", "../x"), ("project", "-p"),
        ("address", "pasar.example.id"), ("address", "http://pasar.example.id"), ("address", "https://pasar"),
        ("address", "https://pasar.example.id/graphql"), ("address", "https://a:b@pasar.example.id"),
        ("address", "https://pasar.example.id:0x50"), ("address", "https://[::1"), ("address", "https://pasar.example.id#x"),
        ("names", "pasar_.example.id"), ("names", "$(reboot).example.id"), ("names", "a..b.id"), ("names", "x" * 300 + ".id"),
        ("mail", "ops"), ("mail", "o p@x.id"), ("mail", "ops@x.id\nEVIL=1"), ("mail", "ops@-.id"),
        ("issuer", "http://sso.example.id"), ("issuer", "https://sso.example.id/'x"), ("issuer", "file:///etc/passwd"),
        ("alert-webhook", "javascript:x"), ("alert-webhook", "https://x.id/$HOME"), ("alert-webhook", "https://x.id/\"'"),
        ("channels", "pigeon"), ("channels", "sms,sms"), ("channels", "push"),
        ("countries", "0"), ("countries", "٦٢"), ("countries", "62;65"),
        ("alert-smtp", "mail.example.id"), ("alert-smtp", "mail.example.id:99999"), ("alert-smtp", "mail.example.id:٥"),
        ("alert-telegram", "@group"), ("alert-telegram", "١٢"), ("audience", "wli jo"), ("audience", "a'b"),
        ("backup", "/"), ("backup", "/srv/../etc"), ("backup", "backup; rm -rf /"), ("backup", "$HOME/b"), ("secrets", "."),
        ("officer", "911"), ("officer", "0812'; DROP"), ("tls", "none"), ("certificates", "magic"), ("observability", "perhaps"),
        ("project", "x" * 600), ("address", "https://pasar.example.id\x00"),
    ],
)  # fmt: skip
def test_an_answer_that_will_not_do_says_what_is_wanted(key: str, typed: str) -> None:
    with pytest.raises(Unfit) as wanted:
        BY_KEY[key].fit(typed)
    assert str(wanted.value)


@given(st.sampled_from(QUESTIONS), st.text(max_size=60))
def test_whatever_is_typed_it_is_refused_or_is_one_line_that_env_gives_back(question: Question, typed: str) -> None:
    try:
        kept = question.fit(typed)
    except Unfit:
        return
    name = question.setting or "OTHER"
    assert dotenv.values(dotenv.changed("KEPT=1\n", {name: kept})) == {"KEPT": "1", **({name: kept} if kept else {})}


@pytest.mark.parametrize(
    ("changes", "there", "complaint"),
    [
        ({}, {}, ""),
        ({"names": "www.example.id"}, {}, "names: pasar.example.id, which is the address's"),
        ({"address": "http://localhost", "names": "localhost"}, {}, "certificates: no authority"),
        ({"tls": "proxy", "address": "http://localhost:4000"}, {}, "address: a proxy ends TLS"),
        ({"backup": "./secrets/backup"}, {}, "backup: copies go away"),
        ({"secrets": "backup/secrets"}, {}, "backup: copies go away"),
        ({"alert-mail-to": "a@x.id"}, {}, "ALERT_MAIL_TO wants ALERT_MAIL_FROM and ALERT_SMTP"),
        ({"alert-telegram": "5"}, {}, "alert-telegram: its secret is not there: --telegram-token-file"),
        ({"alert-smtp-username": "ops"}, {}, "alert-smtp-username: its secret is not there: --smtp-password-file"),
        ({"project": "two"}, {"PEOPLE_ISSUER": "https://pasar.example.id"}, "project: wlijo is installed here"),
        ({"project": "two"}, {}, ""),
    ],
)
def test_answers_have_to_go_together(changes: dict[str, str], there: dict[str, str], complaint: str) -> None:
    wrong = together({**SAID, **changes}, there, {})
    assert [line[: len(complaint)] for line in wrong] == ([complaint] if complaint else [])


def test_companies_come_from_outside_unless_somebody_has_said_where() -> None:
    said = {**SAID, "kafka": "kafka.example.id"}
    assert settings(said, {})["KAFKA_PUBLIC_BIND"] == "0.0.0.0"
    assert "KAFKA_PUBLIC_BIND" not in settings(said, {"KAFKA_PUBLIC_BIND": "10.0.0.5"})
    assert "KAFKA_PUBLIC_BIND" not in settings(SAID, {})


def test_profiles_of_others_stay() -> None:
    assert profiles(SAID, "mine, edge") == "mine,edge,observability"
    assert profiles({**SAID, "tls": "proxy", "observability": "no"}, "edge,mine,observability") == "mine"
