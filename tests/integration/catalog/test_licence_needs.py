"""Goods that lack what their kind needs are not put up for sale, are blocked when they lack it later, and come back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.contracts.catalog import ProductChanged, ProductId
from services.contracts.licences import (
    GoodsBlocked,
)
from services.contracts.people import PersonId
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.worlds import servers
from tests.worlds.catalog import BAYAM, KELAPA, KLENGKENG, MIN, SRI, Graph, stock_up, told
from tests.worlds.licences import (
    DECLARE,
    HIDE,
    REQUIRE,
    REVOKE,
    VERIFY,
    answered,
    decide,
    halal,
    licences_told,
    look,
    nib,
    pass_days,
    publish,
    require,
    statuses_told,
    submit,
    time_passes,
    today,
    verified,
)
from tests.worlds.payloads import done, refused

SEED = json.loads((Path(__file__).parents[3] / "infra/local/seed/catalog.json").read_text("utf-8"))


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    async with transaction(opened) as conn:
        await conn.execute("DELETE FROM outbox")  # what the seed told
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def test_what_lacks_a_licence_is_not_published_and_is_blocked_from_its_day(graph: Graph, db: Database) -> None:
    saved = done(await require(graph, "sayur", "HALAL", today() + timedelta(days=5)))
    assert saved["requirements"] == [
        {"licenceKind": "HALAL", "appliesFrom": str(today() + timedelta(days=5)), "keepsDays": None}
    ]
    await time_passes(db)
    looked = await look(graph)
    assert (looked["status"], looked["halalStatus"]) == ("PUBLISHED", "NOT_CERTIFIED")
    assert looked["licenceNeeds"] == [{"licenceKind": "HALAL", "met": False}]
    assert (await look(graph, who="pak-min"))["licenceNeeds"] == []  # its own people's to know
    done(await publish(graph))
    await pass_days(db, 5)
    assert await look(graph, who=None) is None
    assert (await look(graph))["status"] == "BLOCKED"
    assert await look(graph, KELAPA, who=None) is not None  # of another kind
    missing = {"code": "LICENCE_MISSING", "field": "id", "licenceKind": "HALAL", "status": "NOT_CERTIFIED"}
    assert refused(await publish(graph)) == missing
    made = done(await submit(graph, halal(BAYAM)))
    assert (await look(graph))["halalStatus"] == "PENDING"
    assert refused(await publish(graph)) == missing | {"status": "PENDING"}
    assert done(await decide(graph, VERIFY, made["id"]))["status"] == "VERIFIED"
    looked = await look(graph, who=None)
    assert (looked["status"], looked["halalStatus"]) == ("PUBLISHED", "CERTIFIED")
    done(await decide(graph, REVOKE, made["id"]))
    assert (await look(graph))["status"] == "BLOCKED"
    assert await statuses_told(db) == ["BLOCKED", "PUBLISHED", "BLOCKED"]
    states = [decode(ProductChanged, payload) for kind, payload in await told(db) if kind == ProductChanged.type]
    assert {(each.status, each.lacks_licence) for each in states if each.product_id == BAYAM} == {
        ("BLOCKED", True),
        ("PUBLISHED", False),
    }


async def test_what_its_merchant_hid_comes_back_hidden(graph: Graph, db: Database) -> None:
    done(await require(graph, "sayur", "NIB", today()))
    await time_passes(db)
    assert (await look(graph))["status"] == "BLOCKED"
    assert done(await publish(graph, document=HIDE))["status"] == "HIDDEN"
    await verified(graph, nib())
    assert (await look(graph))["status"] == "HIDDEN"
    assert done(await publish(graph))["status"] == "PUBLISHED"


async def test_what_is_asked_no_more_comes_back(graph: Graph, db: Database) -> None:
    done(await require(graph, "sayur", "NIB", today()))
    await time_passes(db)
    assert (await look(graph))["status"] == "BLOCKED"
    assert done(await require(graph, "sayur", "NIB", None))["requirements"] == []
    await time_passes(db)
    assert (await look(graph))["status"] == "PUBLISHED"
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT applies_from, subject FROM category_requirement_change ORDER BY id")
    assert [(row["applies_from"], row["subject"]) for row in rows] == [
        (today(), str(PersonId.seeded("ops"))),
        (None, str(PersonId.seeded("ops"))),
    ]


async def test_what_others_have_blocked_stays_blocked(graph: Graph, db: Database) -> None:
    async with transaction(db) as conn:
        await conn.execute("UPDATE product SET status = 'BLOCKED' WHERE id = $1", BAYAM)
    done(await require(graph, "sayur", "NIB", today()))
    await time_passes(db)
    await verified(graph, nib())
    assert (await look(graph))["status"] == "BLOCKED"
    assert refused(await publish(graph))["code"] == "WRONG_STATE"


async def test_what_keeps_for_days_alone_needs_it(graph: Graph, db: Database) -> None:
    done(await require(graph, "sayur", "PIRT", today(), 7))  # bayam keeps for a day
    done(await require(graph, "buah", "PIRT", today(), 7))  # of kelapa nobody says how long
    await time_passes(db)
    assert [(await look(graph, each))["status"] for each in (BAYAM, KELAPA)] == ["PUBLISHED", "BLOCKED"]
    for keeps in (0, 366):
        variables: Any = {"category": "sayur", "kind": "PIRT", "from": str(today()), "keeps": keeps}
        assert await graph.code(REQUIRE, role="ops", **variables) == "BAD_USER_INPUT"
    assert refused(await require(graph, "gadget", "PIRT", today()))["code"] == "UNKNOWN_CATEGORY"
    update = """mutation($id: ID!, $input: ProductInput!) { answer: changeProduct(id: $id, input: $input) { problems { code licenceKind }
        product { status } } }"""
    said = {"name": "Kelapa muda", "category": "buah", "keepsForS": 86_400}
    short = await answered(graph, update, "merchant", "bu-sri", id=str(KELAPA), input=said)
    assert short == {"problems": [], "product": {"status": "PUBLISHED"}}  # it says so, and is for sale again
    refusal = await answered(graph, update, "merchant", "bu-sri", id=str(KELAPA), input=said | {"keepsForS": 700_000})
    assert refusal["problems"] == [{"code": "LICENCE_MISSING", "licenceKind": "PIRT"}]
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT keeps_for_s FROM product WHERE id = $1", KELAPA) == 86_400


async def test_reminded_twice_over_at_midnight_and_followed_by_another(graph: Graph, db: Database) -> None:
    done(await require(graph, "sayur", "HALAL", today()))
    made = await verified(graph, halal(BAYAM, ends=today() + timedelta(days=100)))
    assert (await look(graph))["status"] == "PUBLISHED"
    await pass_days(db, 30)
    assert await time_passes(db) == 0
    for _ in range(3):
        await pass_days(db, 20)  # the 90th
    assert [each for each in await licences_told(db) if each.startswith("due")] == ["due HALAL 60", "due HALAL 14"]
    await pass_days(db, 10)  # its last day
    assert (await look(graph, who=None))["status"] == "PUBLISHED"
    await pass_days(db, 1)
    assert (await licences_told(db))[-1] == "expired HALAL"
    assert (await look(graph))["status"] == "BLOCKED"
    assert refused(await decide(graph, REVOKE, made)) == {"code": "WRONG_STATE", "status": "EXPIRED"}
    await verified(graph, halal(BAYAM), key="fedcba9876543210")
    assert (await look(graph, who=None))["status"] == "PUBLISHED"


async def test_it_is_over_whether_or_not_somebody_has_looked(graph: Graph, db: Database) -> None:
    """The worker is away: what is shown, and what may be published, goes by the day."""
    done(await require(graph, "sayur", "HALAL", today()))
    await verified(graph, halal(BAYAM, ends=today()))
    done(await publish(graph, document=HIDE))
    async with transaction(db) as conn:
        await conn.execute("INSERT INTO clock_shift (shift) VALUES (interval '1 day')")
    assert refused(await publish(graph))["code"] == "LICENCE_MISSING"
    mine = (await look(graph))["licences"]
    assert mine == [{"kind": "HALAL", "status": "EXPIRED"}]
    assert await look(graph, who=None) is None


async def test_a_name_without_a_certificate_is_sold_by_its_sellers_word(graph: Graph, db: Database) -> None:
    async with transaction(db) as conn:
        await conn.execute("UPDATE product SET name = 'Coffee Wine' WHERE id = $1", BAYAM)
    refusal = refused(await submit(graph, halal(KELAPA, BAYAM)))
    assert (refusal["code"], refusal["licenceKind"]) == ("LICENCE_DOES_NOT_FIT", "HALAL")
    await verified(graph, halal(), key="fedcba9876543210")
    done(await require(graph, "sayur", "HALAL", today()))
    await time_passes(db)
    looked = await look(graph)
    assert (looked["status"], looked["halalStatus"]) == ("BLOCKED", "NOT_CERTIFIABLE_NAME")
    assert refused(await publish(graph))["status"] == "NOT_CERTIFIABLE_NAME"
    said = done(await answered(graph, DECLARE, "merchant", "bu-sri", id=str(BAYAM)))
    assert said == {"status": "PUBLISHED", "halalStatus": "NOT_CERTIFIABLE_NAME"}
    kelapa = done(await answered(graph, DECLARE, "merchant", "bu-sri", id=str(KELAPA)))
    assert kelapa["halalStatus"] == "NOT_HALAL"
    back = done(await answered(graph, DECLARE, "merchant", "bu-sri", id=str(BAYAM), declared=False))
    assert back["status"] == "BLOCKED"
    assert refused(await answered(graph, DECLARE, "merchant", "pak-min", id=str(BAYAM)))["code"] == "NOT_FOUND"
    async with db.acquire() as conn:
        assert (
            await conn.fetchval(
                "SELECT count(*) FROM not_halal_change WHERE subject = $1", str(PersonId.seeded("bu-sri"))
            )
            == 3
        )


async def test_all_of_a_large_kind_is_looked_at_in_lots(
    graph: Graph, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.catalog.commands.needs.LOT", 1)
    done(await require(graph, "buah", "NIB", today()))
    assert await time_passes(db) == 3  # two goods, and behind the last nothing
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT id FROM product WHERE status = 'BLOCKED' ORDER BY id")
        walked = await conn.fetchval("SELECT walked_to FROM category_requirement")
    assert ([ProductId(row["id"]) for row in rows], walked) == (sorted([KELAPA, KLENGKENG]), None)
    heard = [decode(GoodsBlocked, payload) for _, payload in await told(db, GoodsBlocked.type)]
    assert {each.merchant_id: each.owners for each in heard} == {
        SRI: [str(PersonId.seeded("bu-sri"))],
        MIN: [str(PersonId.seeded("pak-min"))],
    }
    assert {(each.kind, each.applies_from) for each in heard} == {("NIB", today())}


async def test_whoever_publishes_while_it_ends_is_not_left_on_sale(graph: Graph, db: Database) -> None:
    done(await require(graph, "sayur", "NIB", today()))
    for turn in range(5):
        made = await verified(graph, nib(), key=f"0123456789abcde{turn}")
        done(await publish(graph, document=HIDE))
        await asyncio.gather(publish(graph), decide(graph, REVOKE, made))
        assert (await look(graph))["status"] in ("BLOCKED", "HIDDEN")
