"""One small subgraph that has of everything something: values, refusals, batches, a subscription."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from typing import Any, Self

import strawberry

from services.contracts.problems import ProblemCode
from services.contracts.roles import Role
from services.graph import Payload, Problem, subgraph
from services.kit.database import db
from services.kit.graphql.context import RequestContext
from services.kit.graphql.errors import BadUserInput, KeyReused
from services.kit.graphql.limits import Limits
from services.kit.graphql.refusals import Answer, refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.schema import Schema
from services.kit.graphql.types import Node, Point, PointInput
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit
from services.kit.ids import Id


class BasketId(Id, prefix="bsk"):
    pass


class Context(RequestContext):
    def __init__(self, identity: Identity) -> None:
        super().__init__(identity)
        self.batches: list[list[str]] = []


Info = strawberry.Info[Context, None]
OPENED: list[Context] = []


def open_context(identity: Identity) -> Context:
    OPENED.append(Context(identity))
    return OPENED[-1]


async def baskets(context: Context, ids: list[BasketId]) -> list["Basket | None"]:
    context.batches.append([str(i) for i in ids])
    return [Basket.of(i) if i != BasketId.seeded("absent") else None for i in ids]


@strawberry.federation.type(keys=["id"], description="A basket.")
class Basket(Node):
    total: Rupiah
    at: datetime
    day: date
    opens: time
    place: Point

    @classmethod
    def of(cls, basket_id: BasketId) -> Self:
        return cls(
            id=strawberry.ID(str(basket_id)),
            total=Rupiah(9_007_199_254_740_991),
            at=datetime(2026, 2, 1, 3, 30, 0, 123_999, tzinfo=UTC),
            day=date(2026, 2, 1),
            opens=time(7, 30),
            place=Point(lat=-8.13, lng=113.22),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Basket | None":
        return await info.context.load(baskets, BasketId.parse(id))


@strawberry.type(description="A problem with facts that are no scalars.")
class PriceChanged(Problem):
    prices: list[Rupiah]


@strawberry.type
class BuyPayload(Payload):
    basket: Basket | None = None


class TotalDiffers(Exception):
    pass


class Declined(Exception):
    """What its answer does not want to tell."""


_limit = RateLimit(burst=1, per_second=0.001, clock=lambda: 0.0)


@strawberry.type
class Query:
    @strawberry.field
    async def basket(self, info: Info, id: strawberry.ID) -> Basket | None:
        return await info.context.load(baskets, BasketId.parse(id))

    @strawberry.field
    def near(self, point: PointInput) -> float:
        return point.lat

    @strawberry.field
    def echo(self, total: Rupiah, at: datetime | None = None, opens: time | None = None) -> str:
        return f"{total} {at} {opens}"

    @strawberry.field
    def fails(self, how: str, times: int = 1) -> str | None:
        match how:
            case "bug":
                raise KeyError("the secret column")
            case "down":
                raise db.Unavailable("10.0.0.1 refused")
            case "input":
                raise BadUserInput("how is not right")
        return how

    @strawberry.field
    def ops_only(self, info: Info) -> str:
        return info.context.identity.require(Role.OPS)


@strawberry.type
class Mutation:
    @refusable(description="Buy it.")
    async def buy(self, info: Info, how: str) -> BuyPayload | None:
        match how:
            case "price":
                raise TotalDiffers
            case "several":
                raise ExceptionGroup("both", [TotalDiffers(), KeyReused("used"), TotalDiffers()])
            case "a bug among them":
                raise ExceptionGroup("both", [TotalDiffers(), KeyError("the secret column")])
            case "declined":
                raise Declined
            case "key":
                raise KeyReused("used")
            case "rate":
                _limit.take("budi")
                _limit.take("budi")
        key = BasketId.seeded(how)
        return BuyPayload(basket=await info.context.load(baskets, key))


EVENTS: dict[str, asyncio.Queue[str]] = {}


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def changed(self, info: Info, name: str) -> AsyncIterator[Basket]:
        queue = EVENTS.setdefault(name, asyncio.Queue())
        while True:
            found = await info.context.load(baskets, BasketId.seeded(await queue.get()))
            assert found is not None
            yield found


def _price_changed() -> PriceChanged:
    return PriceChanged(
        code=ProblemCode.PRICE_CHANGED, message="The total has changed", total=Rupiah(5000), prices=[Rupiah(5000)]
    )


def a_schema(limits: Limits = Limits()) -> Schema:
    return subgraph(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[PriceChanged],
        refusals=[Answer(TotalDiffers, lambda _: _price_changed()), Answer(Declined, lambda _: None)],
        limits=limits,
    )


SCHEMA = a_schema()


def code_of(answer: Any) -> str:
    [error] = answer["errors"]
    assert len(error["extensions"]["traceId"]) == 32
    return str(error["extensions"]["code"])
