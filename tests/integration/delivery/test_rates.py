"""Companies ride for less than the rule: what they may enter, what is quoted and kept, who is asked first, and what changes nothing."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from joserfc.jwk import KeySet

from services.contracts.delivery import PartnerId
from services.contracts.places import WIB
from services.delivery import by_hand
from services.delivery.domain import quote, tariff
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.policy import DispatchRule
from services.delivery.store import pricing
from tests.integration.delivery.test_fares import REPLAY, a_rule, ordered
from tests.integration.delivery.test_fares import enter as enter_rule
from tests.integration.delivery.test_graph_quotes import an_input
from tests.worlds.crews import Company, a_company, cheaper_elsewhere
from tests.worlds.delivery import HOME, KIOS, KONCAR, MALL, SEMERU
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS, done, refused

RATE = "version validFrom perMille"
ENTER = f"""mutation($id: ID!, $input: CompanyRateInput!, $key: String!) {{
  answer: enterCompanyRate(id: $id, input: $input, idempotencyKey: $key) {{ {PROBLEMS} rate {{ {RATE} }} }} }}"""
SEEN = f"""query($id: ID!) {{ answer: partner(id: $id) {{ rates {{
  holds {{ {RATE} }} entered {{ {RATE} }} lowest highest tariffVersion }} }} }}"""
QUOTE = f"""query($input: QuoteDeliveryInput!) {{ quoteDelivery(input: $input) {{ {PROBLEMS}
  quotes {{ token fee riderShare partnerShare platformShare rateVersion lines {{ part amount off name }} }} }} }}"""
LISTED = """query($after: String) { companyRates(first: 1, after: $after) { pageInfo { endCursor }
  edges { node { partner { name } rate { version } } } } }"""


@pytest.fixture
async def company(graph: Graph) -> Company:
    """Beside the two that have no rate."""
    made = await a_company(graph)
    await made.begin()
    await made.come("yuli")
    return made


async def _day(company: Company, days: int = 1) -> str:
    return str((await company.graph.world.now()).astimezone(WIB).date() + timedelta(days=days))


async def enter(company: Company, per_mille: int, days: int = 1, who: str = "yuli", key: str | None = None) -> Any:
    given = {"validFrom": await _day(company, days), "perMille": per_mille}
    return await company.ask(who, ENTER, input=given, key=key or uuid4().hex)


async def entered(company: Company, per_mille: int, days: int = 1) -> str:
    answer = await enter(company, per_mille, days)
    assert answer["problems"] == []
    return str(answer["rate"]["version"])


async def next_day(company: Company, days: int = 1) -> None:
    """Noon of it, in WIB."""
    world = company.graph.world
    midnight = datetime.combine(date.fromisoformat(await _day(company, days)), datetime.min.time(), WIB)
    await world.move_clock(midnight - await world.now() + timedelta(hours=12))


async def quoted(graph: Graph) -> Any:
    (found,) = done((await graph.data("buyer", QUOTE, input=an_input()))["quoteDelivery"])
    return found


async def job_of(graph: Graph, token: str) -> Any:
    order = await ordered(graph, token)
    await graph.world.confirm(order)
    return order, await graph.world.delivery_of(order)


async def test_a_rate_makes_quotes_cheaper_from_its_day_on_and_the_company_bears_it(company: Company) -> None:
    graph = company.graph
    before = await quoted(graph)
    version = await entered(company, 900)
    assert (await quoted(graph))["fee"] == before["fee"] == 8_000
    await next_day(company)
    after = await quoted(graph)
    assert (after["fee"], after["rateVersion"]) == (7_200, version)
    assert after["lines"][-1] == {"part": "RATE", "amount": 0, "off": 800, "name": version}
    assert (after["riderShare"], after["partnerShare"], after["platformShare"]) == (before["riderShare"], 224, 576)
    assert (before["rateVersion"], before["riderShare"]) == (None, 6_400)


async def test_what_was_quoted_is_reckoned_again_when_the_rate_and_the_rule_are_others_since(company: Company) -> None:
    graph = company.graph
    version = await entered(company, 900)
    await next_day(company)
    shown = await quoted(graph)
    order = await ordered(graph, shown["token"])
    done(await enter_rule(graph, a_rule(await _day(company))))
    await entered(company, 1_000)
    await next_day(company)
    assert (await quoted(graph))["rateVersion"] is None
    said: list[Any] = []
    assert await by_hand.replay(graph.world.db, [str(order)], said.append) == 0
    assert (said[-1]["rate"], said[-1]["per_mille"], said[-1]["recomputed_rupiah"]) == (version, 900, 7_200)
    text = REPLAY.replace("same", "same rateVersion ratePerMille", 1)
    found = (await graph.data("officer", text, id=str(order)))["replayedFare"]
    assert (found["same"], found["quoted"], found["rateVersion"], found["ratePerMille"]) == (True, 7_200, version, 900)
    async with (
        graph.world.db.acquire() as conn
    ):  # a fare that names another rate than it was made with is told from a true one
        await conn.execute("""UPDATE delivery SET fare = jsonb_set(fare, '{rate}', '"RATE-999"')""")
    assert await by_hand.replay(graph.world.db, [str(order)], said.append) == 1


async def test_who_rides_for_it_is_asked_first_the_others_after_them_knowing_the_fare(company: Company) -> None:
    graph, world = company.graph, company.graph.world
    await entered(company, 900)
    await next_day(company)
    for rule in DispatchRule:
        named = (SEMERU, KONCAR) if rule is DispatchRule.COMPANY_ORDER else ()
        world.policy = Policy(rule=rule, companies=named)
        _, job = await job_of(graph, (await quoted(graph))["token"])
        first = await world.open_offer(job)
        assert first[1] == company.key, rule
        await world.decline(job, *first)
        second = await world.open_offer(job)
        assert second[1] in (SEMERU, KONCAR), rule
        told = (await world.told_to(second[1]))[-1].data
        assert (told["fee_rupiah"], told["rider_share_rupiah"], told["partner_share_rupiah"]) == (7_200, 6_400, 224)
        await world.decline(job, *second)
        async with world.db.acquire() as conn:
            assert not await conn.fetchval(
                "SELECT max(unanswered) FROM partner_answering WHERE partner_id = $1", second[1]
            )


async def test_a_rate_of_a_later_day_changes_nothing_of_a_trip(company: Company) -> None:
    graph, world = company.graph, company.graph.world
    await entered(company, 900)
    await next_day(company)
    order = await ordered(graph, (await quoted(graph))["token"])
    await entered(company, 1_000)
    await next_day(company)
    await world.confirm(order)
    job = await world.delivery_of(order)
    assert (await world.open_offer(job))[1] == company.key
    async with world.db.acquire() as conn:
        assert await conn.fetchval("SELECT fee_rupiah FROM delivery WHERE id = $1", job) == 7_200


async def test_who_cannot_go_or_does_not_answer_makes_nothing_cheaper(company: Company) -> None:
    graph, world = company.graph, company.graph.world
    await entered(company, 900)
    await next_day(company)
    assert (await quoted(graph))["fee"] == 7_200
    async with world.db.acquire() as conn:
        await conn.execute("INSERT INTO partner_answering (partner_id, unanswered) VALUES ($1, 2)", company.key)
        assert (await quoted(graph))["fee"] == 7_200
        await conn.execute("UPDATE partner_answering SET unanswered = 3")
        assert (await quoted(graph))["fee"] == 8_000
        await conn.execute("UPDATE partner_answering SET unanswered = 0")
        await conn.execute(
            "INSERT INTO courier (partner_id, tests, read_to, seen_at) VALUES ($1, false, '', wlijo_now())", company.key
        )
        assert (await quoted(graph))["fee"] == 8_000
        await conn.execute("DELETE FROM courier")
    assert (await quoted(graph))["fee"] == 7_200
    await world.pause(company.key)
    assert (await quoted(graph))["fee"] == 8_000


async def test_many_who_do_not_go_there_hide_nobody_who_does(company: Company) -> None:
    await entered(company, 900)
    await next_day(company)
    async with company.graph.world.db.acquire() as conn:
        await cheaper_elsewhere(conn, 200)
    assert (await quoted(company.graph))["fee"] == 7_200


async def test_a_later_rule_lifts_a_rate_to_the_least_that_it_allows(company: Company) -> None:
    graph = company.graph
    version = await entered(company, 900)
    day = await _day(company, 2)
    band = {"perKmLow": 2_400, "perKmHigh": 2_500, "minFeeLow": 8_000, "minFeeHigh": 10_000}
    done(await enter_rule(graph, a_rule(day, band=band)))
    await next_day(company)
    assert (await quoted(graph))["fee"] == 7_200
    await next_day(company)
    after = await quoted(graph)
    assert (after["rateVersion"], after["fee"]) == (version, 10_500 - 420)  # 960 per mille is the band's 2,400 of 2,500
    order = await ordered(graph, after["token"])
    assert (await graph.data("officer", REPLAY, id=str(order)))["replayedFare"]["same"] is True
    problem = (await enter(company, 959))["problems"][0]
    assert (problem["code"], problem["minimum"], problem["limit"], problem["unit"]) == (
        "RATE_INVALID",
        960,
        1_000,
        "PER_MILLE",
    )


@pytest.mark.parametrize(
    ("per_mille", "days", "field"),
    [
        (869, 1, "input.perMille"),
        (1_001, 1, "input.perMille"),
        (0, 1, "input.perMille"),
        (-(2**31), 1, "input.perMille"),
        (900, 0, "input.validFrom"),
        (900, -1, "input.validFrom"),
        (900, 367, "input.validFrom"),
    ],
)
async def test_outside_of_the_band_is_a_problem_that_says_the_limits(
    company: Company, per_mille: int, days: int, field: str
) -> None:
    (problem,) = (await enter(company, per_mille, days))["problems"]
    assert (problem["code"], problem["field"]) == ("RATE_INVALID", field)
    limits = (870, 1_000) if field == "input.perMille" else (None, None)
    assert (problem["minimum"], problem["limit"]) == limits


async def test_its_people_enter_it_once_by_key_and_strangers_nothing(company: Company) -> None:
    assert refused(await enter(company, 900, who="stranger")) == {"code": "NOT_FOUND"}
    key = uuid4().hex
    answers = await asyncio.gather(*(enter(company, 900, key=key) for _ in range(3)))
    assert len({each["rate"]["version"] for each in answers}) == 1
    assert refused(await enter(company, 910, key=key))["code"] == "IDEMPOTENCY_KEY_REUSED"
    for n in range(9):
        await entered(company, 901 + n)
    (problem,) = (await enter(company, 990))["problems"]
    assert (problem["code"], problem["field"]) == ("RATE_INVALID", "input.validFrom")
    await next_day(company)  # of one day the last entered counts
    for who in ("yuli", "gatot", "officer"):
        rates = (await company.ask(who, SEEN))["rates"]
        assert (rates["holds"]["perMille"], len(rates["entered"])) == (909, 10)
        assert (rates["lowest"], rates["highest"], rates["tariffVersion"]) == (870, 1_000, "GOODS-I-v1")
    assert (await company.ask("stranger", SEEN))["rates"] is None
    await entered(company, 990)


async def test_officers_read_whose_each_is(company: Company) -> None:
    first, last = await entered(company, 900), await entered(company, 950)
    found = (await company.graph.data("officer", LISTED, after=None))["companyRates"]
    assert found["edges"] == [{"node": {"partner": {"name": "Ojek Senduro"}, "rate": {"version": last}}}]
    found = (await company.graph.data("officer", LISTED, after=found["pageInfo"]["endCursor"]))["companyRates"]
    assert found["edges"][0]["node"]["rate"]["version"] == first


async def test_a_rate_that_is_entered_while_others_are_quoted_is_of_another_day(company: Company) -> None:
    """The race: whatever the order, what holds today was known before it, and each quote replays."""
    graph = company.graph
    await entered(company, 900)
    await next_day(company)
    answers = await asyncio.gather(
        *(quoted(graph) for _ in range(4)),
        *(entered(company, 990 - n) for n in range(3)),
        *(quoted(graph) for _ in range(4)),
    )
    made = [each for each in answers if isinstance(each, dict)]
    assert [each["fee"] for each in made] == [7_200] * 8
    async with graph.world.db.acquire() as conn:
        rule = (await pricing.facts(conn, [MALL, KIOS], HOME.rounded())).rule
    assert rule is not None
    for each in made:
        read = quote.read(each["token"], KeySet([graph.world.key]))
        assert tariff.total(quote.replay(read, rule)) == read.fee_rupiah


async def test_the_database_keeps_what_was_entered(company: Company) -> None:
    await entered(company, 900)
    async with company.graph.world.db.acquire() as conn:
        for forbidden in ("UPDATE company_rate SET per_mille = 1000", "DELETE FROM company_rate"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(forbidden)
        for days, per_mille in ((0, 900), (1, 1_001), (1, 0)):
            with pytest.raises(asyncpg.CheckViolationError):
                await conn.execute(
                    """INSERT INTO company_rate (partner_id, valid_from, per_mille, entered_by, entered_at)
                       VALUES ($1, (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date + $2::integer, $3, 'x', wlijo_now())""",
                    company.key,
                    days,
                    per_mille,
                )


async def test_companies_with_no_rate_are_asked_as_ever(company: Company) -> None:
    world = company.graph.world
    asked: set[PartnerId] = set()
    for _ in range(3):
        _, job = await job_of(company.graph, (await quoted(company.graph))["token"])
        asked.add((await world.open_offer(job))[1])
    assert asked == {SEMERU, KONCAR, company.key}  # by fair share
