"""Accounts on a real PostgreSQL: kept by the database, never overdrawn, whoever books at the same time; cash from hand to hand; payouts."""

from __future__ import annotations

import asyncio
from datetime import datetime

import asyncpg
import pytest

from services.contracts.cash import CashHandoverId, PayoutId, PayoutMethod
from services.contracts.delivery import DeliveryId, RiderExchanged, RiderId
from services.kit.database.db import transaction
from services.ordering.commands import cash, payouts
from services.ordering.commands.payouts import NewPayout
from services.ordering.domain.books import (
    AmountIsWrong,
    MoreThanThereIs,
    NotForThisPayee,
    OpenHandoversAtLimit,
    OwnWord,
    Parties,
)
from services.ordering.domain.refusal import Refused, Unknown, WrongState
from services.ordering.store import books, withholding
from services.ordering.store.reading import Viewer
from tests.worlds.books import (
    AYU,
    CARRYING,
    COMPANY_CASH,
    LINA,
    PAYABLE,
    PETUGAS,
    SRI,
    STAFF,
    TONO,
    WLIJO,
    balance,
    crew,
    crewed,
    in_order,
    paid_in_cash,
    rides,
    said,
)
from tests.worlds.ordering import PARTNER, RIDER, RIVAL, Market, a_key, assigned, fetched, handed_over, hold, placed

OF_RIDER = Parties(PARTNER, rider_id=RIDER)
OF_COMPANY = Parties(PARTNER)
TO_MERCHANT = Parties(PARTNER, merchant_id=WLIJO)


async def state(world: Market, who: str, parties: Parties, amount: int, key: str | None = None) -> CashHandoverId:
    viewer = STAFF if who == PETUGAS else Viewer(who)
    async with transaction(world.db) as conn:
        return await cash.state_handover(conn, viewer, parties, amount, idempotency_key=key or a_key(), test=False)


async def confirm(world: Market, who: str, id: CashHandoverId) -> None:
    async with transaction(world.db) as conn:
        await cash.confirm_handover(conn, STAFF if who == PETUGAS else Viewer(who), id)


async def dispute(world: Market, who: str, id: CashHandoverId, counted: int) -> None:
    async with transaction(world.db) as conn:
        await cash.dispute_handover(conn, Viewer(who), id, counted_rupiah=counted, reason="kurang")


async def settle(world: Market, id: CashHandoverId, amount: int, viewer: Viewer = STAFF) -> None:
    async with transaction(world.db) as conn:
        await cash.settle_handover(conn, viewer, id, amount_rupiah=amount, reason="dihitung bersama")


async def pay(world: Market, amount: int, payee: object = WLIJO, method: PayoutMethod = PayoutMethod.BANK) -> PayoutId:
    wanted = NewPayout(payee, method, amount, "TRF-1", None)  # type: ignore[arg-type]  # any of the three
    async with transaction(world.db) as conn:
        return await payouts.record(conn, PETUGAS, wanted, idempotency_key=a_key(), test=False)


async def take_back(world: Market, id: PayoutId) -> None:
    async with transaction(world.db) as conn:
        await payouts.take_back(conn, PETUGAS, id, "salah rekening")


