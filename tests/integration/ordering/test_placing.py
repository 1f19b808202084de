"""Placing an order on a real database: what it writes, what refuses it, what a repeat gets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.contracts.catalog import MerchantStatus, ProductStatus, VariantId
from services.contracts.ordering import OrderPlaced
from services.contracts.places import Closure
from services.kit.graphql.errors import KeyReused
from services.ordering.domain import placing
from services.ordering.domain.cart import CartIsEmpty, ProductIsUnavailable, QuantityInvalid
from services.ordering.domain.ids import CartId, ContactId
from services.ordering.domain.offer import MerchantIsClosed, MerchantIsSuspended
from services.ordering.domain.placing import IsBehind, PriceHasChanged
from services.ordering.domain.quote import QuoteIsExpired, QuoteIsInvalid, QuoteIsOutdated, QuoteIsUsed
from services.ordering.domain.refusal import Unknown
from tests.worlds.ordering import (
    BUDI,
    HOME,
    KILO,
    SITI,
    Market,
    a_key,
    a_merchant,
    a_product,
    a_variant,
    an_order,
    hours,
    seen_now,
)


async def test_an_order_is_placed_with_its_parts_its_timer_and_its_events(world: Market) -> None:
    wanted = await an_order(world)
    before = await world.value("SELECT version FROM cart WHERE id = $1", wanted.cart_id)
    order_id = await world.place(SITI, wanted)
    order = (await world.rows("SELECT * FROM orders"))[0]
    day = await world.value("SELECT to_char(wlijo_now() AT TIME ZONE 'Asia/Jakarta', 'YYMMDD')")
    assert order["id"] == order_id.uuid
    assert order["code"] == f"LMJ-{day}-0001"
    assert (order["status"], order["state"], order["version"], order["test"]) == ("PLACED", "AWAIT_STOCK", 1, True)
    assert (order["goods_rupiah"], order["delivery_rupiah"], order["total_rupiah"]) == (5_000, 10_000, 15_000)
    lines = await world.rows(
        """SELECT name, unit_label, unit_code, unit_kind, base_per_unit, step, min, quantity, price_rupiah, price_basis, total_rupiah
           FROM order_line"""
    )
    assert lines == [
        {
            "name": "bayam",
            "unit_label": "ikat",
            "unit_code": "ikat",
            "unit_kind": "COUNT",
            "base_per_unit": 1,
            "step": 1,
            "min": 1,
            "quantity": 2,
            "price_rupiah": 2_500,
            "price_basis": 1,
            "total_rupiah": 5_000,
        }
    ]
    payment = (await world.rows("SELECT method, amount_rupiah, status, collected_rupiah FROM payment"))[0]
    assert payment == {"method": "COD", "amount_rupiah": 15_000, "status": "DUE", "collected_rupiah": None}
    assert await world.rows("SELECT kind, subject FROM timer") == [
        {"kind": "order.stock_deadline", "subject": order_id.uuid}
    ]
    assert await world.told() == ["ordering.order_placed.v1", "ordering.cash_due.v1"]
    assert await world.value("SELECT count(*) FROM cart_line") == 0
    assert await world.value("SELECT version FROM cart WHERE id = $1", wanted.cart_id) == before + 1


async def test_what_is_told_of_an_order_holds_no_personal_data(world: Market) -> None:
    await world.place(SITI, await an_order(world))
    payload = bytes(await world.value("SELECT payload FROM outbox ORDER BY seq LIMIT 1"))
    told = msgspec.json.decode(payload)
    assert told["dropoff"] == {"lat": -8.132, "lng": 113.219}
    for text in (HOME.recipient, HOME.line, "+6281234500001", "81234500001", "113.2193"):
        assert text.encode() not in payload
    assert set(told) == set(OrderPlaced.__struct_fields__)


async def test_codes_count_within_a_day(world: Market) -> None:
    for _ in range(3):
        await world.place(SITI, await an_order(world))
    codes = [row["code"][-4:] for row in await world.rows("SELECT code FROM orders ORDER BY placed_at")]
    assert codes == ["0001", "0002", "0003"]


async def test_an_order_of_several_merchants_splits_exactly(world: Market) -> None:
    klengkeng = a_variant("klengkeng", unit=KILO, price_rupiah=36_115, price_basis=1000, gram_per_base=1.0)
    kelapa = a_variant("kelapa", price_rupiah=6_000, price_basis=2, gram_per_base=1_500.0)
    await world.hear(
        a_merchant("kateki"),
        a_product("klengkeng", "kateki", variants=[klengkeng]),
        a_product("kelapa", variants=[kelapa]),
    )
    goods = 45_144 + 9_000 + 5_000  # 1,250 g at 36,115 per kg is 45,143.75: half-up per line
    wanted = await an_order(
        world, lines={"bayam": 2, "klengkeng": 1_250, "kelapa": 3}, merchants=("wlijo", "kateki"), total=goods + 10_000
    )
    await world.place(SITI, wanted)
    parts = await world.rows("SELECT goods_rupiah FROM seller_order ORDER BY goods_rupiah")
    assert [row["goods_rupiah"] for row in parts] == [14_000, 45_144]
    assert await world.value("SELECT goods_rupiah FROM orders") == goods


async def _refused(world: Market, refusal: type[Exception], wanted: Any, subject: str = SITI) -> Any:
    before = await world.fingerprint()
    with pytest.raises(refusal) as caught:
        await world.place(subject, wanted)
    assert await world.fingerprint() == before
    return caught.value


async def test_an_empty_cart_is_refused(world: Market) -> None:
    wanted = await an_order(world)
    await world.place(SITI, wanted)
    again = replace(await seen_now(world, wanted), quote=await world.quote(SITI))
    await _refused(world, CartIsEmpty, again)


async def test_another_total_than_the_one_shown_is_refused_with_the_new_one(world: Market) -> None:
    wanted = await an_order(world)
    await world.hear(a_product(variants=[a_variant(price_rupiah=2_600)]))
    refusal = await _refused(world, PriceHasChanged, wanted)
    assert refusal.total_rupiah == 15_200


@pytest.mark.parametrize("total", [0, 14_999, 15_001])
async def test_a_total_that_is_not_exact_is_refused(world: Market, total: int) -> None:
    await _refused(world, PriceHasChanged, await an_order(world, total=total))


async def test_a_closed_merchant_is_refused_with_the_next_opening(world: Market) -> None:
    wanted = await an_order(world)
    hour = await world.value("SELECT extract(hour FROM wlijo_now() AT TIME ZONE 'Asia/Jakarta')::int")
    opens = (hour + 2) % 24
    await world.hear(a_merchant(always_open=False, hours=hours(f"{opens:02}:00", f"{opens:02}:30")))
    refusal = await _refused(world, MerchantIsClosed, wanted)
    assert refusal.opens_at is not None
    assert refusal.opens_at.hour == opens


async def test_a_merchant_that_is_shut_for_a_while_is_refused_with_its_end_and_sells_after_it(world: Market) -> None:
    wanted = await an_order(world)
    now = await world.value("SELECT wlijo_now()")
    shut = Closure(starts=now - timedelta(hours=1), ends=now + timedelta(hours=1))
    await world.hear(a_merchant(closures=[shut]))
    refusal = await _refused(world, MerchantIsClosed, wanted)
    assert refusal.opens_at == shut.ends
    await world.hear(a_merchant(closures=[Closure(starts=shut.starts, ends=now)]))
    await world.place(SITI, wanted)


@pytest.mark.parametrize("status", [each for each in MerchantStatus if each is not MerchantStatus.ACTIVE])
async def test_a_merchant_that_is_not_active_is_refused(world: Market, status: MerchantStatus) -> None:
    wanted = await an_order(world)
    await world.hear(a_merchant(status=status))
    await _refused(world, MerchantIsSuspended, wanted)


@pytest.mark.parametrize("status", [each for each in ProductStatus if each is not ProductStatus.PUBLISHED])
async def test_a_product_that_is_not_published_is_refused(world: Market, status: ProductStatus) -> None:
    wanted = await an_order(world)
    await world.hear(a_product(status=status))
    refusal = await _refused(world, ProductIsUnavailable, wanted)
    assert refusal.variant_id == VariantId.seeded("bayam")


async def test_a_variant_that_is_gone_is_refused(world: Market) -> None:
    wanted = await an_order(world)
    await world.hear(a_product(variants=[]))
    await _refused(world, ProductIsUnavailable, wanted)


async def test_a_quantity_that_no_longer_fits_the_unit_is_refused(world: Market) -> None:
    wanted = await an_order(world)
    await world.hear(a_product(variants=[a_variant(unit=msgspec.structs.replace(KILO, min=3, step=3))]))
    refusal = await _refused(world, QuantityInvalid, wanted)
    assert (refusal.minimum, refusal.step) == (3, 3)


@pytest.mark.parametrize(
    "quoted",
    [
        {"buyer": BUDI},
        {"dropoff": ""},
        {"fee": 9_999},
        {"rider_share": -1, "partner_share": 10_000},
        {"jti": ""},
        {"exp": "soon"},
        {"exp": 10**18},
        {"test": None},
        {"forged": True},
    ],
)
async def test_a_quote_that_does_not_fit_is_refused(world: Market, quoted: dict[str, Any]) -> None:
    await _refused(world, QuoteIsInvalid, await an_order(world, **quoted))


@pytest.mark.parametrize("quoted", [{"merchants": ()}, {"dropoff": "0" * 64}])
async def test_a_quote_for_another_cart_or_place_is_out_of_date(world: Market, quoted: dict[str, Any]) -> None:
    await _refused(world, QuoteIsOutdated, await an_order(world, **quoted))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "x" * 9_000])
async def test_a_text_that_is_no_quote_is_refused(world: Market, text: str) -> None:
    await _refused(world, QuoteIsInvalid, replace(await an_order(world), quote=text))


async def test_an_altered_quote_is_refused(world: Market) -> None:
    wanted = await an_order(world)
    head, body, signature = str(wanted.quote).split(".")
    other = (await world.quote(SITI, fee=0, rider_share=0, partner_share=0, platform_share=0)).split(".")[1]
    await _refused(world, QuoteIsInvalid, replace(wanted, quote=f"{head}.{other}.{signature}", total_rupiah=5_000))
    assert body != other


async def test_an_expired_quote_is_refused_by_the_databases_clock(world: Market) -> None:
    wanted = await an_order(world)
    await world.move_clock(601)
    await _refused(world, QuoteIsExpired, wanted)


async def test_a_quote_places_one_order_and_no_more(world: Market) -> None:
    wanted = await an_order(world)
    await world.place(SITI, wanted)
    await world.fill_cart(SITI, {VariantId.seeded("bayam"): 2})
    await _refused(world, QuoteIsUsed, await seen_now(world, wanted))


async def test_more_mass_than_quoted_is_refused(world: Market) -> None:
    refusal = await _refused(world, QuoteIsOutdated, await an_order(world, mass_limit_gram=499))
    assert str(refusal) == "the quote was made for at most 499 g, and these are 500 g"


async def test_somebody_elses_cart_and_contact_do_not_exist(world: Market) -> None:
    wanted = await an_order(world)
    await _refused(world, Unknown, replace(wanted, quote=await world.quote(BUDI)), BUDI)
    theirs = await world.contact(BUDI)
    await _refused(world, Unknown, replace(wanted, contact_id=theirs))
    await _refused(world, Unknown, replace(wanted, contact_id=ContactId.new()))
    await _refused(world, Unknown, replace(wanted, cart_id=CartId.new()))


async def test_nothing_is_taken_while_too_much_waits_to_be_told(world: Market) -> None:
    await world.place(SITI, await an_order(world))
    await world.move_clock(31)
    await _refused(world, IsBehind, await an_order(world))


async def test_nothing_is_taken_while_too_many_wait_to_be_told(world: Market) -> None:
    wanted = await an_order(world)
    await world.value(
        """INSERT INTO outbox (id, topic, aggregate, aggregateseq, key, type, stream, epoch, payload, created_at)
           SELECT gen_random_uuid(), 't', n::text, 1, 'k', 'x', 'facts', 1, '', wlijo_now() FROM generate_series(1, $1) n""",
        placing.MAX_PENDING_EVENTS,
    )
    order_id = await world.place(SITI, wanted)
    assert await world.value("SELECT id FROM orders") == order_id.uuid
    await _refused(world, IsBehind, await an_order(world))


async def test_a_repeat_gets_the_same_order_though_quote_and_cart_are_gone(world: Market) -> None:
    wanted, key = await an_order(world), a_key()
    order_id = await world.place(SITI, wanted, key)
    await world.move_clock(3_600)
    before = await world.fingerprint()
    assert await world.place(SITI, wanted, key) == order_id
    assert await world.fingerprint() == before


async def test_the_same_key_with_another_body_is_refused(world: Market) -> None:
    wanted, key = await an_order(world), a_key()
    await world.place(SITI, wanted, key)
    before = await world.fingerprint()
    with pytest.raises(KeyReused):
        await world.place(SITI, replace(wanted, total_rupiah=1), key)
    assert await world.fingerprint() == before


async def test_the_same_key_of_another_buyer_is_another_key(world: Market) -> None:
    key = a_key()
    first = await world.place(SITI, await an_order(world), key)
    second = await world.place(BUDI, await an_order(world, BUDI), key)
    assert first != second


async def test_a_refusal_is_not_remembered(world: Market) -> None:
    wanted, key = await an_order(world), a_key()
    await world.hear(a_product(status=ProductStatus.HIDDEN))
    with pytest.raises(ProductIsUnavailable):
        await world.place(SITI, wanted, key)
    await world.hear(a_product())
    order_id = await world.place(SITI, wanted, key)
    assert await world.value("SELECT id FROM orders") == order_id.uuid


async def test_twins_in_flight_get_one_order(world: Market) -> None:
    wanted, key = await an_order(world), a_key()
    answers = await asyncio.gather(*(world.place(SITI, wanted, key) for _ in range(5)))
    assert len(set(answers)) == 1
    assert await world.value("SELECT count(*) FROM orders") == 1
    assert await world.told() == ["ordering.order_placed.v1", "ordering.cash_due.v1"]


async def test_two_keys_and_two_quotes_over_one_cart_place_one_order(world: Market) -> None:
    wanted = await an_order(world)
    other = replace(wanted, quote=await world.quote(SITI))
    answers = await asyncio.gather(world.place(SITI, wanted), world.place(SITI, other), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["CartHasChanged", "OrderId"]
    assert await world.value("SELECT count(*) FROM orders") == 1
