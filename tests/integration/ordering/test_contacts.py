"""Contacts are edited, deleted and made the default; an order keeps what it was placed with."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.contracts.catalog import VariantId
from services.ordering.domain.contact import MAX_CHANGES
from services.ordering.domain.ids import ContactId
from tests.worlds.ordering import SITI, a_key
from tests.worlds.ordering_site import PLACE, SAVE, UPDATE, Site, a_contact, the_input
from tests.worlds.payloads import PROBLEMS

_BUYER = "buyer { id contacts { id label } defaultContact { id label } }"
DELETE = f"mutation($id: ID!) {{ deleteContact(id: $id) {{ {PROBLEMS} {_BUYER} }} }}"
DEFAULT = f"mutation($id: ID!) {{ setDefaultContact(id: $id) {{ {PROBLEMS} {_BUYER} }} }}"
LIST = "{ me { contacts { id label } defaultContact { label } } }"
ORDERS_CONTACT = "query($id: ID!) { order(id: $id) { contact { id label phone } } }"


async def _save(site: Site, label: str) -> str:
    return str((await site.done(SAVE, input=a_contact(label=label), key=a_key()))["id"])


async def _update(site: Site, id: str, key: str | None = None, **changed: Any) -> Any:
    return await site.done(UPDATE, id=id, input=a_contact(**changed), key=key or a_key())


async def _shown(site: Site) -> tuple[list[str], str | None]:
    """The labels, and the default's."""
    me = await site.data(LIST)
    return [each["label"] for each in me["contacts"]], me["defaultContact"] and me["defaultContact"]["label"]


async def test_an_edited_contact_takes_the_place_of_the_one_before(site: Site) -> None:
    first = await _save(site, "Rumah")
    await _save(site, "Kantor")
    key = a_key()
    edited = await _update(site, first, key, label="Rumah baru", phone="081299990000")
    assert edited["id"] != first
    assert (edited["label"], edited["phone"]) == ("Rumah baru", "+6281299990000")
    assert await _shown(site) == (["Rumah baru", "Kantor"], "Rumah baru")
    assert await _update(site, first, key, label="Rumah baru", phone="081299990000") == edited
    assert await site.refused(UPDATE, id=first, input=a_contact(label="Lagi"), key=a_key()) == {"code": "NOT_FOUND"}
    assert await _shown(site) == (["Rumah baru", "Kantor"], "Rumah baru")


async def test_an_order_keeps_the_contact_that_it_was_placed_with(site: Site) -> None:
    wanted = await the_input(site.world)
    order = await site.done(PLACE, input=wanted, key=a_key())
    before = (await site.data(ORDERS_CONTACT, id=order["id"]))["contact"]
    edited = await _update(site, wanted["contactId"], label="Lain", phone="081299990000")
    await site.done(DELETE, id=edited["id"])
    await site.world.move_clock(2 * 86_400)
    another = await _save(site, "Satu lagi")
    await site.done(DELETE, id=another)  # what went long ago is forgotten now, but for what orders have
    assert (await site.data(ORDERS_CONTACT, id=order["id"]))["contact"] == before
    assert await site.world.value("SELECT count(*) FROM contact") == 2
    assert await _shown(site) == ([], None)


async def test_an_order_is_placed_with_what_is_in_the_list_alone(site: Site) -> None:
    wanted = await the_input(site.world)
    edited = await _update(site, wanted["contactId"])
    refused = await site.refused(PLACE, input=wanted, key=a_key())
    assert refused == {"code": "NOT_FOUND", "field": "input.contactId"}
    await site.done(PLACE, input={**wanted, "contactId": edited["id"]}, key=a_key())
    await site.world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    await site.done(DELETE, id=edited["id"])
    fresh = await site.world.quote(SITI)
    seen = await site.world.value("SELECT version FROM cart")
    again = {**wanted, "cartVersion": seen, "contactId": edited["id"], "quote": fresh}
    assert await site.refused(PLACE, input=again, key=a_key()) == {"code": "NOT_FOUND", "field": "input.contactId"}


