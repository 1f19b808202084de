"""A copy of somebody's data as people has it made, with the other services played: what is asked for is read from the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.contracts import registry
from services.contracts.export import ExportPart
from services.contracts.people import ExportRequested, PersonId
from services.kit.messaging.envelope import Envelope, decode, new_event_id
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.processor import EventProcessor
from services.people import hears
from services.personal import sealing
from tests.worlds.payloads import PROBLEMS
from tests.worlds.people import House

REQUEST = f"mutation {{ requestExportCode {{ {PROBLEMS} expiresAt }} }}"
_SHOWN = "id status requestedAt readyAt expiresAt waitsFor path"
EXPORT = f"mutation($code: String!) {{ requestExport(code: $code) {{ {PROBLEMS} export {{ {_SHOWN} }} }} }}"
DELETE = f"mutation($id: ID!) {{ deleteExport(id: $id) {{ {PROBLEMS} done }} }}"
EXPORTS = f"{{ viewer {{ exports {{ {_SHOWN} }} }} }}"


class Somebody:
    def __init__(self, home: House, phone: str, signed: Any) -> None:
        self.home, self.phone, self.signed = home, phone, signed
        self.token = signed["tokens"]["accessToken"]
        self.id = PersonId.parse(signed["person"]["id"])

    async def code(self) -> str:
        await self.home.done(REQUEST, self.token)
        return await self.home.sent_code(self.phone)

    async def export(self) -> Any:
        return await self.home.done(EXPORT, self.token, code=await self.code())

    async def exports(self) -> Any:
        return (await self.home.data(EXPORTS, self.token))["exports"]


async def somebody(home: House, phone: str) -> Somebody:
    return Somebody(home, phone, await home.signed_in(phone, "Redmi of Siti"))


async def asked_for(home: House, person_id: PersonId) -> list[ExportRequested]:
    async with home.db.acquire() as conn:
        rows = await conn.fetch("SELECT payload FROM outbox WHERE type = $1 ORDER BY seq", ExportRequested.type)
    told = [decode(ExportRequested, bytes(row["payload"])) for row in rows]
    return [each for each in told if each.subject == str(person_id)]


def answers(asked: ExportRequested, service: str, section: Any = None) -> Sequence[ExportPart]:
    """As the service tells them."""
    packed = sealing.packed({"service": service, "tables": []} if section is None else section)
    pieces = sealing.sealed(packed, asked.public_key)
    part = registry.export_parts()[service]
    return [
        part(export_id=asked.export_id, number=number, of=len(pieces), sealed=piece)
        for number, piece in enumerate(pieces, 1)
    ]


async def hear(home: House, *parts: ExportPart, first: int = 1) -> list[Outcome | None]:
    """Through the inbox; `first` is the number of the first among the events of its aggregate."""
    processor = EventProcessor("people", home.db, hears.HANDLERS, joining=True)
    return [
        await processor.apply(
            Envelope(
                id=str(new_event_id()),
                source=part.source,
                type=part.type,
                topic=part.topic,
                aggregate=str(part.export_id),
                seq=seq,
                epoch=1,
                key=str(part.export_id),
                time=(await home.value("SELECT wlijo_now()")),
                stream=part.stream,
                traceparent=None,
                data=part.payload(),
            )
        )
        for seq, part in enumerate(parts, first)
    ]


async def answer_all(home: House, asked: ExportRequested) -> None:
    for service in registry.export_parts():
        await hear(home, *answers(asked, service))
