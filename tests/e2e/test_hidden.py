"""What its merchant has hidden is null by whatever way it is looked up through the gateway; who has it in the cart keeps the line."""

from __future__ import annotations

from typing import Any

from services.contracts.people import PersonId
from tests.e2e.caller import Buyer, calling
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

_LOOKED_UP = """query($product: ID!, $variant: ID!) { product(id: $product) { id } node(id: $product) { id }
  variant: node(id: $variant) { id ... on Variant { price product { id } } } }"""
_LINE = "{ me { cart { lines { name quantityText forSale variant { id label } problems { code } } } } }"
_HIDE = "mutation($id: ID!) { hideProduct(id: $id) { problems { code message } product { status } } }"
_PUBLISH = "mutation($id: ID!) { publishProduct(id: $id) { problems { code message } product { status } } }"
_OF = "query($id: ID!) { node(id: $id) { ... on Variant { product { id } } } }"


async def test_a_hidden_variant_is_null_through_the_gateway_and_no_error(platform: Installation, buyer: Buyer) -> None:
    await platform.whole()
    tempe = await buyer.find("tempe", "papan")
    product = (await buyer.data(_OF, id=tempe["id"]))["product"]["id"]
    await buyer.cart((tempe["id"], 2))

    async def looked_up(caller: Buyer) -> dict[str, Any]:
        answer = await caller.ask(_LOOKED_UP, product=product, variant=tempe["id"])
        assert not answer.errors, answer.errors
        assert answer.data is not None
        return answer.data

    async with calling(platform) as guest, calling(platform, "merchant", str(PersonId.seeded("bu-sri"))) as owner:
        assert all((await looked_up(guest)).values())
        await owner.done(_HIDE, id=product)
        try:
            for caller in (guest, buyer):
                assert set((await looked_up(caller)).values()) == {None}
            assert all((await looked_up(owner)).values())

            async def shown() -> dict[str, Any]:
                answer = await buyer.ask(_LINE)
                assert answer.data is not None
                (line,) = answer.data["me"]["cart"]["lines"]
                return {**line, "errors": answer.errors} if not line["forSale"] else {}

            line = await until(shown)
            assert (line["name"], line["quantityText"], line["variant"]) == ("Tempe", "2 papan", None)
            assert [problem["code"] for problem in line["problems"]] == ["PRODUCT_UNAVAILABLE"]
            # What may not be null was asked of it; the rest of the cart is there.
            ((code, path),) = ((error["extensions"]["code"], error["path"]) for error in line["errors"])
            assert (code, path) == ("NOT_FOUND", ["me", "cart", "lines", 0, "variant", "label"])
        finally:
            await owner.done(_PUBLISH, id=product)
    assert all((await looked_up(buyer)).values())
