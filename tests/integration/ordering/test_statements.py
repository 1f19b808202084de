"""Statements and the cash of a day on a real PostgreSQL: what is read is what the ledger says, to the rupiah."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from services.contracts.cash import PayoutMethod
from services.contracts.catalog import MerchantKind
from services.contracts.ordering import HandoverWay, SellerOrderId
from services.contracts.roles import Role
from services.kit.database.db import transaction
from services.kit.http.identity import Identity
from services.ordering.app import SERVICE
from services.ordering.commands import handovers
from services.ordering.domain.statement import Line, Statement, period
from services.ordering.store import reconciling, statements
from tests.integration.ordering.test_books import OF_COMPANY, OF_RIDER, confirm, pay, state, take_back
from tests.worlds.books import (
    AYU,
    LINA,
    PAYABLE,
    PETUGAS,
    SRI,
    TONO,
    WLIJO,
    balance,
    crewed,
    in_order,
    paid_in_cash,
)
from tests.worlds.handing_over import code_of, placed_for, shown
from tests.worlds.ordering import PARTNER, RIDER, Market, a_merchant, buyer, merchant

ACCOUNTS = (PAYABLE, f"merchant:{WLIJO}:cash")


async def today(world: Market) -> date:
    found: date = await world.value("SELECT (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date")
    return found


async def statement(world: Market, first: date, last: date) -> tuple[Statement, list[Line]]:
    """With all its lines, read by pages of two; asserts that they lead from the opening to the closing."""
    lines: list[Line] = []
    async with world.db.acquire() as conn:
        found = await statements.statement(conn, WLIJO, ACCOUNTS, period(first, last))
        after = None
        while page := await statements.lines(conn, WLIJO, ACCOUNTS, found, after, 2):
            lines += page
            after = statements.After(page[-1].at, page[-1].number)
    assert len(lines) == found.lines
    running = found.opening
    for each in lines:
        running += each.sums.change
        assert each.balance == running
    assert running == found.closing
    return found, lines


async def test_a_statement_leads_from_the_opening_to_the_closing(world: Market) -> None:
    now = await today(world)
    await crewed(world)
    order_id = await paid_in_cash(world)
    code = await world.value("SELECT code FROM orders WHERE id = $1", order_id)
    paid = await pay(world, 2_000)
    await take_back(world, paid)
    await pay(world, 1_500)
    found, lines = await statement(world, now, now + timedelta(days=1))
    assert (found.opening, found.closing) == (0, 3_500)
    assert [(each.kind.value, each.order_code, each.reference, each.sums.change) for each in lines] == [
        ("ORDER", code, None, 5_000),
        ("PAYOUT", None, "TRF-1", -2_000),
        ("PAYOUT_REVERSED", None, "TRF-1", 2_000),
        ("PAYOUT", None, "TRF-1", -1_500),
    ]
    assert lines[0].sums.earned == 5_000
    assert found.sums.paid == -1_500
    before, none = await statement(world, now - timedelta(days=9), now - timedelta(days=1))
    assert (before.opening, before.closing, none) == (0, 0, [])
    after, none = await statement(world, now + timedelta(days=2), now + timedelta(days=2))
    assert (after.opening, after.closing, none) == (3_500, 3_500, [])


async def test_what_was_sold_before_commission_is_shown_with_it(world: Market) -> None:
    """Commission is none by today's rule; a statement does not rest on that."""
    now = await today(world)
    order_id = await paid_in_cash(world)
    owner = await asyncpg.connect(world.owner_url)
    await owner.execute("UPDATE seller_order SET commission_rupiah = 400 WHERE order_id = $1", order_id)
    await owner.close()
    found, (line,) = await statement(world, now, now + timedelta(days=1))
    assert (line.sums.earned, line.sums.commission, line.sums.change) == (5_400, -400, 5_000)
    assert found.closing == -await balance(world, PAYABLE)


