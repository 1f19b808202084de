"""Promotions on PostgreSQL: the last of them goes to one, what is cancelled comes back once, the books say who bore it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import pytest

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.delivery import DeliveryId
from services.kit.database.db import transaction
from services.ordering.commands import promotions as commands
from services.ordering.domain.ids import PromotionId
from services.ordering.domain.placing import CartHasChanged, PriceHasChanged
from services.ordering.domain.programme import (
    CodeIsTaken,
    PromotionInput,
    PromotionsAreTooMany,
    TermIsInvalid,
)
from services.ordering.domain.promotion import (
    Against,
    PromotionIsGone,
    PromotionKind,
    VoucherDoesNotApply,
)
from services.ordering.domain.refusal import Unknown, WrongState
from tests.worlds.ordering import (
    BUDI,
    PARTNER,
    RIDER,
    SITI,
    Market,
    a_key,
    a_merchant,
    a_product,
    assigned,
    fetched,
    handed_over,
    hold,
)
from tests.worlds.ordering_steps import cancel
from tests.worlds.promoting import (
    OFFICER,
    OWN,
    OWNER,
    REGENCY,
    a_promotion,
    an_order,
    move,
    sums,
    terms,
    use_code,
)

AMOUNT, FREE = PromotionKind.AMOUNT, PromotionKind.FREE_DELIVERY
REFUSED = (PromotionIsGone, PriceHasChanged, VoucherDoesNotApply)


async def together(world: Market, orders: dict[str, Any]) -> Counter[str]:
    """All placed at one moment: how many were, and how many were refused in words."""

    async def one(subject: str) -> str:
        try:
            await world.place(subject, orders[subject])
        except REFUSED as refused:
            return type(refused).__name__
        return "placed"

    return Counter(await asyncio.gather(*(one(subject) for subject in orders)))


async def test_of_three_vouchers_fifty_buyers_have_three_and_nobody_a_fourth(world: Market) -> None:
    promotion = await a_promotion(world, code="TIGASAJA", kind=AMOUNT, value=2_000, uses=3)
    buyers = [f"usr_buyer_{n}" for n in range(50)]
    orders = {subject: await an_order(world, subject, total=13_000, code="TIGASAJA") for subject in buyers}
    said = await together(world, orders)
    assert said["placed"] == 3, said
    assert sum(said.values()) == 50
    assert await sums(world, promotion) == (3, 6_000)
    assert await world.value("SELECT count(*) FROM orders WHERE discount_rupiah > 0") == 3
    # Who was refused has the cart as it was, with a voucher that says why it takes nothing off, and may order without it.
    left = [each for each in buyers if await world.value(
        "SELECT count(*) FROM cart_line l JOIN cart c ON c.id = l.cart_id JOIN buyer b ON b.id = c.buyer_id WHERE b.subject = $1", each
    )]  # fmt: skip
    assert len(left) == 47
    await world.place(left[0], await an_order(world, left[0], total=15_000))
    assert await sums(world, promotion) == (3, 6_000)


async def test_the_last_rupiah_of_a_budget_goes_to_one(world: Market) -> None:
    """2,500 for discounts of 500 that come by themselves: five buyers of twenty, or none too much whoever comes first."""
    promotion = await a_promotion(world, budget_rupiah=2_500)
    buyers = [f"usr_buyer_{n}" for n in range(20)]
    orders = {subject: await an_order(world, subject, total=14_500) for subject in buyers}
    assert (await together(world, orders))["placed"] == 5
    assert await sums(world, promotion) == (5, 2_500)
    assert await world.value("SELECT sum(discount_rupiah)::bigint FROM orders") == 2_500


async def test_what_is_left_of_a_budget_is_given_to_who_has_seen_it(world: Market) -> None:
    promotion = await a_promotion(world, budget_rupiah=700)
    await world.place(SITI, await an_order(world, total=14_500))
    with pytest.raises(PriceHasChanged) as refused:
        await world.place(BUDI, await an_order(world, BUDI, total=14_500))
    assert refused.value.total_rupiah == 14_800
    await world.place(BUDI, await an_order(world, BUDI, total=14_800))
    assert await sums(world, promotion) == (2, 700)
    await world.place("usr_third", await an_order(world, "usr_third", total=15_000))


async def test_one_buyer_with_two_orders_at_once_has_it_once(world: Market) -> None:
    promotion = await a_promotion(world, code="SEKALI1", kind=AMOUNT, value=1_000, per_buyer=1)
    wanted = await an_order(world, total=14_000, code="SEKALI1")
    results = await asyncio.gather(*(world.place(SITI, wanted, a_key()) for _ in range(5)), return_exceptions=True)
    assert sum(1 for each in results if not isinstance(each, BaseException)) == 1
    assert sum(1 for each in results if isinstance(each, CartHasChanged)) == 4
    assert await sums(world, promotion) == (1, 1_000)
    await world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    with pytest.raises(VoucherDoesNotApply) as refused:
        await use_code(world, "sekali-1")
    assert refused.value.why is Against.USED_BEFORE


async def test_a_cancelled_order_gives_back_its_use_and_its_money_once(world: Market) -> None:
    promotion = await a_promotion(
        world, code="KEMBALI", kind=AMOUNT, value=1_000, uses=1, per_buyer=1, budget_rupiah=1_000
    )
    order_id = await world.place(SITI, await an_order(world, total=14_000, code="KEMBALI"))
    assert await sums(world, promotion) == (1, 1_000)
    await cancel(world, order_id)
    await cancel(world, order_id)
    assert await sums(world, promotion) == (0, 0)
    again = await world.place(SITI, await an_order(world, total=14_000, code="KEMBALI"))
    assert await sums(world, promotion) == (1, 1_000)
    await hold(world, again)
    await cancel(world, order_id)
    assert await sums(world, promotion) == (1, 1_000)


async def test_who_calls_off_and_who_comes_at_once_leave_no_voucher_lost_and_none_twice(world: Market) -> None:
    promotion = await a_promotion(world, code="SATUSAJA", kind=AMOUNT, value=1_000, uses=1)
    first, subject = await world.place(SITI, await an_order(world, total=14_000, code="SATUSAJA")), SITI
    for n in range(5):
        coming = f"usr_next_{n}"
        wanted = await an_order(world, coming, total=14_000)
        # The voucher is in the cart from a time when there was one.
        await world.value("UPDATE cart SET voucher_id = $2 WHERE id = $1 RETURNING true", wanted.cart_id, promotion)
        results = await asyncio.gather(
            cancel(world, first, subject), world.place(coming, wanted), return_exceptions=True
        )
        assert results[0] is None, results
        if isinstance(results[1], BaseException):
            assert isinstance(results[1], REFUSED), results[1]
            first = await world.place(coming, wanted)
        else:
            first = results[1]
        subject = coming
        assert await sums(world, promotion) == (1, 1_000)


async def test_the_checker_of_the_last_voucher_sees_one_too_many(world: Market) -> None:
    """A negative control: without the database's own refusals the same crowd has more than there are."""
    owner = await asyncpg.connect(world.owner_url)
    try:
        await owner.execute("ALTER TABLE promotion DROP CONSTRAINT promotion_is_not_overspent")
        promotion = await a_promotion(world, code="TIGASAJA", kind=AMOUNT, value=2_000, uses=3)
        buyers = [f"usr_buyer_{n}" for n in range(20)]
        for _ in range(20):
            orders = {subject: await an_order(world, subject, total=13_000, code="TIGASAJA") for subject in buyers}
            await together(world, orders)
            if (await sums(world, promotion))[0] > 3:
                break
            await owner.execute("UPDATE promotion_use SET given_back_at = now() WHERE given_back_at IS NULL")
        assert (await sums(world, promotion))[0] > 3
    finally:
        await owner.execute("UPDATE promotion_use SET given_back_at = now() WHERE given_back_at IS NULL")
        await owner.execute(
            """ALTER TABLE promotion ADD CONSTRAINT promotion_is_not_overspent CHECK (used BETWEEN 0 AND coalesce(uses, used)
               AND spent_rupiah BETWEEN 0 AND coalesce(budget_rupiah, spent_rupiah))"""
        )
        await owner.close()


