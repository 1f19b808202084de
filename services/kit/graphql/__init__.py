"""Everything about GraphQL that the subgraphs share: how a service writes its schema, and serves it.

**Context** (`context.py`): one per operation; loaders turn many small questions into one statement.

    class Context(RequestContext):
        def __init__(self, identity: Identity, db: Database, live: Live) -> None:
            super().__init__(identity)
            self.db, self.live = db, live

    Info = strawberry.Info[Context, None]

    async def orders(context: Context, ids: list[OrderId]) -> list[Order | None]:      # a module's function, typed
        rows = await store.orders(context.db, ids, seen_by=context.identity.subject)   # ownership is in the SQL
        return [None if row is None else Order.of(row) for row in rows]

    order = await info.context.load(orders, OrderId.parse(id))      # batched and asked once per operation

**Entities.** `resolve_reference` takes the key's fields by name, as the JSON that came, and proves access by itself.
Not existing and not allowed are both None. What another service owns is a stub, not resolvable here.

    @strawberry.federation.type(keys=["id"], description="…")
    class Order(Node):
        total: Rupiah
        placed_at: datetime
        version: int
        buyer: Buyer | None                       # answered elsewhere than by the parent's owner: nullable

        @classmethod
        async def resolve_reference(cls, info: Info, id: str) -> "Order | None":
            return await info.context.load(orders, OrderId.parse(id))

    @strawberry.federation.type(keys=[Key(fields="id", resolvable=False)], description="…")
    class Variant(Node):
        pass                                      # owned by catalog

Keep plain attributes resolver-free. A malformed id, or one of another kind, becomes BAD_USER_INPUT by itself, so call
`OrderId.parse` wherever text comes in and let it raise.

**Scalars**: `Rupiah`, `datetime` (DateTime), `date` (Date), `time` (LocalTime). **Points**: `Point`, `PointInput`.

**Mutations** open the transaction, translate, nothing else. A refusal is raised by the command as a domain exception, several as an
`ExceptionGroup`, and becomes a problem through its `Answer`; what has none is a masked error.

    REFUSALS = [
        Answer(domain.BasketIsFull, lambda full: Refusal(code=ProblemCode.BASKET_FULL, message=str(full), limit=full.limit)),
    ]

    @strawberry.type
    class PlaceOrderPayload(Payload):             # fields of the success, which may all be left out, beside `problems`
        order: Order | None = None

    @refusable(description="…")
    async def place_order(self, info: Info, input: PlaceOrderInput, idempotency_key: str) -> PlaceOrderPayload | None:
        buyer = info.context.identity.require(Role.BUYER)
        async with transaction(info.context.db) as conn:
            claim = await idempotency.claim(
                conn, caller=buyer, mutation="placeOrder", key=idempotency_key, body=input)   # raises KeyReused
            if claim.answer is None:
                order = await commands.place_order(conn, …)
                await claim.store(conn, str(order.id))
        …
        return PlaceOrderPayload(order=…)

`KeyReused`, `db.Busy` and `rate.RateLimited` have their answers already. `Problem`, `Refusal` and `Payload` are shared by all subgraphs
(`services/graph.py`). Codes are in `services/contracts/problems.py`.

**Errors** (`errors.py`): raise `BadUserInput("…")` for what can never be right. `Identity.require` raises UNAUTHENTICATED
and FORBIDDEN, `db.Unavailable` becomes SERVICE_UNAVAILABLE; anything else is masked, and logged once with its trace.

**Lists** (`pages.py`): `page = Page(first, after, tuple[datetime, UUID])`, then `page.after`, `page.limit` and
`page.connection(rows, key=…, node=…)`; the field's type is `Connection[Order]`. For edges with fields of their own write
the two types yourself (`…Connection`, `…Edge`) and use `page.info`.

**Subscriptions** are async generators that yield present state; loaders start afresh for each message. They end with
TOKEN_EXPIRED when the caller's token does.

**The schema and the routes**:

    schema = subgraph(query=Query, mutation=Mutation, subscription=Subscription, types=[…], refusals=REFUSALS)
    routes = graphql_routes(schema, verifier=verifier, context=lambda identity: Context(identity, db, live))
    print_sdl(schema)                             # what `make schema` commits
"""
