"""Officers enter zones, switch them and end them; the next quote feels it, and of a hazard the trips under way do too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.contracts.delivery import ZoneChanged, ZoneId
from services.contracts.places import WIB
from services.delivery.domain import zone as rules
from services.delivery.domain.boundary import Drawn
from services.delivery.domain.trip import Wake
from services.delivery.domain.zone import UnknownZone, Zone, ZoneAction, ZoneHasEnded, ZoneIsInvalid, ZonesAreTooMany
from services.delivery.store import zones
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import outbox, timers

ENTER: Final = "enterZones"


async def enter(
    conn: Transaction, drawn: Sequence[Drawn], like: Zone, why: str, *, by: str, idempotency_key: str
) -> list[ZoneId]:
    """A zone of each boundary, with what `like` says of all; a boundary without a name has that one's. Raises ZoneIsInvalid,
    ZonesAreTooMany."""
    body = (like, why, [(each.name, each.corners) for each in drawn])
    claim = await idempotency.claim(conn, caller=by, mutation=ENTER, key=idempotency_key, body=_plain(body))
    if claim.answer is not None:
        return [ZoneId.parse(each) for each in claim.answer["zones"]]
    there, now = await zones.lock_all(conn)
    if there + len(drawn) > rules.MAX_ZONES:
        raise ZonesAreTooMany(f"{there} zones are there, and {rules.MAX_ZONES} is the most")
    made = [
        replace(like, id=ZoneId.new(), name=_named(each.name or like.name), boundary=each.corners) for each in drawn
    ]
    for each in made:
        rules.check(each, now.astimezone(WIB).date())
        await zones.add(conn, each, by)
    await zones.add_history(conn, [each.id for each in made], ZoneAction.ENTER, why, by)
    for each in made:
        await tell(conn, each)
    await claim.store(conn, {"zones": [str(each.id) for each in made]})
    return [each.id for each in made]


async def switch(conn: Transaction, zone_id: ZoneId, *, on: bool, why: str, by: str) -> None:
    """Switching to what it is changes nothing. Raises UnknownZone, ZoneHasEnded."""
    found = await zones.lock(conn, zone_id)
    if found is None:
        raise UnknownZone
    zone, _ = found
    if zone.ended_at is not None:
        raise ZoneHasEnded
    if zone.switched_on == on:
        return
    switched = replace(zone, switched_on=on, version=zone.version + 1)
    await _put(conn, switched, ZoneAction.SWITCH_ON if on else ZoneAction.SWITCH_OFF, why, by)


async def end(conn: Transaction, zone_id: ZoneId, *, why: str, by: str) -> None:
    """It is no more, and is kept for what was quoted by it. Ending it again changes nothing. Raises UnknownZone."""
    found = await zones.lock(conn, zone_id)
    if found is None:
        raise UnknownZone
    zone, now = found
    if zone.ended_at is None:
        await _put(conn, replace(zone, ended_at=now, version=zone.version + 1), ZoneAction.END, why, by)


async def _put(conn: Transaction, zone: Zone, action: ZoneAction, why: str, by: str) -> None:
    await zones.save(conn, zone)
    await zones.add_history(conn, [zone.id], action, why, by)
    await tell(conn, zone)


async def tell(conn: Transaction, zone: Zone) -> None:
    """The caller has locked or written it."""
    await outbox.append(
        conn,
        ZoneChanged(
            zone_id=zone.id,
            name=zone.name,
            kind=zone.kind,
            effect=zone.effect,
            reason=zone.reason,
            reason_en=zone.reason_en,
            boundary=list(zone.boundary),
            switched_on=zone.switched_on,
            ended=zone.ended_at is not None,
            surcharge_rupiah=zone.surcharge_rupiah,
            valid_from=zone.valid_from,
            valid_until=zone.valid_until,
            hours=list(zone.hours),
        ),
    )
    if zone.stops_trips:
        await timers.start(conn, Wake.HAZARD, zone.id, await zones.now(conn))


def _named(name: str) -> str:
    if not 1 <= len(name) <= rules.MAX_NAME_CHARACTERS or not name.isprintable():
        raise ZoneIsInvalid("name", f"a zone's name is one line of 1 to {rules.MAX_NAME_CHARACTERS} characters")
    return name


def _plain(body: tuple[Zone, str, Sequence[tuple[str, Sequence[object]]]]) -> list[str]:
    """For the comparison with what the key came with before; the id is made anew each time."""
    like, why, drawn = body
    return [repr(replace(like, id=ZoneId.seeded("any"))), why, repr([(name, list(corners)) for name, corners in drawn])]
