"""Claims on PostgreSQL: who may do what, what the money does, what a timer does, and what the database refuses by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from services.contracts.claims import ClaimId, ClaimKind
from services.contracts.ordering import OrderId
from services.contracts.people import PersonErased, PersonId
from services.contracts.reasons import ReasonCode
from services.kit.database.db import Transaction, transaction
from services.kit.http.identity import Forbidden
from services.ordering import gauges
from services.ordering.commands import claims
from services.ordering.commands.claims import OpenClaim
from services.ordering.domain.claimable import ClaimIsLate, ClaimIsTooHigh, NotDelivered
from services.ordering.domain.refusal import Unknown, WrongState
from tests.worlds.claims import booked, claimed, delivered, line_of, the_claim
from tests.worlds.ordering import BUDI, PARTNER, SITI, Market, a_key, a_merchant, a_product, an_order
from tests.worlds.ordering_steps import fire

HOUR = 3_600
WLIJO = f"merchant:{a_merchant().merchant_id}:payable"


async def answered(world: Market, claim_id: ClaimId, amount: int, who: str = "usr_wlijo") -> None:
    async with transaction(world.db) as conn:
        await claims.answer_claim(conn, claim_id, who, amount_rupiah=amount, words="maaf")


async def told(world: Market) -> list[str]:
    rows = await world.rows("SELECT type FROM outbox WHERE type LIKE 'ordering.claim%' ORDER BY seq")
    return [row["type"].split(".")[1] for row in rows]


async def timers(world: Market) -> int:
    return int(await world.value("SELECT count(*) FROM timer WHERE kind = 'claim.due'"))


async def test_a_merchant_that_gives_in_owes_it_and_gives_it(world: Market) -> None:
    order_id = await delivered(world, test=False)
    claim_id = await claimed(world, await line_of(world, order_id))
    await answered(world, claim_id, 2_500)
    account = f"claim:{claim_id}:refundable"
    assert await booked(world) == [("CLAIM", WLIJO, account, 2_500)]
    async with transaction(world.db) as conn:
        await claims.claim_is_paid(conn, claim_id, "usr_wlijo", proof="tunai, putaran Senin")
    async with transaction(world.db) as conn:
        await claims.confirm_claim(conn, claim_id, SITI, received=True)
    assert await booked(world) == [("CLAIM", WLIJO, account, 2_500), ("CLAIM_SETTLED", account, WLIJO, 2_500)]
    assert (await the_claim(world, claim_id))["state"] == "SETTLED"
    assert await told(world) == ["claim_opened", "claim_answered", "claim_decided", "claim_paid", "claim_settled"]
    assert await timers(world) == 0
    steps = await world.rows(
        "SELECT input, actor_kind, actor FROM order_history WHERE order_id = $1 AND input LIKE 'CLAIM%' ORDER BY version",
        order_id,
    )
    assert [tuple(each.values()) for each in steps] == [
        ("CLAIM_OPENED", "BUYER", SITI),
        ("CLAIM_GRANTED", "MERCHANT", "usr_wlijo"),
        ("CLAIM_PAID", "MERCHANT", "usr_wlijo"),
        ("CLAIM_SETTLED", "BUYER", SITI),
    ]
    words = await world.rows("SELECT words FROM claim_history WHERE claim_id = $1 ORDER BY version", claim_id)
    assert [each["words"] for each in words] == ["layu semua", "maaf", "tunai, putaran Senin", None]


async def test_an_officer_decides_that_the_company_bears_it_and_ops_settle(world: Market) -> None:
    claim_id = await claimed(world, await line_of(world, await delivered(world, test=False)))
    await answered(world, claim_id, 0)
    async with transaction(world.db) as conn:
        await claims.escalate_claim(conn, claim_id, SITI, words="jatuh di jalan")
    async with transaction(world.db) as conn:
        await claims.decide_claim(
            conn, claim_id, "usr_officer", amount_rupiah=2_000, reason=ReasonCode.DAMAGED_IN_TRANSIT, words="tas pecah"
        )
    async with transaction(world.db) as conn:
        await claims.settle_claim(conn, claim_id, "usr_ops", proof="transfer 29/11")
    account = f"claim:{claim_id}:refundable"
    assert await booked(world) == [
        ("CLAIM", f"partner:{PARTNER}:payable", account, 2_000),
        ("CLAIM_SETTLED", account, "platform:refunds", 2_000),
    ]


async def test_saying_it_again_changes_nothing(world: Market) -> None:
    line = await line_of(world, await delivered(world))
    wanted, key = OpenClaim(line, ClaimKind.SHORT, 1, "kurang"), a_key()
    found = set()
    for _ in range(2):
        async with transaction(world.db) as conn:
            found.add(await claims.open_claim(conn, SITI, wanted, idempotency_key=key))
    (claim_id,) = found
    await answered(world, claim_id, 1_000)
    before = await world.rows("SELECT * FROM claim_history")
    await answered(world, claim_id, 1_000)
    assert await world.rows("SELECT * FROM claim_history") == before
    with pytest.raises(WrongState):
        await answered(world, claim_id, 900)


async def test_nobody_does_what_is_anothers(world: Market) -> None:
    claim_id = await claimed(world, await line_of(world, await delivered(world)))
    await world.hear(a_merchant("rival"))
    before = await world.rows("SELECT * FROM claim")
    tried: list[Callable[[Transaction], Awaitable[None]]] = [
        lambda conn: claims.answer_claim(conn, claim_id, "usr_rival", amount_rupiah=0, words="x"),
        lambda conn: claims.answer_claim(conn, claim_id, SITI, amount_rupiah=0, words="x"),
        lambda conn: claims.claim_is_paid(conn, claim_id, "usr_rival", proof="x"),
        lambda conn: claims.withdraw_claim(conn, claim_id, BUDI),
        lambda conn: claims.escalate_claim(conn, claim_id, BUDI, words="x"),
        lambda conn: claims.confirm_claim(conn, claim_id, "usr_wlijo", received=True),
        lambda conn: claims.agree_to_claim(conn, ClaimId.new(), SITI),
    ]
    for do in tried:
        with pytest.raises(Unknown):
            async with transaction(world.db) as conn:
                await do(conn)
    assert await world.rows("SELECT * FROM claim") == before
    with pytest.raises(Unknown):
        await claimed(
            world, await line_of(world, OrderId((await world.rows("SELECT id FROM orders"))[0]["id"])), who=BUDI
        )


async def test_who_claims_at_the_same_moment_gets_no_more_than_the_line_cost(world: Market) -> None:
    line = await line_of(world, await delivered(world))

    async def one() -> str:
        try:
            await claimed(world, line, quantity=2, amount=3_000)
        except ClaimIsTooHigh:
            return "refused"
        return "claimed"

    assert Counter(await asyncio.gather(*(one() for _ in range(5)))) == {"claimed": 1, "refused": 4}
    assert await world.value("SELECT sum(holds_rupiah)::bigint FROM claim") == 3_000


async def test_what_was_refused_leaves_room_for_another(world: Market) -> None:
    line = await line_of(world, await delivered(world))
    claim_id = await claimed(world, line, quantity=2)
    with pytest.raises(ClaimIsTooHigh):
        await claimed(world, line)
    async with transaction(world.db) as conn:
        await claims.withdraw_claim(conn, claim_id, SITI)
    await claimed(world, line, quantity=2)


async def test_time_and_state_are_asked(world: Market) -> None:
    await world.hear(a_product("batik", category="batik"), a_product("bayam"))
    early = await world.place(SITI, await an_order(world))
    with pytest.raises(NotDelivered):
        await claimed(world, await line_of(world, early))
    fresh = await line_of(world, await delivered(world))
    keeps = await line_of(world, await delivered(world, lines={"batik": 2}))
    await world.move_clock(25 * HOUR)
    with pytest.raises(ClaimIsLate):
        await claimed(world, fresh)
    await claimed(world, keeps)
    await world.move_clock(48 * HOUR)
    with pytest.raises(ClaimIsLate):
        await claimed(world, keeps)


async def test_a_merchant_that_is_silent_is_asked_no_longer_and_an_officer_is(world: Market) -> None:
    claim_id = await claimed(world, await line_of(world, await delivered(world)))
    await world.move_clock(24 * HOUR + 1)
    await fire(world)
    assert (await the_claim(world, claim_id))["state"] == "ESCALATED"
    await world.move_clock(72 * HOUR + 120)
    await fire(world)
    assert (await the_claim(world, claim_id))["state"] == "ESCALATED"
    assert await timers(world) == 1
    async with world.db.acquire() as conn:
        await gauges.look(conn)
    assert gauges.CLAIMS_OVERDUE.labels("ESCALATED")._value.get() == 1


@pytest.mark.parametrize(("offered", "state", "granted"), [(1_000, "GRANTED", 1_000), (0, "REFUSED", 0)])
async def test_an_answer_that_the_buyer_leaves_stands(world: Market, offered: int, state: str, granted: int) -> None:
    claim_id = await claimed(world, await line_of(world, await delivered(world)))
    await answered(world, claim_id, offered)
    await world.move_clock(72 * HOUR + 1)
    await fire(world)
    found = await the_claim(world, claim_id)
    assert (found["state"], found["granted_rupiah"]) == (state, granted)
    assert sum(each[3] for each in await booked(world)) == granted


async def test_what_a_merchant_says_that_it_paid_is_taken_as_had_after_a_week(world: Market) -> None:
    claim_id = await claimed(world, await line_of(world, await delivered(world)))
    await answered(world, claim_id, 2_500)
    async with transaction(world.db) as conn:
        await claims.claim_is_paid(conn, claim_id, "usr_wlijo", proof="tunai")
    await world.move_clock(7 * 24 * HOUR + 1)
    await fire(world)
    assert (await the_claim(world, claim_id))["state"] == "SETTLED"
    assert await world.value("SELECT actor_kind FROM claim_history ORDER BY version DESC LIMIT 1") == "TIMER"


async def test_a_timer_that_was_overtaken_waits_for_the_new_deadline(world: Market) -> None:
    claim_id = await claimed(world, await line_of(world, await delivered(world)))
    async with transaction(world.db) as conn:
        await claims.due(conn, claim_id.uuid)
    assert (await the_claim(world, claim_id))["state"] == "OPENED"
    async with transaction(world.db) as conn:
        await claims.due(conn, ClaimId.new().uuid)


async def test_words_of_a_person_go_with_them_and_the_accounts_stay(world: Market) -> None:
    person = PersonId.new()
    line = await line_of(world, await delivered(world, str(person)))
    claim_id = await claimed(world, line, who=str(person))
    await answered(world, claim_id, 2_500)
    await world.hear(PersonErased(person_id=person, erased_at=(await the_claim(world, claim_id))["opened_at"]))
    words = await world.rows("SELECT actor_kind, words FROM claim_history ORDER BY version")
    assert [tuple(each.values()) for each in words] == [("BUYER", None), ("MERCHANT", None)]
    assert len(await booked(world)) == 1
    with pytest.raises(Forbidden):
        await claimed(world, line, who=str(person))


TRIED = {
    "claims of more than the line": ("UPDATE claim SET asked_rupiah = 5001", "claims_within_line"),
    "more than was asked": (
        "UPDATE claim SET state = 'GRANTED', granted_rupiah = 2501, borne_by = 'MERCHANT', reason_code = 'LATE'",
        "claim_granted_of_what_was_asked",
    ),
    "granted by nobody": ("UPDATE claim SET state = 'GRANTED', granted_rupiah = 1", "claim_borne"),
    "settled by nobody": (
        "UPDATE claim SET state = 'SETTLED', due_at = NULL, granted_rupiah = 1, borne_by = 'MERCHANT', reason_code = 'LATE'",
        "claim_settled",
    ),
    "waiting without a deadline": ("UPDATE claim SET due_at = NULL", "claim_end"),
    "refused and given": (
        "UPDATE claim SET state = 'REFUSED', due_at = NULL, granted_rupiah = 1, borne_by = 'MERCHANT', reason_code = 'LATE'",
        "claim_refused",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "constraint"), TRIED.values(), ids=TRIED)
async def test_the_database_refuses_by_itself(world: Market, statement: str, constraint: str) -> None:
    await claimed(world, await line_of(world, await delivered(world)))
    async with world.db.acquire() as conn:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await conn.execute(statement)
    assert refused.value.constraint_name == constraint


async def test_what_has_ended_stays_and_history_is_never_written_over(world: Market) -> None:
    claim_id = await claimed(world, await line_of(world, await delivered(world)))
    async with transaction(world.db) as conn:
        await claims.withdraw_claim(conn, claim_id, SITI)
    async with world.db.acquire() as conn:
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute("UPDATE claim SET version = version")
        for statement in ("UPDATE claim_history SET at = at", "DELETE FROM claim_history"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)


async def test_two_claims_that_reach_the_database_at_once_are_summed_there(world: Market) -> None:
    """Past the lock of the order, which the command takes: the trigger alone."""
    order_id = await delivered(world)
    await claimed(world, await line_of(world, order_id), quantity=1, amount=100)
    insert = """INSERT INTO claim (id, order_id, seller_order_id, order_line_id, merchant_id, buyer_id, kind, state, quantity, asked_rupiah,
                    opened_at, due_at)
                SELECT gen_random_uuid(), order_id, seller_order_id, order_line_id, merchant_id, buyer_id, kind, 'OPENED', 1, 3000,
                    opened_at, now() FROM claim LIMIT 1"""

    async def one() -> bool:
        async with world.db.acquire() as conn:
            try:
                await conn.execute(insert)
            except asyncpg.CheckViolationError:
                return False
            return True

    assert sorted(await asyncio.gather(one(), one(), one())) == [False, False, True]