async def test_a_commission_that_the_buyers_cash_did_not_hold_is_a_commission_all_the_same(world: Market) -> None:
    """The regency gave all of the goods but Rp100, of which the commission is more."""
    now = await today(world)
    order_id = await paid_in_cash(world)
    async with asyncpg.create_pool(world.owner_url, min_size=1, max_size=1) as owner:
        await owner.execute("UPDATE seller_order SET commission_rupiah = 400 WHERE order_id = $1", order_id)
        await owner.execute("UPDATE ledger SET amount_rupiah = 4900, kind = 'DISCOUNT' WHERE kind = 'GOODS'")
        await owner.execute(
            """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
               SELECT order_id, 'COMMISSION', credit_account, 'platform:commission', 300, at FROM ledger WHERE kind = 'DISCOUNT'"""
        )
    _, (line,) = await statement(world, now, now + timedelta(days=1))
    assert (line.sums.earned, line.sums.discount, line.sums.commission, line.sums.other) == (100, 4_900, -400, 0)


async def test_a_trip_in_vain_that_its_merchant_pays_for_is_no_sale(world: Market) -> None:
    now = await today(world)
    order_id = await paid_in_cash(world)
    async with asyncpg.create_pool(world.owner_url, min_size=1, max_size=1) as owner:
        await owner.execute(
            """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
               SELECT $1, 'FAILED_TRIP', $2, 'rider:x:payable', 7000, at FROM ledger WHERE kind = 'GOODS'""",
            order_id,
            PAYABLE,
        )
    _, (line,) = await statement(world, now, now + timedelta(days=1))
    assert (line.sums.earned, line.sums.other, line.sums.change) == (5_000, -7_000, -2_000)


async def test_the_whole_at_once_is_its_pages(world: Market) -> None:
    now = await today(world)
    await crewed(world)
    for _ in range(3):
        await paid_in_cash(world)
    await pay(world, 2_000)
    for first, last in ((now, now + timedelta(days=1)), (now + timedelta(days=2), now + timedelta(days=3))):
        wanted = await statement(world, first, last)
        async with world.db.acquire() as conn:
            assert await statements.whole(conn, WLIJO, ACCOUNTS, period(first, last)) == wanted


async def test_what_a_merchant_took_at_its_counter_is_not_owed_to_it(world: Market) -> None:
    now = await today(world)
    await world.hear(a_merchant(kind=MerchantKind.FIXED_STALL))
    order_id = await placed_for(world, (await shown(world, HandoverWay.PICKUP))[-1])

    part = SellerOrderId(await world.value("SELECT id FROM seller_order"))
    async with transaction(world.db) as conn:
        assert not await handovers.hand_over(conn, part, SRI, code=await code_of(world, order_id), sees_all=False)
    mark = "test:" if await world.value("SELECT test FROM orders") else ""
    accounts = tuple(f"{mark}{each}" for each in ACCOUNTS)
    async with world.db.acquire() as conn:
        found = await statements.statement(conn, WLIJO, accounts, period(now, now + timedelta(days=1)))
    assert (found.sums.earned, found.sums.counter, found.closing, found.lines) == (5_000, -5_000, 0, 1)
    await in_order(world)


async def test_a_day_of_a_company_is_what_the_ledger_says(world: Market) -> None:
    now = await today(world)
    await crewed(world)
    for cash in (15_000, 14_000, 15_600):
        await paid_in_cash(world, cash)
    await confirm(world, AYU, await state(world, TONO, OF_RIDER, 30_000))
    await confirm(world, PETUGAS, await state(world, LINA, OF_COMPANY, 20_000))
    paid = await pay(world, 3_000, PARTNER, PayoutMethod.KEPT)
    await pay(world, 1_000, PARTNER, PayoutMethod.KEPT)
    await take_back(world, paid)
    async with world.db.acquire() as conn:
        found = await reconciling.day(conn, PARTNER, period(now, now), test=False)
        rows = await reconciling.orders(conn, PARTNER, period(now, now), None, 2, test=False)
        more = await reconciling.orders(
            conn, PARTNER, period(now, now), (rows[-1].at, rows[-1].order_id.uuid), 2, test=False
        )
    assert found.matches
    assert (found.orders, found.due, found.collected, found.short, found.over) == (3, 45_000, 44_600, 1_000, 600)
    assert (found.opening, found.handed_on, found.kept, found.closing) == (0, 20_000, 1_000, 23_600)
    assert (found.from_riders, found.with_riders) == (30_000, 14_600)
    assert [(each.due, each.collected, each.short, each.over) for each in [*rows, *more]] == [
        (15_000, 15_000, 0, 0),
        (15_000, 14_000, 1_000, 0),
        (15_000, 15_600, 0, 600),
    ]
    assert {each.rider_id for each in [*rows, *more]} == {RIDER}
    await in_order(world)


