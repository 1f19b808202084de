"""Where a request comes from, for whoever is not known yet."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from services.kit.http.address import HEADER, address_of


def _request(said: str | None, client: tuple[str, int] | None = ("10.0.0.9", 1)) -> Request:
    headers = [] if said is None else [(HEADER.encode(), said.encode("latin-1"))]
    scope: dict[str, Any] = {"type": "http", "headers": headers, "client": client}
    return Request(scope)


@pytest.mark.parametrize(
    ("said", "address"),
    [
        (None, "10.0.0.9"),
        ("198.51.100.7", "198.51.100.7"),
        ("192.0.2.1, 198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("", "10.0.0.9"),
        (" , ", "10.0.0.9"),
        ("x" * 10_000, "10.0.0.9"),
        ("\xff", "10.0.0.9"),
    ],
)
def test_the_last_who_passed_it_on_is_believed(said: str | None, address: str) -> None:
    assert address_of(_request(said)) == address


def test_who_is_nowhere_has_no_address() -> None:
    assert address_of(_request(None, client=None)) == ""
