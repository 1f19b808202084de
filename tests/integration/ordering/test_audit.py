"""Whatever staff are shown of a person is written down: who saw what of whom."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from services.contracts.ordering import OrderId
from services.ordering.app import SERVICE
from services.ordering.domain.ids import BuyerId
from tests.integration.ordering.test_access import entity
from tests.worlds.ordering import SITI, placed
from tests.worlds.ordering_site import Site

_OPS = "usr_ops"
_ORDER = "query($id: ID!) { order(id: $id) { orderCode contact { phone } } }"
_WITHOUT = "query($id: ID!) { order(id: $id) { orderCode total } }"


async def _said(site: Site, *words: str) -> list[tuple[str, str, str, str | None]]:
    said: list[Any] = []
    assert await SERVICE.by_hand["audit"](site.world.db, list(words), said.append) == 0
    return [(each["actor"], each["action"], each["subject"], each["about"]) for each in said]


@pytest.fixture
async def order_id(site: Site) -> OrderId:
    return await placed(site.world)


async def test_the_contact_of_an_order_is_shown_and_that_is_kept(site: Site, order_id: OrderId) -> None:
    shown = await site.data(_ORDER, _OPS, "ops", id=str(order_id))
    assert shown["contact"]
    assert await _said(site) == [(_OPS, "ORDER_CONTACT_SHOWN", SITI, shown["orderCode"])]
    assert await _said(site, "--subject", SITI, "--actor", _OPS) == await _said(site)
    assert await _said(site, "--subject", "usr_budi") == await _said(site, "--actor", SITI) == []


@pytest.mark.parametrize("field", ["contacts { phone }", "defaultContact { phone }"])
async def test_the_contacts_of_a_buyer_too(site: Site, order_id: OrderId, field: str) -> None:
    buyer = BuyerId(await site.world.value("SELECT id FROM buyer WHERE subject = $1", SITI))
    assert await entity(site, "Buyer", buyer, field, _OPS, "ops")
    assert await _said(site) == [(_OPS, "CONTACTS_SHOWN", SITI, None)]


async def test_what_names_nobody_and_what_is_ones_own_is_not_written_down(site: Site, order_id: OrderId) -> None:
    await site.data(_WITHOUT, _OPS, "ops", id=str(order_id))
    await site.data(_ORDER, SITI, id=str(order_id))
    await site.data("{ me { contacts { phone } defaultContact { phone } } }", SITI)
    await site.data(_ORDER, SITI, "ops", id=str(order_id))
    assert await _said(site) == []


async def test_what_cannot_be_written_down_is_not_shown(site: Site, order_id: OrderId) -> None:
    owner = await asyncpg.connect(site.world.owner_url)
    try:
        await owner.execute("REVOKE INSERT ON audit FROM ordering")
        answer = await site.ask(_ORDER, _OPS, "ops", id=str(order_id))
        assert answer["errors"]
        assert answer["data"]["order"]["contact"] is None
    finally:
        await owner.execute("GRANT INSERT ON audit TO ordering")
        await owner.close()


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
async def test_nobody_changes_it(site: Site, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with site.world.db.acquire() as conn:
            await conn.execute(statement)