async def test_a_day_of_which_payments_say_something_else_does_not_match(world: Market) -> None:
    """The control of `matches`."""
    now = await today(world)
    await paid_in_cash(world)
    owner = await asyncpg.connect(world.owner_url)
    await owner.execute("UPDATE payment SET collected_rupiah = collected_rupiah + 1")
    await owner.close()
    async with world.db.acquire() as conn:
        assert not (await reconciling.day(conn, PARTNER, period(now, now), test=False)).matches


MERCHANT = """query($id: ID!, $from: Date!, $to: Date!) { _entities(representations: [{__typename: "Merchant", id: $id}]) {
    ... on Merchant { owed { plus minus } payouts { edges { node { amount reference merchant { id } } } }
        cashHandovers { edges { node { amount } } } taxStatements { year }
        statement(from: $from, to: $to) { opening { plus } closing { plus minus } lineCount sums { earned { plus } change { plus } } csv
            lines(first: 1) { edges { node { orderCode balance { plus } } } pageInfo { hasNextPage } } } } } }"""


async def _merchant(world: Market, who: Identity, first: date, last: date) -> Any:
    answer = await world.ask(who, MERCHANT, id=str(WLIJO), **{"from": str(first), "to": str(last)})
    assert "errors" not in answer, answer
    return answer["data"]["_entities"][0]


async def test_its_people_and_staff_read_a_merchants_books_and_nobody_else(world: Market) -> None:
    now = await today(world)
    order_id = await paid_in_cash(world)
    code = await world.value("SELECT code FROM orders WHERE id = $1", order_id)
    await pay(world, 1_000)
    for who in (merchant(), Identity("usr_petugas", frozenset({Role.OFFICER})), Identity("o", frozenset({Role.OPS}))):
        found = await _merchant(world, who, now, now)
        assert found["owed"] == {"plus": 4_000, "minus": 0}
        assert [each["node"]["amount"] for each in found["payouts"]["edges"]] == [1_000]
        told = found["statement"]
        assert (told["opening"]["plus"], told["closing"], told["lineCount"]) == (0, {"plus": 4_000, "minus": 0}, 2)
        assert told["lines"]["edges"][0]["node"] == {"orderCode": code, "balance": {"plus": 5_000}}
    for other in (buyer(), merchant("other")):
        assert await _merchant(world, other, now, now) == dict.fromkeys(
            ("owed", "payouts", "cashHandovers", "taxStatements", "statement")
        )
    answer = await world.ask(merchant(), MERCHANT, id=str(WLIJO), **{"from": "2026-02-02", "to": "2026-02-01"})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_file_is_read_by_a_spreadsheet_and_reckons_nothing(world: Market) -> None:
    now = await today(world)
    await paid_in_cash(world)
    await pay(world, 1_000)
    owner = await asyncpg.connect(world.owner_url)
    await owner.execute("ALTER TABLE payout DISABLE TRIGGER payout_stays")
    await owner.execute("UPDATE payout SET reference = '=HYPERLINK(\"http://x\")'")
    await owner.execute("ALTER TABLE payout ENABLE TRIGGER payout_stays")
    await owner.close()
    text = (await _merchant(world, merchant(), now, now))["statement"]["csv"]
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert {len(row) for row in rows} == {15}
    assert [row[2] for row in rows[1:]] == ["Saldo awal", "Pesanan", "Pembayaran", "Jumlah", "Saldo akhir"]
    assert rows[3][4] == '\'=HYPERLINK("http://x")'
    assert [row[14] for row in rows[1:]] == ["0", "5000", "4000", "", "4000"]


