"""Which services there are. Whatever must know all of them derives it from here: databases, users, topics, ports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType

from services.contracts import (
    cash,
    catalog,
    claims,
    delivery,
    insight,
    kasbon,
    licences,
    ordering,
    packing,
    people,
    refunds,
)
from services.contracts.delivery import PartnerId
from services.contracts.export import ExportPart
from services.contracts.partner import Topics
from services.kit.messaging.envelope import Event, Stream, source_of


@dataclass(frozen=True, slots=True)
class Registered:
    """A service. Its api listens on PORT_BASE + `number`, its worker on PORT_BASE + 100 + `number`; `tells` is the module of its events,
    `also` are modules of more of them."""

    name: str
    number: int
    tells: ModuleType
    also: tuple[ModuleType, ...] = ()

    def events(self) -> list[type[Event]]:
        """The events of its contract, aggregates' base classes left out."""
        return [
            found
            for module in (self.tells, *self.also)
            for found in vars(module).values()
            if isinstance(found, type)
            and issubclass(found, Event)
            and getattr(found, "source", None) == source_of(self.name)
            and hasattr(found, "type")
            and found.__module__ == module.__name__
        ]

    def topics(self) -> list[str]:
        return sorted({event.topic for event in self.events()})


SERVICES = (
    Registered("catalog", 1, catalog, (licences,)),
    Registered("ordering", 2, ordering, (claims, cash, packing, kasbon, refunds)),
    Registered("delivery", 3, delivery),
    Registered("people", 4, people),
    Registered("insight", 5, insight),
    # services: next
)
NAMES = tuple(service.name for service in SERVICES)

COMPACTED = tuple(
    sorted({event.topic for service in SERVICES for event in service.events() if event.stream is Stream.STATE})
)
"""Topics of states: the newest of each aggregate says all."""


def export_parts() -> dict[str, type[ExportPart]]:
    """By service: by what it answers when somebody asks for what is kept about them. Who has none is not waited for."""
    return {service.name: event for service in SERVICES for event in service.events() if issubclass(event, ExportPart)}


def topics(partners: Iterable[PartnerId]) -> list[str]:
    """Every topic of the platform, those of these partners included."""
    ours = [topic for service in SERVICES for topic in service.topics()]
    return [*ours, *(topic for partner in partners for topic in Topics.of(partner))]