async def test_cash_goes_from_the_door_to_the_seller_and_each_hand_is_seen(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    assert await balance(world, CARRYING) == await balance(world, COMPANY_CASH) == 15_000
    given = await state(world, TONO, OF_RIDER, 15_000)
    assert await balance(world, CARRYING) == 15_000  # one side's word moves nothing
    await confirm(world, AYU, given)
    await confirm(world, AYU, given)  # said again, and booked once
    assert await balance(world, CARRYING) == 0
    await confirm(world, SRI, await state(world, AYU, TO_MERCHANT, 5_000))
    assert await balance(world, PAYABLE) == 0
    await confirm(world, LINA, await state(world, PETUGAS, OF_COMPANY, 8_000))
    await pay(world, 2_000, PARTNER, PayoutMethod.KEPT)
    assert await balance(world, COMPANY_CASH) == 0
    assert [each for each in await world.told() if "cash_handed" in each or "payout" in each] == [
        "ordering.cash_handed_over.v1",
        "ordering.cash_handed_over.v1",
        "ordering.cash_handed_over.v1",
        "ordering.payout_sent.v1",
    ]
    await in_order(world)


async def test_who_took_a_trip_over_carries_its_cash(world: Market) -> None:
    other = RiderId.seeded("another")
    await crewed(world)
    await world.hear(rides("per_eko", other))
    order_id, trip = await placed(world, test=False), DeliveryId.new()
    await hold(world, order_id)
    await world.hear(
        assigned(order_id, trip),
        fetched(order_id, trip),
        RiderExchanged(delivery_id=trip, order_id=order_id, partner_id=PARTNER, rider_id=other, was_rider_id=RIDER),
    )
    await world.hear(await handed_over(world, order_id, trip, cash=15_000))
    assert (await balance(world, CARRYING), await balance(world, f"rider:{other}:carrying")) == (0, 15_000)
    await in_order(world)


async def test_a_company_gives_no_cash_that_its_riders_carry(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    with pytest.raises(MoreThanThereIs) as refused:
        await state(world, AYU, TO_MERCHANT, 5_000)
    assert refused.value.limit_rupiah == 0


async def test_of_who_signs_in_nowhere_or_speaks_for_the_company_the_company_has_it_at_once(world: Market) -> None:
    await world.hear(crew(AYU), rides(None))
    await paid_in_cash(world)
    await world.hear(rides(AYU))
    await paid_in_cash(world)
    assert await balance(world, CARRYING) == 0
    assert await balance(world, COMPANY_CASH) == 30_000
    await confirm(world, PETUGAS, await state(world, AYU, OF_COMPANY, 30_000))
    await in_order(world)


async def test_who_has_said_it_does_not_confirm_it_and_others_know_of_nothing(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    given = await state(world, TONO, OF_RIDER, 9_000)
    for who in (TONO,):
        with pytest.raises(OwnWord):
            await confirm(world, who, given)
    for who in (SRI, "usr_siti", PETUGAS):
        with pytest.raises(Unknown):
            await confirm(world, who, given)
        with pytest.raises(Unknown):
            await state(world, who, OF_RIDER, 1)
    taken = await state(world, AYU, OF_RIDER, 1_000)
    with pytest.raises(OwnWord):
        await confirm(world, LINA, taken)  # of the same side
    with pytest.raises(Unknown):
        await settle(world, taken, 1_000, Viewer(LINA))
    with pytest.raises(Unknown):
        await state(world, LINA, Parties(RIVAL, rider_id=RIDER), 1)
    await confirm(world, TONO, taken)
    await in_order(world)


async def test_a_dispute_is_settled_by_staff_of_neither_side_and_booked_as_they_found_it(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    given = await state(world, TONO, OF_RIDER, 15_000)
    await dispute(world, AYU, given, 14_000)
    await dispute(world, AYU, given, 14_000)
    with pytest.raises(WrongState):
        await confirm(world, LINA, given)
    with pytest.raises(OwnWord):
        await settle(world, given, 14_000, Viewer(LINA, sees_all=True))
    await settle(world, given, 14_000)
    await settle(world, given, 14_000)
    assert await balance(world, CARRYING) == 1_000  # the rider still owes it
    assert (await world.told()).count("ordering.cash_disputed.v1") == 1
    with pytest.raises(WrongState):
        async with transaction(world.db) as conn:
            await cash.withdraw_handover(conn, Viewer(TONO), given)
    await in_order(world)


async def test_what_was_withdrawn_can_be_said_anew(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    wrong = await state(world, TONO, OF_RIDER, 15_000)
    with pytest.raises(MoreThanThereIs):
        await state(world, TONO, OF_RIDER, 1)  # all of it waits for an answer
    for _ in range(2):
        async with transaction(world.db) as conn:
            await cash.withdraw_handover(conn, Viewer(TONO), wrong)
    with pytest.raises(WrongState):
        await confirm(world, AYU, wrong)
    await confirm(world, AYU, await state(world, TONO, OF_RIDER, 12_000))
    assert await balance(world, CARRYING) == 3_000


async def test_sums_that_are_none_and_too_many_at_once_are_refused(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    for amount in (0, 1_000_000_001):
        with pytest.raises(AmountIsWrong):
            await state(world, TONO, OF_RIDER, amount)
        with pytest.raises(AmountIsWrong):
            await pay(world, amount)
    key = a_key()
    assert await state(world, TONO, OF_RIDER, 10, key) == await state(world, TONO, OF_RIDER, 10, key)
    for _ in range(19):
        await state(world, TONO, OF_RIDER, 10)
    with pytest.raises(OpenHandoversAtLimit):
        await state(world, TONO, OF_RIDER, 10)


async def test_two_who_state_and_two_who_confirm_at_once_book_it_once(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    found = await asyncio.gather(
        *(state(world, who, OF_RIDER, 9_000) for who in (TONO, AYU, LINA)), return_exceptions=True
    )
    assert [type(each) for each in found].count(MoreThanThereIs) == 2
    (made,) = [each for each in found if isinstance(each, CashHandoverId)]
    other = AYU if await world.value("SELECT stated_side FROM cash_handover") == "GIVER" else TONO
    await asyncio.gather(*(confirm(world, other, made) for _ in range(4)))
    assert await balance(world, CARRYING) == 6_000
    await in_order(world)


async def test_nobody_is_paid_more_than_they_are_owed_however_many_pay_at_once(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    found = await asyncio.gather(*(pay(world, 3_000) for _ in range(5)), return_exceptions=True)
    assert [each for each in found if isinstance(each, BaseException) and not isinstance(each, MoreThanThereIs)] == []
    assert len([each for each in found if isinstance(each, PayoutId)]) == 1
    assert await balance(world, PAYABLE) == -2_000
    assert await world.value("SELECT count(*) FROM payout") == 1  # the others left nothing
    await in_order(world)


async def test_a_payout_is_taken_back_once_and_owed_again(world: Market) -> None:
    await paid_in_cash(world)
    paid = await pay(world, 5_000)
    with pytest.raises(MoreThanThereIs) as refused:
        await pay(world, 1)
    assert refused.value.limit_rupiah == 0
    await asyncio.gather(*(take_back(world, paid) for _ in range(3)))
    assert await balance(world, PAYABLE) == -5_000
    assert (await world.told()).count("ordering.payout_reversed.v1") == 1
    await pay(world, 5_000)
    with pytest.raises(Unknown):
        await take_back(world, PayoutId.new())
    with pytest.raises(NotForThisPayee):
        await pay(world, 1, method=PayoutMethod.KEPT)
    with pytest.raises(Unknown):
        await pay(world, 1, RiderId.new())
    await in_order(world)


async def test_the_payee_says_that_it_came(world: Market) -> None:
    await paid_in_cash(world)
    paid = await pay(world, 5_000)
    for _ in range(2):
        async with transaction(world.db) as conn:
            await payouts.receive(conn, SRI, paid)
    assert await world.value("SELECT received_by FROM payout") == SRI
    with pytest.raises(Unknown):
        async with transaction(world.db) as conn:
            await payouts.receive(conn, AYU, paid)


async def test_a_rider_who_carries_too_much_is_told_of_once_until_they_are_below(world: Market) -> None:
    await crewed(world)
    async with transaction(world.db) as conn:
        await cash.set_limit(conn, Viewer(AYU), PARTNER, 20_000)
    with pytest.raises(Unknown):
        async with transaction(world.db) as conn:
            await cash.set_limit(conn, Viewer(TONO), PARTNER, 1)
    told = [0]
    for _ in range(3):
        await paid_in_cash(world)
        told.append((await world.told()).count("ordering.cash_limit_exceeded.v1"))
    await confirm(world, AYU, await state(world, TONO, OF_RIDER, 40_000))
    await paid_in_cash(world)
    told.append((await world.told()).count("ordering.cash_limit_exceeded.v1"))
    assert told == [0, 0, 1, 1, 1]
    await paid_in_cash(world)
    assert (await world.told()).count("ordering.cash_limit_exceeded.v1") == 2


async def test_pph_22_is_withheld_by_its_rule_and_not_of_who_has_declared(world: Market) -> None:
    await paid_in_cash(world)
    async with transaction(world.db) as conn:
        assert await withholding.add_rule(conn, await _soon(world, 10), 5, "PMK 37/2025", "ops")
        assert not await withholding.add_rule(conn, await _soon(world, -60), 5, "PMK 37/2025", "ops")
    assert await balance(world, "tax:pph22") == 0
    await world.move_clock(20)
    await paid_in_cash(world)
    assert await balance(world, "tax:pph22") == -25
    assert await balance(world, PAYABLE) == -10_000 + 25
    year = await world.value("SELECT extract(year FROM wlijo_now() AT TIME ZONE 'Asia/Jakarta')::int")
    await _declared(world, year, True)
    await _declared(world, year, True)
    await paid_in_cash(world)
    assert await balance(world, "tax:pph22") == -25
    await _declared(world, year, False)
    await paid_in_cash(world)
    assert await balance(world, "tax:pph22") == -50
    assert await world.rows("SELECT DISTINCT rule FROM ledger WHERE kind = 'PPH22'") == [
        {"rule": "PMK 37/2025: 5/1000"}
    ]
    with pytest.raises(Refused):
        await _declared(world, year + 2, True)
    with pytest.raises(Unknown):
        await _declared(world, year + 1, False)
    await in_order(world)


async def _soon(world: Market, seconds: int) -> datetime:
    found: datetime = await world.value("SELECT wlijo_now() + make_interval(secs => $1::int)", seconds)
    return found


async def _declared(world: Market, year: int, holds: bool) -> None:
    async with transaction(world.db) as conn:
        await payouts.state_tax(conn, PETUGAS, WLIJO, year, exempt=holds, note="surat pernyataan")


TRIED = {
    "a balance that somebody writes": ("UPDATE account_balance SET balance_rupiah = 0", None),
    "a transfer of no order and no posting": (
        "INSERT INTO ledger (kind, debit_account, credit_account, amount_rupiah, at) VALUES ('GOODS', 'a', 'b', 1, now())",
        "ledger_is_of_one",
    ),
    "a transfer of a posting that is none": (
        """INSERT INTO ledger (posting_id, kind, debit_account, credit_account, amount_rupiah, at)
           VALUES (gen_random_uuid(), 'PAYOUT', 'a', 'b', 1, now())""",
        "ledger_cause",
    ),
    "another sum than was paid": (
        """INSERT INTO ledger (posting_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT id, 'PAYOUT', 'a', 'b', amount_rupiah + 1, recorded_at FROM payout""",
        "ledger_cause",
    ),
    "a payout booked twice": (
        """INSERT INTO ledger (posting_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT posting_id, kind, debit_account, credit_account, amount_rupiah, at FROM ledger WHERE kind = 'PAYOUT'""",
        "ledger_posting",
    ),
    "a payout of another sum": ("UPDATE payout SET amount_rupiah = amount_rupiah + 1", "payout_stays"),
    "cash confirmed by who has said it": (
        "UPDATE cash_handover SET state = 'CONFIRMED', ended_by = stated_by, ended_at = now() WHERE state = 'STATED'",
        "cash_handover_of_two",
    ),
    "cash confirmed by nobody": ("UPDATE cash_handover SET state = 'CONFIRMED' WHERE state = 'STATED'", "cash_handover_end"),
    "cash that was confirmed, and is not": (
        "UPDATE cash_handover SET state = 'WITHDRAWN' WHERE state = 'CONFIRMED'", "cash_handover_stays"
    ),
    "cash that the rider does not carry": (
        """WITH said AS (UPDATE cash_handover SET state = 'CONFIRMED', ended_by = 'x', ended_at = now(), amount_rupiah = 20000
                         WHERE state = 'STATED' RETURNING *)
           INSERT INTO ledger (posting_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT id, 'CASH_HANDOVER', 'elsewhere', 'rider:' || $1 || ':carrying', amount_rupiah, ended_at FROM said""",
        "ledger_covers",
    ),
    "a hand-over from nobody": ("UPDATE cash_handover SET rider_id = NULL WHERE state = 'STATED'", "cash_handover_leg"),
    "a history that is dropped": ("DELETE FROM cash_handover", None),
    "a payout that is dropped": ("DELETE FROM payout", None),
    "a rule written anew": ("UPDATE withholding_rule SET permille = 0", None),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "constraint"), TRIED.values(), ids=TRIED)
async def test_the_database_refuses_it_by_itself(world: Market, statement: str, constraint: str | None) -> None:
    await crewed(world)
    await paid_in_cash(world)
    await pay(world, 1_000)
    await confirm(world, AYU, await state(world, TONO, OF_RIDER, 1_000))
    await state(world, TONO, OF_RIDER, 1_000)
    before = await world.fingerprint()
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)) as refused:
        await said(world, statement, *([str(RIDER)] if "$1" in statement else []))
    assert constraint is None or refused.value.constraint_name == constraint
    assert await world.fingerprint() == before


async def test_a_balance_that_is_not_its_sum_is_found(world: Market) -> None:
    """The control of `drift`."""
    await paid_in_cash(world)
    await in_order(world)
    owner = await asyncpg.connect(world.owner_url)
    await owner.execute("UPDATE account_balance SET balance_rupiah = balance_rupiah + 1 WHERE account = $1", PAYABLE)
    await owner.close()
    async with world.db.acquire() as conn:
        assert await books.drift(conn) == [books.Drift(PAYABLE, -4_999, -5_000)]


async def test_orders_that_end_at_once_move_one_platform_in_slices(world: Market) -> None:
    trips = []
    for _ in range(12):
        order_id, trip = await placed(world, test=False), DeliveryId.new()
        await hold(world, order_id)
        await world.hear(assigned(order_id, trip), fetched(order_id, trip))
        trips.append(await handed_over(world, order_id, trip))
    await asyncio.gather(*(world.hear(each) for each in trips))
    assert await balance(world, "platform:fees") == -12_000
    assert await world.value("SELECT count(*) FROM account_balance WHERE account = $1", COMPANY_CASH) == 1
    await in_order(world)
