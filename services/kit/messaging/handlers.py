"""What happens when an event is heard: functions by event class."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from services.kit.database.db import Transaction
from services.kit.messaging import hearing
from services.kit.messaging.effects import Effect
from services.kit.messaging.envelope import Envelope, Event, Stream
from services.kit.observe import telemetry


class Inapplicable(Exception):
    """Raised by a handler of an event that speaks of what is not there, though all that was told before has had its turn.

    No repeat mends it, and what follows is not to wait: it becomes a dead letter with this reason, for `replay` when what was missing
    has come.
    """


E = TypeVar("E", bound=Event)
P = ParamSpec("P")
AllHandler: TypeAlias = Callable[Concatenate[Transaction, Sequence[tuple[Envelope, Event]], P], Awaitable[None]]


class Handlers:
    """What happens when an event is heard: one function per event class.

        @HANDLERS.on(OrderPlaced)
        async def hold_its_goods(conn: Transaction, event: OrderPlaced) -> None: …

    A handler runs in the transaction that also remembers the event. It raises only for faults, and Inapplicable: an early, late or
    contradictory event is an input that it must answer. What only a running process has (keys, a policy) comes after the event: `given`.

        @HANDLERS.of_many(ProductChanged)
        async def keep_products(conn: Transaction, events: Sequence[ProductChanged]) -> None: …

    Of states, each of an aggregate of its own and the newest that came: a projection that is built anew is written by hundreds.

        @HANDLERS.of_all
        async def count(conn: Transaction, facts: Sequence[tuple[Envelope, Event]]) -> None: …

        @HANDLERS.in_one(RiderArrived)
        def arrived(event: RiderArrived) -> Effect: …

    Of what is changed without reading anything first: one statement moves the position and makes it, without BEGIN and COMMIT.

        @HANDLERS.on(StockHeld, in_step=True)
        async def stock_held(conn: Transaction, event: StockHeld) -> None: …

    Of what looks once before it writes: it is given a `Step` first, and a transaction when that cannot be, or was overtaken.

        @HANDLERS.on(OrderConfirmed, looks_first=True)
        async def commit(conn: Transaction, event: OrderConfirmed) -> None: …

    Of what takes a transaction and begins it with a look (`fetch_beside`): the position is moved by the same statement, which fails when it
    is not the event's turn, and the handler runs again. It must do nothing of its own before.

    For a consumer that gathers: in place of the others, when there are several facts, of whatever aggregates and in the order of each. With
    `of_all_in_step` it is given a `Step` first.
    """

    def __init__(self, given: tuple[Any, ...] = ()) -> None:
        self._given = given
        self._by_type: dict[str, tuple[type[Event], Callable[..., Awaitable[None]]]] = {}
        self._many: dict[str, Callable[..., Awaitable[None]]] = {}
        self._all: Callable[..., Awaitable[None]] | None = None
        self._all_in_step = False
        self._in_one: dict[str, Callable[[Any], Effect]] = {}
        self._in_step: set[str] = set()
        self._looks_first: set[str] = set()

    def on(
        self, event_class: type[E], *, in_step: bool = False, looks_first: bool = False
    ) -> Callable[
        [Callable[Concatenate[Transaction, E, P], Awaitable[None]]],
        Callable[Concatenate[Transaction, E, P], Awaitable[None]],
    ]:
        def register(
            handler: Callable[Concatenate[Transaction, E, P], Awaitable[None]],
        ) -> Callable[Concatenate[Transaction, E, P], Awaitable[None]]:
            if event_class.type in self._by_type:
                raise ValueError(f"two handlers for {event_class.type}")
            self._by_type[event_class.type] = (event_class, handler)
            if in_step:
                self._in_step.add(event_class.type)
            if looks_first:
                self._looks_first.add(event_class.type)
            return handler

        return register

    def of_many(
        self, event_class: type[E]
    ) -> Callable[
        [Callable[[Transaction, Sequence[E]], Awaitable[None]]], Callable[[Transaction, Sequence[E]], Awaitable[None]]
    ]:
        def register(
            handler: Callable[[Transaction, Sequence[E]], Awaitable[None]],
        ) -> Callable[[Transaction, Sequence[E]], Awaitable[None]]:
            if event_class.stream is not Stream.STATE:
                raise ValueError(f"{event_class.type} is a fact: none may be left out")

            @self.on(event_class)
            async def one(conn: Transaction, event: E, *_: Any) -> None:
                await handler(conn, [event])

            self._many[event_class.type] = handler
            return handler

        return register

    def in_one(self, event_class: type[E]) -> Callable[[Callable[[E], Effect]], Callable[[E], Effect]]:
        def register(effect: Callable[[E], Effect]) -> Callable[[E], Effect]:
            @self.on(event_class)
            async def one(conn: Transaction, event: E, *_: Any) -> None:
                await effect(event).make(conn)

            self._in_one[event_class.type] = effect
            return effect

        return register

    def of_all(self, handler: AllHandler[P]) -> AllHandler[P]:
        self._all = handler
        return handler

    def of_all_in_step(self, handler: AllHandler[P]) -> AllHandler[P]:
        """As `of_all`, of what looks once before it writes."""
        self._all_in_step = True
        return self.of_all(handler)

    def given(self, *means: Any) -> Handlers:
        """The same handlers, called with these after the event."""
        made = Handlers(means)
        made._by_type, made._many, made._all = self._by_type, self._many, self._all
        made._in_one, made._in_step, made._looks_first = self._in_one, self._in_step, self._looks_first
        made._all_in_step = self._all_in_step
        return made

    def topics(self) -> list[str]:
        return sorted({event_class.topic for event_class, _ in self._by_type.values()})

    def streams(self, topic: str) -> frozenset[Stream]:
        """What kinds of events of it are handled; none of a topic that is not heard."""
        return frozenset(event_class.stream for event_class, _ in self._by_type.values() if event_class.topic == topic)

    def sources(self) -> frozenset[str]:
        """Whose events these are; of others it believes nothing."""
        return frozenset(event_class.source for event_class, _ in self._by_type.values())

    def publishers(self, topic: str) -> frozenset[str]:
        """Whose topic this is, of those whose events are handled."""
        return frozenset(each.source for each, _ in self._by_type.values() if each.topic == topic)

    def fact_places(self) -> list[tuple[str, str]]:
        """Source and topic of each that only facts are heard of."""
        classes = [each for each, _ in self._by_type.values()]
        states = {each.topic for each in classes if each.stream is Stream.STATE}
        return sorted({(each.source, each.topic) for each in classes if each.topic not in states})

    def event_class(self, event_type: str) -> type[Event] | None:
        found = self._by_type.get(event_type)
        return found[0] if found else None

    async def handle(self, conn: Transaction, event: Event) -> None:
        await self._by_type[event.type][1](conn, event, *self._given)

    def effect(self, event: Event) -> Effect | None:
        """None of what takes more than one statement."""
        found = self._in_one.get(event.type)
        return found(event) if found else None

    def in_one_statement(self, event_type: str) -> bool:
        """What is heard of it is taken in one statement, as a rule, perhaps after a look."""
        return event_type in self._in_one or event_type in self._in_step

    def looks_first(self, event_type: str) -> bool:
        return event_type in self._looks_first

    def move_along(self, event_type: str) -> bool:
        """Whether the statement that moves the position does, or looks at, something else as well."""
        return self.in_one_statement(event_type) or self.looks_first(event_type)

    def takes_step(self, event_type: str) -> bool:
        return event_type in self._in_step

    async def handle_told(self, conn: Transaction, told: Envelope, event: Event, consumer: str) -> None:
        """As `handle`, in a span of the one who told it, and with what the envelope says at hand."""
        attributes = {"event.id": told.id, "consumer": consumer}
        with telemetry.span(f"hear {told.type}", traceparent=told.traceparent, attributes=attributes), hearing.of(told):
            await self.handle(conn, event)

    async def handle_all(self, conn: Transaction, facts: Sequence[tuple[Envelope, Event]], consumer: str) -> None:
        if self._all is not None:
            await self._all(conn, facts, *self._given)
            return
        for told, event in facts:
            await self.handle_told(conn, told, event, consumer)

    @property
    def takes_all_in_step(self) -> bool:
        return self._all_in_step

    def takes_many(self, event_type: str) -> bool:
        return event_type in self._many

    async def handle_many(self, conn: Transaction, events: Sequence[Event]) -> None:
        """All of one type, of which `takes_many` is true."""
        await self._many[events[0].type](conn, events)
