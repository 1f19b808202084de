"""Profiles of providers: told wrongly they end the process, and show nothing that is secret."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.process.settings import SettingsError
from services.kit.secret import Secret
from services.ordering.payments.profile import read
from tests.worlds.paying import a_profile, as_setting

SECRET = "a-secret-of-some-length"


def test_no_provider_is_none() -> None:
    assert read(None) == []


def test_what_was_told_is_read() -> None:
    assert [each.name for each in read(Secret(as_setting(a_profile(), a_profile(name="other"))))] == [
        "bank-kita",
        "other",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[{}]", "not json",
        as_setting(a_profile(private_key="-----BEGIN")),
        as_setting(a_profile(public_key="x")),
        as_setting(a_profile(), a_profile()),
        as_setting(a_profile()).replace('"valid_at_least_s":60', '"valid_at_least_s":901'),
        as_setting(a_profile()).replace("http://127.0.0.1:1", "ftp://x"),
        as_setting(a_profile()).replace('"reference_length":32', '"reference_length":25'),
        as_setting(a_profile()).replace('"max_rupiah":10000000', '"max_rupiah":10000001'),
        as_setting(a_profile()).replace('"partner_id"', '"partnerid"'),
    ],
)  # fmt: skip
def test_a_malformed_one_is_said_and_no_secret_is(text: str) -> None:
    with pytest.raises(SettingsError, match="QRIS_PROVIDERS") as said:
        read(Secret(text))
    assert SECRET not in str(said.value)
    assert "PRIVATE" not in str(said.value)


def test_notifications_that_are_signed_need_a_key() -> None:
    changed: dict[str, Any] = {"public_key": ""}
    with pytest.raises(ValueError, match="public_key is missing"):
        a_profile(**changed)
