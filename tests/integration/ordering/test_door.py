"""The buyer's exact door: in the contact, and nowhere else."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from services.contracts.quote import place_hash
from tests.worlds.ordering import HOME, SITI, Market, a_key, an_order


async def test_nothing_that_ordering_tells_or_stores_beside_the_contact_tells_the_door(world: Market) -> None:
    """The hash of an exact place is the place to whoever knows it to a hundred metres."""
    key, order = a_key(), await an_order(world)
    onward = await world.quote(SITI, dropoff="")
    order = replace(order, quote=await world.quote(SITI, onward=onward))
    await world.place(SITI, order, key)
    (event,) = await world.rows("SELECT payload FROM outbox WHERE type = 'ordering.order_placed.v1'")
    assert json.loads(event["payload"])["quote"] == onward
    door = (place_hash(HOME.lat, HOME.lng).encode(), f"{HOME.lat}".encode(), f"{HOME.lng}".encode())
    tables = await world.rows(
        "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    held = {each["name"] for each in tables if each["name"] != "contact" and await _holds(world, each["name"], door)}
    assert held == set()
    assert await _holds(world, "contact", door)


async def _holds(world: Market, table: str, secrets: Sequence[bytes]) -> bool:
    """Also inside what is base64 in a row: the parts of a signed statement."""
    for row in await world.rows(f"SELECT * FROM {table}"):
        for value in row.values():
            told = value if isinstance(value, bytes) else str(value).encode()
            if any(secret in each for each in _unfolded(told) for secret in secrets):
                return True
    return False


def _unfolded(told: bytes) -> Iterator[bytes]:
    yield told
    for word in re.findall(rb"[A-Za-z0-9_-]{16,}", told):
        with suppress(ValueError):
            yield from _unfolded(base64.urlsafe_b64decode(word + b"=" * (-len(word) % 4)))


async def test_a_quote_of_the_release_before_still_places_an_order(world: Market) -> None:
    wanted = await an_order(world)
    await world.place(SITI, wanted)
    (event,) = await world.rows("SELECT payload FROM outbox WHERE type = 'ordering.order_placed.v1'")
    assert json.loads(event["payload"])["quote"] == wanted.quote
    assert await _holds(
        world, "outbox", [place_hash(HOME.lat, HOME.lng).encode()]
    )  # and so the search finds what is there
