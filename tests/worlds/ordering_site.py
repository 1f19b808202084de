"""Ordering's api in process, with an issuer of its own, and the documents that its tests ask."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.applications import Starlette

from services.contracts.catalog import VariantId
from services.kit.observe.readiness import Readiness
from services.kit.process.service import Api
from services.kit.process.settings import Secret
from services.ordering import app as ordering
from services.ordering.settings import OrderingApi
from tests.worlds.asgi import asked
from tests.worlds.ordering import HOME, KEYS, SITI, Market, an_order
from tests.worlds.payloads import PROBLEMS, done, problems, refused
from tests.worlds.tokens import ISSUER, Issuer

_ROOM = {"open_orders_per_buyer": 10_000, "open_orders_per_product": 10_000, "orders_per_day": 10_000}


class Site:
    """Ordering's api in process."""

    def __init__(self, world: Market, **settings: Any) -> None:
        self.world = world
        self.issuer = Issuer()
        config = OrderingApi(
            port=0,
            database_url=Secret(""),
            jwt_issuer=ISSUER,
            jwks_url="https://issuer.test/jwks",
            quote_jwks=Secret(orjson.dumps(KEYS.as_dict(private=False)).decode()),
            **{**_ROOM, **settings},
        )
        api = Api(config, world.db, world.live, self.issuer.verifier(), Readiness())
        self.app = Starlette(routes=list(ordering.routes(api)))

    def token(self, subject: str, *roles: str) -> str:
        return self.issuer.token(sub=subject, roles=list(roles or ("buyer",)))

    async def ask(self, document: str, who: str | None = SITI, role: str = "buyer", **variables: Any) -> Any:
        return await asked(self.app, document, variables, self.token(who, role) if who else None)

    async def data(self, document: str, who: str | None = SITI, role: str = "buyer", **variables: Any) -> Any:
        """The value of the one root field, without errors."""
        answer = await self.ask(document, who, role, **variables)
        assert "errors" not in answer, answer
        (value,) = answer["data"].values()
        return value

    async def done(self, document: str, who: str | None = SITI, role: str = "buyer", **variables: Any) -> Any:
        """What is there afterwards, without problems."""
        return done(await self.data(document, who, role, **variables))

    async def refused(self, document: str, who: str | None = SITI, role: str = "buyer", **variables: Any) -> Any:
        """The facts of the one problem."""
        return refused(await self.data(document, who, role, **variables))

    async def problems(self, document: str, who: str | None = SITI, role: str = "buyer", **variables: Any) -> Any:
        """The facts of each problem."""
        return problems(await self.data(document, who, role, **variables))

    async def code(self, document: str, who: str | None = SITI, role: str = "buyer", **variables: Any) -> str:
        """The code of the one error."""
        (error,) = (await self.ask(document, who, role, **variables))["errors"]
        return str(error["extensions"]["code"])


BAYAM = str(VariantId.seeded("bayam"))
SAVE = f"""mutation($input: SaveContactInput!, $key: String!) {{ saveContact(input: $input, idempotencyKey: $key) {{ {PROBLEMS}
    contact {{ id label recipient phone line kecamatanCode desaCode note point {{ lat lng }} }} }} }}"""
UPDATE = f"""mutation($id: ID!, $input: SaveContactInput!, $key: String!) {{
  updateContact(id: $id, input: $input, idempotencyKey: $key) {{ {PROBLEMS} contact {{ id label recipient phone }} }} }}"""
SET = f"""mutation($variant: ID!, $quantity: Int!) {{ setCartLine(variantId: $variant, quantity: $quantity) {{ {PROBLEMS}
    cart {{ id version goodsTotal massGram lines {{ name quantityText quantity price priceBasis total forSale
            variant {{ id }} merchant {{ id }} }} }} }} }}"""
REMOVE = f"""mutation($variant: ID!) {{ removeCartLine(variantId: $variant) {{ {PROBLEMS} cart {{ version lines {{ quantity }} }} }} }}"""
PLACE = f"""mutation($input: PlaceOrderInput!, $key: String!) {{ placeOrder(input: $input, idempotencyKey: $key) {{ {PROBLEMS}
    order {{ id orderCode status version total }} }} }}"""
ORDER = """query($id: ID!) { order(id: $id) { id orderCode version status placedAt goodsTotal deliveryFee total test slot
    contact { recipient phone } payment { method amount status } cancellation { reason borneBy }
    sellerOrders { id status goodsTotal merchant { id } order { id } lines { name quantity total variant { id } } }
    history { status } } }"""


def a_contact(**changed: Any) -> dict[str, Any]:
    return {
        "label": "Rumah",
        "recipient": " Siti  Aminah ",
        "phone": "0812-3450-0001",
        "line": "Jalan Kapten Suwandak 12",
        "kecamatanCode": "35.08.10",
        "desaCode": "35.08.10.1004",
        "point": {"lat": HOME.lat, "lng": HOME.lng},
        "note": "",
        **changed,
    }


async def the_input(world: Market, subject: str = SITI, **kwargs: Any) -> dict[str, Any]:
    wanted = await an_order(world, subject, **kwargs)
    return {
        "cartId": str(wanted.cart_id),
        "cartVersion": wanted.cart_version,
        "contactId": str(wanted.contact_id),
        "slot": "NOW",
        "paymentMethod": "COD",
        "quote": wanted.quote,
        "total": wanted.total_rupiah,
    }


MERCHANT_DOES = (
    f"""mutation($id: ID!) {{ %s {{ {PROBLEMS} sellerOrder {{ status acceptBy readyAt rejectReason }} }} }}"""
)