async def test_who_bears_it_pays_it_and_all_others_have_what_was_promised(world: Market) -> None:
    """20,000 of hers and 10,000 of the other's: she gives 2,000, the regency a tenth, the platform 5,000 of the trip."""
    await world.hear(a_merchant("kateki"), a_product("kelapa", "kateki"))
    await a_promotion(world, kind=AMOUNT, value=2_000, **OWN)
    await a_promotion(world, **REGENCY)
    await a_promotion(world, kind=FREE, value=0, cap_rupiah=5_000)
    await world.hear(a_merchant())
    wanted = await an_order(world, total=30_000, lines={"bayam": 8, "kelapa": 4}, merchants=("wlijo", "kateki"))
    assert wanted.total_rupiah == 20_000 - 2_000 - 2_000 + 10_000 - 1_000 + 10_000 - 5_000
    order_id = await world.place(SITI, wanted)
    assert await world.rows("SELECT goods_rupiah, discount_rupiah FROM seller_order ORDER BY goods_rupiah") == [
        {"goods_rupiah": 10_000, "discount_rupiah": 1_000},
        {"goods_rupiah": 20_000, "discount_rupiah": 4_000},
    ]
    await hold(world, order_id)
    trip = DeliveryId.new()
    await world.hear(
        assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip, 30_000)
    )
    books = {
        row["account"]: row["rupiah"]
        for row in await world.rows(
            """SELECT account, sum(rupiah)::bigint AS rupiah FROM (
                   SELECT credit_account AS account, amount_rupiah AS rupiah FROM ledger
                   UNION ALL SELECT debit_account, -amount_rupiah FROM ledger) b GROUP BY 1"""
        )
    }
    wlijo, kateki = MerchantId.seeded("wlijo"), MerchantId.seeded("kateki")
    assert books == {
        f"test:merchant:{wlijo}:payable": 18_000,
        f"test:merchant:{kateki}:payable": 10_000,
        f"test:rider:{RIDER}:payable": 7_000,
        f"test:partner:{PARTNER}:payable": 2_000,
        "test:platform:fees": 1_000,
        "test:regency:pasar-murah:budget": -3_000,
        "test:platform:promotions": -5_000,
        f"test:partner:{PARTNER}:cash": -30_000,
    }


