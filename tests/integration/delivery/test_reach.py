"""A company's dispatcher says when, where and for how many jobs at once it is asked, and the next offer feels it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from services.contracts.delivery import PartnerId
from tests.worlds.crews import Company, a_company
from tests.worlds.delivery import KONCAR, SEMERU, World
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS, refused

SET = f"""mutation($id: ID!, $input: PartnerReachInput!, $key: String!) {{
  answer: setPartnerReach(id: $id, input: $input, idempotencyKey: $key) {{ {PROBLEMS} partner {{ reach {{
    hours {{ weekday opensAt closesAt }} kecamatanCodes boundary {{ lat }} jobsAtOnce hasNow isOpen }} }} }} }}"""
SEEN = "query($id: ID!) { answer: partner(id: $id) { reach { jobsAtOnce hasNow } } }"
SQUARE = (
    '{"type": "Polygon", "coordinates": '
    "[[[113.2, -8.2], [113.3, -8.2], [113.3, -8.05], [113.2, -8.05], [113.2, -8.2]]]}"
)


@pytest.fixture
async def company(graph: Graph) -> Company:
    made = await a_company(graph)
    await made.begin()
    await made.come("yuli")
    for other in (SEMERU, KONCAR):
        await graph.world.pause(other)
    return made


async def _set(company: Company, who: str = "yuli", key: str | None = None, **said: Any) -> Any:
    return await company.ask(who, SET, input=said, key=key or uuid4().hex)


async def _is_asked(world: World) -> set[PartnerId]:
    job = await world.job()
    return {each.partner_id for each in await world.offers(job)}


async def test_the_next_offer_feels_what_its_dispatcher_says(company: Company) -> None:
    world = company.graph.world
    assert await _is_asked(world) == {company.key}
    now = (await world.now()).isoweekday() % 7  # two days from today at most is neither of these
    far = [{"weekday": (now + 2) % 7 + 1, "opensAt": "22:00", "closesAt": "04:00"}]
    for kept in (
        {"hours": far},
        {"kecamatanCodes": ["35.08.01"]},
        {"geojson": SQUARE.replace("113.", "113.0")},
        {"jobsAtOnce": 1},
    ):
        assert (await _set(company, **kept))["problems"] == [], kept
        assert await _is_asked(world) == set(), kept
    for free in ({"geojson": SQUARE}, {"kecamatanCodes": ["35.08.10", "35.08.15"]}, {"jobsAtOnce": 9}, {}):
        assert (await _set(company, **free))["problems"] == []
        assert await _is_asked(world) == {company.key}, free


async def test_a_job_that_nobody_may_be_asked_for_waits_until_somebody_may(company: Company) -> None:
    world = company.graph.world
    await _set(company, kecamatanCodes=["35.08.01"])
    job = await world.job()
    assert await world.offers(job) == []
    await _set(company)
    await world.pass_by(10)
    assert (await world.open_offer(job))[1] == company.key


async def test_it_is_read_back_by_its_own_people_alone(company: Company) -> None:
    hours = [{"weekday": 7, "opensAt": "22:00", "closesAt": "04:00"}]
    said = (await _set(company, hours=hours, kecamatanCodes=["35.08.10"], geojson=SQUARE, jobsAtOnce=4))["partner"][
        "reach"
    ]
    assert said["hours"] == [{"weekday": 7, "opensAt": "22:00", "closesAt": "04:00"}]
    assert (said["kecamatanCodes"], len(said["boundary"]), said["jobsAtOnce"], said["hasNow"]) == (
        ["35.08.10"],
        4,
        4,
        0,
    )
    await company.graph.world.job()
    for who, seen in (("gatot", 4), ("yuli", 4), ("officer", 4), ("stranger", None)):
        reach = (await company.ask(who, SEEN))["reach"]
        assert (reach and reach["jobsAtOnce"]) == seen


async def test_who_is_not_of_it_sets_nothing_and_a_key_is_for_one_word(company: Company) -> None:
    assert refused(await _set(company, "stranger", jobsAtOnce=1)) == {"code": "NOT_FOUND"}
    key = uuid4().hex
    for _ in range(2):
        assert (await _set(company, key=key, jobsAtOnce=2))["problems"] == []
    async with company.graph.world.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM partner_reach") == 1
    assert refused(await _set(company, key=key, jobsAtOnce=3))["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"jobsAtOnce": 0}, "REACH_INVALID", "input.jobsAtOnce"),
        ({"kecamatanCodes": ["35.09.01"]}, "REACH_INVALID", "input.kecamatanCodes"),
        ({"geojson": "{}"}, "REACH_INVALID", "input.geojson"),
        ({"hours": [{"weekday": 0, "opensAt": "08:00", "closesAt": "09:00"}]}, "INVALID_HOURS", "input.hours"),
    ],
)
async def test_what_is_no_reach_is_a_problem_of_its_field(
    company: Company, said: dict[str, Any], code: str, field: str
) -> None:
    assert refused(await _set(company, **said)) == {"code": code, "field": field}