async def test_the_default_is_the_one_chosen_and_after_it_the_oldest(site: Site) -> None:
    assert await _shown(site) == ([], None)
    ids = {label: await _save(site, label) for label in ("Rumah", "Kantor", "Ibu")}
    assert (await _shown(site))[1] == "Rumah"
    chosen = await site.done(DEFAULT, id=ids["Ibu"])
    assert chosen["defaultContact"] == {"id": ids["Ibu"], "label": "Ibu"}
    edited = await _update(site, ids["Ibu"], label="Bapak")
    assert await _shown(site) == (["Rumah", "Kantor", "Bapak"], "Bapak")
    left = await site.done(DELETE, id=edited["id"])
    assert [each["label"] for each in left["contacts"]] == ["Rumah", "Kantor"]
    assert left["defaultContact"]["label"] == "Rumah"
    assert await site.done(DELETE, id=edited["id"]) == left
    assert await site.refused(DEFAULT, id=edited["id"]) == {"code": "NOT_FOUND"}
    await site.done(DELETE, id=ids["Rumah"])
    assert await _shown(site) == (["Kantor"], "Kantor")


@pytest.mark.parametrize("document", [UPDATE, DELETE, DEFAULT])
async def test_what_is_not_the_callers_is_not_found_and_nothing_changes(site: Site, document: str) -> None:
    mine = await _save(site, "Rumah")
    before = await site.world.fingerprint()
    variables: dict[str, Any] = {"input": a_contact(label="Curi"), "key": a_key()} if document is UPDATE else {}
    for id, who in ((mine, "usr_budi"), (str(ContactId.new()), SITI)):
        assert await site.refused(document, who, id=id, **variables) == {"code": "NOT_FOUND"}
    for table in ("contact", "idempotency"):
        assert (await site.world.fingerprint())[table] == before[table]
    assert await site.code(document, "usr_wlijo", "merchant", id=mine, **variables) == "FORBIDDEN"
    assert await site.code(document, None, id=mine, **variables) == "UNAUTHENTICATED"


async def test_an_edit_is_refused_for_each_field_and_changes_nothing(site: Site) -> None:
    mine = await _save(site, "Rumah")
    told = await site.problems(UPDATE, id=mine, input=a_contact(label="", phone="12"), key=a_key())
    assert sorted(each["field"] for each in told) == ["input.label", "input.phone"]
    assert await _shown(site) == (["Rumah"], "Rumah")


async def test_two_edits_at_once_leave_one_contact(site: Site) -> None:
    mine = await _save(site, "Rumah")
    answers = await asyncio.gather(
        *(site.data(UPDATE, id=mine, input=a_contact(label=label), key=a_key()) for label in ("Satu", "Dua"))
    )
    assert sorted(len(each["problems"]) for each in answers) == [0, 1]
    assert len((await _shown(site))[0]) == 1


async def test_changes_of_a_day_are_bounded_and_forgotten_later(site: Site) -> None:
    mine = await _save(site, "Rumah")
    owner = await site.world.value("SELECT id FROM buyer")
    await site.world.value(
        """WITH made AS (INSERT INTO contact (id, buyer_id, label, recipient, phone, line, lat, lng, kecamatan_code, created_at, gone_at)
               SELECT uuidv7(), $1, '', '', '', '', 0, 0, '', wlijo_now(), wlijo_now() FROM generate_series(1, $2::int) RETURNING 1)
           SELECT count(*) FROM made""",
        owner,
        MAX_CHANGES,
    )
    full = {"code": "TOO_MANY_CONTACTS", "limit": MAX_CHANGES, "unit": "CONTACT"}
    assert await site.refused(DELETE, id=mine) == full
    assert await site.refused(UPDATE, id=mine, input=a_contact(), key=a_key()) == full
    await _save(site, "Kantor")
    await site.world.move_clock(86_401)
    await _update(site, mine, label="Rumah baru")
    assert await _shown(site) == (["Rumah baru", "Kantor"], "Rumah baru")
    assert await site.world.value("SELECT count(*) FROM contact") == 3
