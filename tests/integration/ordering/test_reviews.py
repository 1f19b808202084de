"""Reviews on PostgreSQL and in the graph: who may say what, what is shown, what is counted."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from services.contracts.catalog import ProductId
from services.contracts.claims import ReviewId
from services.contracts.people import PersonErased, PersonId
from services.kit.database.db import transaction
from services.ordering.commands import reviews
from services.ordering.domain.claimable import NotDelivered
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.review import AnsweredAlready, ReviewIsLate, StarsAreInvalid
from services.ordering.store import reviews as store
from tests.worlds.claims import delivered, line_of
from tests.worlds.ordering import BUDI, SITI, Market, a_merchant, an_order
from tests.worlds.ordering_site import Site

DAY = 86_400
BAYAM = ProductId.seeded("bayam")


async def reviewed(
    world: Market,
    line: OrderLineId,
    stars: int = 4,
    words: str | None = "segar",
    *,
    who: str = SITI,
    by_name: bool = False,
) -> ReviewId:
    async with transaction(world.db) as conn:
        return await reviews.review_goods(conn, who, line, stars=stars, words=words, by_name=by_name)


async def rating(world: Market) -> tuple[int, int] | None:
    async with world.db.acquire() as conn:
        found = (await store.ratings_of_products(conn, [BAYAM])).get(BAYAM)
    return (found.reviews, found.stars) if found else None


async def test_who_has_had_it_says_so_once_and_says_it_anew(world: Market) -> None:
    line = await line_of(world, await delivered(world))
    review_id = await reviewed(world, line)
    assert await reviewed(world, line) == review_id
    assert await reviewed(world, line, 2, None, by_name=True) == review_id
    (row,) = await world.rows("SELECT stars, words, initial, version, product_id FROM review")
    assert row == {"stars": 2, "words": None, "initial": "S", "version": 2, "product_id": BAYAM.uuid}
    assert await rating(world) == (1, 2)
    rows = await world.rows("SELECT input FROM review_history ORDER BY version")
    assert [each["input"] for each in rows] == ["POST", "EDIT"]
    assert [each for each in await world.told() if "review" in each] == ["ordering.review_changed.v1"] * 2
    await world.move_clock(30 * DAY)
    with pytest.raises(ReviewIsLate):
        await reviewed(world, line, 5)


async def test_who_has_not_had_it_says_nothing(world: Market) -> None:
    early = await line_of(world, await world.place(SITI, await an_order(world)))
    with pytest.raises(NotDelivered):
        await reviewed(world, early)
    line = await line_of(world, await delivered(world))
    with pytest.raises(Unknown):
        await reviewed(world, line, who=BUDI)
    for stars in (0, 6):
        with pytest.raises(StarsAreInvalid):
            await reviewed(world, line, stars)
    await world.move_clock(91 * DAY)
    with pytest.raises(ReviewIsLate):
        await reviewed(world, line)
    assert await world.value("SELECT count(*) FROM review") == 0


async def test_how_it_was_brought_is_said_apart_and_counts_for_no_goods(world: Market) -> None:
    order_id = await delivered(world)
    for stars in (1, 3):
        async with transaction(world.db) as conn:
            await reviews.review_delivery(conn, SITI, order_id, stars=stars, words=None)
    assert [tuple(each.values()) for each in await world.rows("SELECT kind, stars FROM review")] == [("DELIVERY", 3)]
    assert await world.value("SELECT partner_id IS NOT NULL FROM review")
    assert await rating(world) is None
    with pytest.raises(Unknown):
        async with transaction(world.db) as conn:
            await reviews.review_delivery(conn, BUDI, order_id, stars=3, words=None)


async def test_a_merchant_answers_once_and_no_other_does(world: Market) -> None:
    review_id = await reviewed(world, await line_of(world, await delivered(world)))
    await world.hear(a_merchant("rival"))
    for who in ("usr_rival", SITI):
        with pytest.raises(Unknown):
            async with transaction(world.db) as conn:
                await reviews.answer_review(conn, review_id, who, words="maaf")
    for _ in range(2):
        async with transaction(world.db) as conn:
            await reviews.answer_review(conn, review_id, "usr_wlijo", words="terima kasih")
    with pytest.raises(AnsweredAlready):
        async with transaction(world.db) as conn:
            await reviews.answer_review(conn, review_id, "usr_wlijo", words="lain")


async def test_what_an_officer_hides_is_seen_by_nobody_else_and_counts_for_nothing(world: Market, site: Site) -> None:
    line = await line_of(world, await delivered(world))
    review_id = await reviewed(world, line)
    for who in (BUDI, BUDI, "usr_wlijo"):
        async with transaction(world.db) as conn:
            await reviews.report_review(conn, review_id, who, why="kasar", of_merchant=who != BUDI)
    assert await world.value("SELECT count(*) FROM review_history WHERE input = 'REPORT'") == 2
    shown = await _shown(site)
    assert shown == {
        "rating": {"reviews": 1, "average": 4.0},
        "reviews": {"edges": [{"node": {"stars": 4, "byInitial": None}}]},
    }
    for _ in range(2):
        async with transaction(world.db) as conn:
            await reviews.moderate_review(conn, review_id, "usr_officer", shown=False, why="kasar")
    assert await _shown(site) == {"rating": None, "reviews": {"edges": []}}
    assert await world.value("SELECT reported_at FROM review") is None
    with pytest.raises(Unknown):
        async with transaction(world.db) as conn:
            await reviews.report_review(conn, review_id, "usr_x", why="x", of_merchant=False)
    async with transaction(world.db) as conn:
        await reviews.moderate_review(conn, review_id, "usr_officer", shown=True, why="keliru")
    assert (await _shown(site))["rating"]["reviews"] == 1
    rows = await world.rows("SELECT input, actor_kind, words FROM review_history ORDER BY version")
    assert [tuple(each.values()) for each in rows][-2:] == [
        ("HIDE", "OFFICER", "kasar"),
        ("SHOW", "OFFICER", "keliru"),
    ]


async def _shown(site: Site) -> Any:
    answer = await site.ask(
        """query($of: [_Any!]!) { _entities(representations: $of) { ... on Product {
             rating { reviews average } reviews(first: 5) { edges { node { stars byInitial } } } } } }""",
        None,
        of=[{"__typename": "Product", "id": str(BAYAM)}],
    )
    assert "errors" not in answer, answer
    (found,) = answer["data"]["_entities"]
    return found


async def test_words_of_a_person_go_with_them_and_the_stars_stay(world: Market) -> None:
    person = PersonId.new()
    line = await line_of(world, await delivered(world, str(person)))
    review_id = await reviewed(world, line, who=str(person), by_name=True)
    async with transaction(world.db) as conn:
        await reviews.answer_review(conn, review_id, "usr_wlijo", words="terima kasih")
    await world.hear(PersonErased(person_id=person, erased_at=await world.value("SELECT wlijo_now()")))
    (row,) = await world.rows("SELECT stars, words, initial, answer FROM review")
    assert row == {"stars": 4, "words": None, "initial": None, "answer": "terima kasih"}
    assert await world.value("SELECT words FROM review_history WHERE input = 'POST'") is None
    assert await rating(world) == (1, 4)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE review SET stars = 6",
        "UPDATE review SET product_id = NULL",
        "UPDATE review SET kind = 'DELIVERY'",
        "UPDATE review SET initial = 'Siti'",
        "DELETE FROM review_history",
    ],
)
async def test_the_database_refuses_by_itself(world: Market, statement: str) -> None:
    await reviewed(world, await line_of(world, await delivered(world)))
    async with world.db.acquire() as conn:
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError)):
            await conn.execute(statement)
