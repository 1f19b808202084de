"""Nothing about a person is added to a graph before it was said how staff come to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse

from services.contracts.registry import NAMES
from tests.contracts.staff_reads import GATES, complaints

ROOT = Path(__file__).parents[2]


def _schema(service: str) -> str:
    return (ROOT / f"services/{service}/schema.graphql").read_text("utf-8")


@pytest.mark.parametrize("service", NAMES)
def test_every_field_is_classified(service: str) -> None:
    assert list(complaints(service, parse(_schema(service)))) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("extend type Order { buyerName: String }", ["Order.buyerName is in no list"]),
        (
            "extend type SellerOrder { contact: [Contact!]! }",
            ["SellerOrder.contact leads to Contact and is no gate", "SellerOrder.contact is in no list"],
        ),
        (
            "extend type CancelOrderPayload { contact: Contact }",
            ["CancelOrderPayload.contact leads to Contact and is no gate"],
        ),
        ("extend type Contact { email: String }", ["Contact.email is in no list"]),
        ("type Courier { name: String }", ["Courier.name is in no list"]),
    ],
)
def test_a_field_that_is_not_is_seen(more: str, said: list[str]) -> None:
    assert list(complaints("ordering", parse(_schema("ordering") + more))) == said


def test_an_entry_without_a_field_is_seen() -> None:
    without = _schema("ordering").replace("recipient: String!", "addressee: String!", 1)
    assert set(complaints("ordering", parse(without))) == {
        "Contact.addressee is in no list",
        "there is no Contact.recipient",
    }


def test_every_gate_names_a_service() -> None:
    assert {each.partition(".")[0] for each in GATES} <= set(NAMES)
