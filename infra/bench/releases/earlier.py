"""An installation of an earlier release, out of the history, and a buyer who asks it as one asked then."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from infra.local.state import ROOT, Home
from tests.e2e.caller import ORDER, SAVE_CONTACT, SET, Buyer, new_key
from tests.e2e.installation import Installation, free_ports

COMMIT: Final = "9e163227"
"""The release that the goals were set beside. What is asked here is in its words."""


@contextmanager
def checked_out(folder: Path, commit: str = COMMIT) -> Iterator[Path]:
    """Its files and its environment, until the end. Needs the packages that it names; raises CalledProcessError."""
    tree = folder / "tree"
    _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
    try:
        subprocess.run(["sh", "infra/local/setup.sh", "local"], cwd=tree, check=True)
        yield tree
    finally:
        _git("worktree", "remove", "--force", str(tree))


def installation(tree: Path, folder: Path) -> Installation:
    return Installation(Home(folder), free_ports(), {"PYTHONPATH": str(tree)}, tree)


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


_QUOTE = """query Quote($input: QuoteDeliveryInput!) { quoteDelivery(input: $input) { __typename
  ... on Problem { code message } ... on Quote { id token fee distanceM riderShare partnerShare platformShare expiresAt } } }"""
_PLACE = """mutation Place($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input, idempotencyKey: $key) { __typename
  ... on Problem { code message retryable } ... on Order { id orderCode: code status version total } } }"""
_THEN: Final[Mapping[str, str]] = {
    SET: """mutation Set($variant: ID!, $quantity: Int!) {
  setCartLine(variantId: $variant, quantity: $quantity) { __typename ... on Problem { code message }
    ... on Cart { id version goodsTotal massGram lines { id quantity total variant { id } merchant { id } } } } }""",
    ORDER: """query Order($id: ID!) { order(id: $id) { id code version status total goodsTotal deliveryFee
  payment { status amount } cancellation { reason borneBy }
  sellerOrders { id status merchant { id name } lines { name unitLabel quantity price total variant { id label } } }
  delivery { id status test handoverPin partner { name } rider { name } } } }""",
    SAVE_CONTACT: """mutation Save($input: SaveContactInput!, $key: String!) {
  saveContact(input: $input, idempotencyKey: $key) { __typename
    ... on Problem { code message } ... on Contact { id point { lat lng } } } }""",
}
"""What is asked today, as it was asked then."""


class EarlierBuyer(Buyer):
    """Mutations answered with a union, and a cart had no version."""

    async def data(self, query: str, **variables: Any) -> Any:
        return await Buyer.data(self, _THEN.get(query, query), **variables)

    async def done(self, query: str, **variables: Any) -> Any:
        answer = await self.data(query, **variables)
        assert "code" not in answer, answer
        return answer

    async def place(self, *lines: tuple[str, int], contact: dict[str, Any] | None = None) -> dict[str, Any]:
        contact = contact or await self.contact()
        cart: dict[str, Any] = {"lines": []}
        for variant, quantity in lines:
            cart = await self.done(SET, variant=variant, quantity=quantity)
        merchants = sorted({line["merchant"]["id"] for line in cart["lines"]})
        of = {"merchantIds": merchants, "dropoff": contact["point"], "massGram": cart["massGram"]}
        quote = await self.done(_QUOTE, input=of)
        asked = {
            "cartId": cart["id"],
            "contactId": contact["id"],
            "slot": "NOW",
            "paymentMethod": "COD",
            "quote": quote["token"],
            "total": cart["goodsTotal"] + quote["fee"],
        }
        placed: dict[str, Any] = await self.done(_PLACE, input=asked, key=new_key())
        return placed