async def test_by_hand_the_books_are_checked_and_the_tax_begins(world: Market) -> None:
    await paid_in_cash(world)
    said: list[Any] = []
    books = SERVICE.by_hand["books"]
    assert await books(world.db, ["check"], said.append) == 0
    assert said == []
    day = str(await today(world) + timedelta(days=3))
    asked = ["withhold", "--from", day, "--by", "ops"]
    assert await books(world.db, asked, said.append) == 0
    assert await world.value("SELECT count(*) FROM withholding_rule") == 0
    assert await books(world.db, [*asked, "--apply"], said.append) == 0
    assert (said[-1]["permille"], said[-1]["basis"]) == ("5", "PMK 37/2025")
    assert await books(world.db, [*asked, "--apply"], said.append) == 0
    assert said[-2]["done"] == "is not to come, or has a rule already"
    with pytest.raises(SystemExit):
        await books(world.db, ["withhold", "--from", "2025-01-01", "--by", "ops"], said.append)
    owner = await asyncpg.connect(world.owner_url)
    await owner.execute("UPDATE account_balance SET balance_rupiah = 0 WHERE account = $1", PAYABLE)
    await owner.close()
    assert await books(world.db, ["check"], said.append) == 1
    assert said[-1] == {"account": PAYABLE, "kept": 0, "sum": -5_000}


OF_PARTNER = """query($id: ID!, $rider: ID!, $day: Date!) { _entities(representations: [
    {__typename: "Partner", id: $id}, {__typename: "Rider", id: $rider}]) {
    ... on Partner { owed { plus } cash { held { plus } withRiders limitPerRider riders { rider { id } amount isOverLimit } }
        cashHandovers { edges { node { id amount state statedByMe leg } } }
        cashDay(day: $day) { collected matches csv orders(first: 1) { edges { node { orderCode collected } } } }
        statement(from: $day, to: $day) { closing { plus } lineCount } payouts { edges { cursor } } }
    ... on Rider { cash { carrying limit isOverLimit owed { plus } } riderHandovers: cashHandovers { edges { node { amount } } } } } }"""


async def test_a_companys_people_see_its_cash_and_a_rider_their_own(world: Market) -> None:
    now = await today(world)
    await crewed(world)
    await paid_in_cash(world)
    await state(world, TONO, OF_RIDER, 4_000)

    async def seen(who: Identity) -> Any:
        answer = await world.ask(who, OF_PARTNER, id=str(PARTNER), rider=str(RIDER), day=str(now))
        assert "errors" not in answer, answer
        return answer["data"]["_entities"]

    company, rider = await seen(Identity(AYU))
    assert company["cash"] == {
        "held": {"plus": 15_000}, "withRiders": 15_000, "limitPerRider": 500_000,
        "riders": [{"rider": {"id": str(RIDER)}, "amount": 15_000, "isOverLimit": False}],
    }  # fmt: skip
    (handover,) = [each["node"] for each in company["cashHandovers"]["edges"]]
    assert (handover["amount"], handover["state"], handover["statedByMe"]) == (4_000, "STATED", False)
    assert (company["cashDay"]["collected"], company["cashDay"]["matches"]) == (15_000, True)
    assert "Di antaranya di tangan pengantar" in company["cashDay"]["csv"]
    assert (company["statement"]["closing"]["plus"], company["statement"]["lineCount"]) == (2_000, 1)
    assert rider["cash"] == {"carrying": 15_000, "limit": 500_000, "isOverLimit": False, "owed": {"plus": 7_000}}
    company, rider = await seen(Identity(TONO))
    assert company["cash"] is company["cashDay"] is company["cashHandovers"] is None
    assert rider["cash"]["carrying"] == 15_000
    company, rider = await seen(Identity("usr_petugas", frozenset({Role.OFFICER})))
    assert (company["cash"]["held"]["plus"], company["cash"]["riders"]) == (15_000, [])
    assert rider == {"cash": None, "riderHandovers": None}
    company, rider = await seen(buyer())
    assert {*company.values(), *rider.values()} == {None}


