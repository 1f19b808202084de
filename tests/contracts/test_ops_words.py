"""Operators read every code of the graph in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from graphql import GraphQLEnumType

from services.contracts import partner
from services.contracts.proofs import ProofKind
from services.delivery.commands import hazards, reassigning
from services.delivery.domain.ending import DeliveryOutcome
from services.delivery.domain.offer import OfferState
from services.delivery.domain.proof import caused_by
from services.delivery.domain.trip import Input as TripInput
from services.delivery.domain.trip import Wake
from services.ordering.domain import ledger
from services.ordering.domain.history import OF_INPUT
from services.ordering.domain.process import Input, State, Timer
from services.web.pages import companies, ops_words
from tests.worlds.fake_gateway import public

ORDERING = Path(ledger.__file__).parents[1]
_ACCOUNT = re.compile(
    r"(?:test:|\0)?(merchant|partner|rider|platform|buyers|provider|tax|kasbon|claim|regency):(?:\0:)?([a-z0-9_]+)"
)
_SHOWN = [each for each in ProofKind if each is not ProofKind.STAFF]


def _accounts() -> Iterator[tuple[str, str]]:
    """As ordering's code writes their names, each with what stands for an id left out."""
    for file in ORDERING.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            text = "".join(str(each.value) if isinstance(each, ast.Constant) else "\0" for each in parts)
            if found := _ACCOUNT.fullmatch(text):
                yield found[1], found[2]


def _graphs(name: str) -> Iterable[str]:
    kind = public().type_map[name]
    assert isinstance(kind, GraphQLEnumType)
    return list(kind.values)


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (ops_words.ORDERS, _graphs("OrderStatus")),
        (ops_words.PARTS, _graphs("SellerOrderStatus")),
        (ops_words.METHODS, _graphs("PaymentMethod")),
        (ops_words.PAYMENTS, _graphs("PaymentStatus")),
        (ops_words.TRIPS, _graphs("DeliveryStatus")),
        (ops_words.OFFERS, _graphs("OfferState")),
        (ops_words.ACTORS, _graphs("ActorKind")),
        (ops_words.CANCELLED, _graphs("CancelReason")),
        (companies.STATUS, _graphs("PartnerStatus")),
        (ops_words.STATES, State),
        (ops_words.INPUTS, Input),
        (ops_words.INPUTS, OF_INPUT),
        (ops_words.TIMERS, [*Timer, *(each for each in Wake if each not in (Wake.OFFER, Wake.HAZARD))]),
        (ops_words.TRANSFERS, ledger.Kind),
        (ops_words.CAUSES, [each for each in TripInput if not each.startswith("ENDED_")]),
        (ops_words.CAUSES, [*(f"OPS_{each}" for each in DeliveryOutcome), *(caused_by(each) for each in _SHOWN)]),
        (ops_words.CAUSES, [hazards.AREA_CLOSED, reassigning.REASSIGNED]),
        (ops_words.CAUSES, [each for each in OfferState if each is not OfferState.OPEN]),
        (ops_words.REPLIES, partner.REPLIES),
        (ops_words.REFUSED, partner.RefusalCode),
    ],
)
def test_every_code_has_words(words: Mapping[str, str], codes: Iterable[str]) -> None:
    assert {str(each) for each in codes} <= set(words)


def _noted() -> Iterator[str]:
    """What the history of an order has of its trip, as it stands where it is noted."""
    for file in ORDERING.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "noted":
                yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


def test_what_is_noted_of_an_order_has_words() -> None:
    found = set(_noted())
    assert {"OFFER_CLOSED", "DELIVERY_REQUESTED"} <= found
    assert found <= set(ops_words.INPUTS)


def test_every_account_of_the_books_has_words() -> None:
    found = set(_accounts())
    assert len(found) > 15
    assert found <= set(ops_words.ACCOUNTS)


def test_accounts_and_marks_are_said_with_whose_they_are() -> None:
    assert ops_words.account("test:merchant:mer_1:payable") == ("hak penjual", "mer_1")
    assert ops_words.account("platform:rounding") == ("selisih pembulatan Wlijo", "")
    assert ops_words.account("something:new") == ("something:new", "")
    assert ops_words.mark("DELIVERED in CANCELLED") == ("Diserahkan ke pembeli", "Batal")
    assert ops_words.mark("CASH_SHORT") == ("Tunai kurang", "")
    assert ops_words.mark("NEWS in TOWN") == ("NEWS in TOWN", "")