async def test_first_orders_are_first_and_a_cancelled_one_was_none(world: Market) -> None:
    await a_promotion(world, kind=AMOUNT, value=3_000, first_order=True)
    first = await world.place(SITI, await an_order(world, total=12_000))
    with pytest.raises(PriceHasChanged):
        await world.place(SITI, await an_order(world, total=12_000))
    await cancel(world, first)
    await world.place(SITI, await an_order(world, total=12_000, lines={"bayam": 2}))


async def test_by_category_and_kecamatan(world: Market) -> None:
    await a_promotion(world, kind=AMOUNT, value=1_000, categories=["sayur"])
    await a_promotion(world, kind=AMOUNT, value=4_000, categories=["ikan-laut"])
    await a_promotion(world, kind=AMOUNT, value=3_000, kecamatan=["35.08.01"])
    await world.place(SITI, await an_order(world, total=14_000))


async def test_paused_and_ended_promotions_take_nothing_off(world: Market) -> None:
    promotion = await a_promotion(world)
    await move(world, promotion, PromotionInput.PAUSE)
    await world.place(SITI, await an_order(world, total=15_000))
    await move(world, promotion, PromotionInput.START)
    wanted = await an_order(world, BUDI, total=14_500)
    await move(world, promotion, PromotionInput.END)
    with pytest.raises(PriceHasChanged):
        await world.place(BUDI, wanted)
    await move(world, promotion, PromotionInput.END)
    with pytest.raises(WrongState):
        await move(world, promotion, PromotionInput.START)


async def test_only_its_maker_may_make_and_move_one(world: Market) -> None:
    own = await terms(world, **OWN)
    rival = commands.Maker("usr_kateki", programmes=False)
    for maker in (rival, OFFICER):
        with pytest.raises(Unknown):
            async with transaction(world.db) as conn:
                await commands.create(conn, maker, own, idempotency_key=a_key())
    promotion = await a_promotion(world, **OWN)
    programme = await a_promotion(world)
    for mine, maker in ((promotion, rival), (promotion, OFFICER), (programme, OWNER)):
        with pytest.raises(Unknown):
            await move(world, mine, PromotionInput.END, maker)
    with pytest.raises(Unknown):
        await move(world, PromotionId.new(), PromotionInput.END)


async def test_a_repeat_makes_one_and_a_code_is_one_promotions_at_a_time(world: Market) -> None:
    wanted = await terms(world, code="hemat-10")
    made = set()
    for _ in range(2):
        async with transaction(world.db) as conn:
            made.add(await commands.create(conn, OFFICER, wanted, idempotency_key="the-same-key-again"))
    assert len(made) == 1
    with pytest.raises(CodeIsTaken):
        await a_promotion(world, code="HEMAT 10", **OWN)
    await move(world, made.pop(), PromotionInput.END)
    await a_promotion(world, code="HEMAT10", **OWN)