STATE = """mutation($input: StateCashHandoverInput!, $key: String!) { stateCashHandover(input: $input, idempotencyKey: $key) {
    problems { code limit field } cashHandover { id amount state leg statedByMe rider { id } merchant { id } partner { id } } } }"""


async def test_by_the_graph_cash_is_said_disputed_and_settled(world: Market) -> None:
    await crewed(world)
    await paid_in_cash(world)
    officer = Identity("usr_petugas", frozenset({Role.OFFICER}))

    async def does(who: Identity, document: str, **given: Any) -> Any:
        answer = await world.ask(who, document, **given)
        assert "errors" not in answer, answer
        (value,) = answer["data"].values()
        return value

    given = {"partnerId": str(PARTNER), "riderId": str(RIDER), "amount": 15_001}
    no = await does(Identity(TONO), STATE, input=given, key="0123456789abcdef")
    assert no["problems"] == [{"code": "MORE_THAN_THERE_IS", "limit": 15_000, "field": None}]
    said = await does(Identity(TONO), STATE, input=given | {"amount": 15_000}, key="0123456789abcdef")
    made = said["cashHandover"]
    assert (made["state"], made["leg"], made["statedByMe"]) == ("STATED", "RIDER_TO_COMPANY", True)
    own = await does(
        Identity(TONO), "mutation($id: ID!) { confirmCashHandover(id: $id) { problems { code } } }", id=made["id"]
    )
    assert own["problems"] == [{"code": "OWN_MATTER"}]
    disputed = await does(
        Identity(AYU),
        """mutation($id: ID!) { disputeCashHandover(id: $id, counted: 14000, reason: "kurang seribu") {
            problems { code } cashHandover { state counted note } } }""",
        id=made["id"],
    )
    assert disputed["cashHandover"] == {"state": "DISPUTED", "counted": 14_000, "note": "kurang seribu"}
    waiting = await does(officer, "{ disputedCash { edges { node { id amount counted } } } }")
    assert [each["node"]["id"] for each in waiting["edges"]] == [made["id"]]
    settled = await does(
        officer,
        """mutation($id: ID!) { settleCashHandover(id: $id, amount: 14000, reason: "dihitung bersama") {
            problems { code } cashHandover { state amount } } }""",
        id=made["id"],
    )
    assert settled["cashHandover"] == {"state": "CONFIRMED", "amount": 14_000}
    owed = await does(officer, "{ owed(payee: MERCHANT) { edges { node { amount merchant { id } } } } }")
    assert [each["node"] for each in owed["edges"]] == [{"amount": 5_000, "merchant": {"id": str(WLIJO)}}]
    paid = await does(
        officer,
        """mutation($payee: ID!) { recordPayout(input: {payeeId: $payee, method: BANK, amount: 5000, reference: "TRF 7"},
            idempotencyKey: "0123456789abcdef") { problems { code } payout { id amount merchant { id } } } }""",
        payee=str(WLIJO),
    )
    assert paid["payout"]["amount"] == 5_000
    came = await does(
        merchant(),
        "mutation($id: ID!) { confirmPayout(id: $id) { problems { code } payout { receivedAt } } }",
        id=paid["payout"]["id"],
    )
    assert came["payout"]["receivedAt"]
    assert (await does(officer, "{ owed(payee: MERCHANT) { edges { cursor } } }"))["edges"] == []
    assert len((await does(officer, "{ owed(payee: RIDER) { edges { cursor } } }"))["edges"]) == 1
    assert len((await does(officer, "{ payouts { edges { cursor } } }"))["edges"]) == 1
    await in_order(world)