async def test_no_more_are_open_than_may_be(world: Market) -> None:
    for _ in range(20):
        await a_promotion(world, **OWN)
    with pytest.raises(PromotionsAreTooMany):
        await a_promotion(world, **OWN)


async def test_terms_change_in_a_draft_alone(world: Market) -> None:
    async with transaction(world.db) as conn:
        promotion = await commands.create(conn, OFFICER, await terms(world), idempotency_key=a_key())
    async with transaction(world.db) as conn:
        await commands.change(conn, OFFICER, promotion, await terms(world, value=20))
    await move(world, promotion, PromotionInput.START)
    with pytest.raises(WrongState):
        async with transaction(world.db) as conn:
            await commands.change(conn, OFFICER, promotion, await terms(world, value=90))
    assert await world.value("SELECT value FROM promotion") == 20


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"value": 101}, "value"),
        ({"kind": AMOUNT, "value": 0}, "value"),
        ({"name_id": " "}, "nameId"),
        ({"budget_rupiah": None}, "budget"),
        ({"programme": "x"}, "programme"),
        ({"code": "ABC"}, "code"),
        ({"kecamatan": ["35.07.01"]}, "kecamatanCodes"),
        ({"categories": ["Sayur!"]}, "categories"),
        ({"minimum_rupiah": -1}, "minimum"),
        ({"uses": 0}, "uses"),
        ({**OWN, "kind": FREE, "value": 0}, "kind"),
        ({**OWN, "merchants": [MerchantId.seeded("kateki")]}, "merchantIds"),
    ],
)
async def test_terms_that_cannot_be_are_refused_by_name(world: Market, changed: dict[str, Any], field: str) -> None:
    before = await world.fingerprint()
    with pytest.raises(TermIsInvalid) as refused:
        await a_promotion(world, **changed)
    assert refused.value.field == field
    assert await world.fingerprint() == before


TRIED = {
    "terms of one that runs": ("UPDATE promotion SET value = 90", "promotion_terms_stay"),
    "one that ended begins anew": ("UPDATE promotion SET status = 'DRAFT'", "promotion_terms_stay"),
    "one use too many": ("UPDATE promotion SET used = uses + 1", "promotion_is_not_overspent"),
    "one rupiah too many": ("UPDATE promotion SET spent_rupiah = budget_rupiah + 1", "promotion_is_not_overspent"),
    "the same use again": ("INSERT INTO promotion_use SELECT * FROM promotion_use", None),
    "a use that becomes more": ("UPDATE promotion_use SET amount_rupiah = amount_rupiah + 1", "promotion_use_is_given_back_once"),
    "a discount above the goods": ("UPDATE orders SET discount_rupiah = goods_rupiah + 1", "orders_sum"),
    "a total that is not the sum": ("UPDATE orders SET discount_rupiah = discount_rupiah - 1", "orders_sum"),
    "a merchant's discount above its goods": ("UPDATE seller_order SET discount_rupiah = goods_rupiah + 1", "seller_order_discount"),
    "a rule of yesterday": (
        "INSERT INTO commission_rule VALUES (gen_random_uuid(), 1, wlijo_now(), NULL, NULL, 'x', 'x', wlijo_now())",
        "commission_rule_is_ahead",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "constraint"), TRIED.values(), ids=TRIED)
async def test_the_database_refuses_it(world: Market, statement: str, constraint: str | None) -> None:
    await a_promotion(world, uses=3)
    await world.place(SITI, await an_order(world, total=14_500))
    before = await world.fingerprint()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with transaction(world.db) as conn:
            await conn.execute(statement)
    assert constraint is None or refused.value.constraint_name == constraint
    assert await world.fingerprint() == before


async def test_a_rule_is_never_changed_or_taken_away(world: Market) -> None:
    for statement in ("UPDATE commission_rule SET permille = 1", "DELETE FROM commission_rule"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await world.value(statement)


async def test_the_order_of_the_release_before_is_written_as_ever(world: Market) -> None:
    """It knows none of the columns; what it writes has nothing taken off."""
    await world.place(SITI, await an_order(world, total=15_000))
    row = (await world.rows("SELECT discount_rupiah, delivery_discount_rupiah, total_rupiah FROM orders"))[0]
    assert row == {"discount_rupiah": 0, "delivery_discount_rupiah": 0, "total_rupiah": 15_000}
