"""What sellers ask beside the province's list: medians of places, an alarm by the rule, and a file of which broken rows are named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.contracts.places import WIB
from services.insight.store import clock, prices
from services.kit.database.db import transaction
from tests.integration.insight.conftest import Insight
from tests.worlds.payloads import done, refused

LOAD = """mutation($csv: String!, $publisher: String!) { answer: loadPriceList(csv: $csv, publisher: $publisher) {
  problems { code field } report { taken faults { line column value } } } }"""
SEEN = """query($place: String, $commodity: String) { commodityPrices(place: $place, commodity: $commodity, first: 100) { edges { node {
  commodity unit place median low high sellers weekBefore reference referenceSource isAlarm } } } }"""
HEAD = "day,commodity,unit,price_rupiah\n"


async def test_medians_stand_beside_the_provinces_list_and_alarm(insight: Insight) -> None:
    await insight.know()
    async with transaction(insight.db) as conn:
        today = (await clock.now(conn)).astimezone(WIB).date()
        assert await prices.remember(conn, today) > 0
    place = insight.regency.sellers[-1].kecamatan
    rows = f"{HEAD}{today - timedelta(days=3)},cabai-rawit,kg,60000\n{today},bayam,ikat,2900\n{today},gula,sak,1\n"
    report = done((await insight.ask(LOAD, csv=rows, publisher="Siskaperbapo"))["answer"])
    assert report == {"taken": 2, "faults": [{"line": 4, "column": "unit", "value": "sak"}]}
    again = done((await insight.ask(LOAD, csv=rows, publisher="Siskaperbapo"))["answer"])
    assert again == report
    found = [edge["node"] for edge in (await insight.ask(SEEN, place=place))["commodityPrices"]["edges"]]
    by_name = {each["commodity"]: each for each in found}
    chilli, spinach = by_name["cabai-rawit"], by_name["bayam"]
    assert (chilli["median"], chilli["unit"], chilli["reference"], chilli["isAlarm"]) == (82_720, "MASS", 60_000, True)
    assert (spinach["median"], spinach["reference"], spinach["isAlarm"]) == (3_000, 2_900, False)
    assert spinach["sellers"] == 8
    few = await insight.ask(SEEN, place=insight.regency.sellers[0].kecamatan)
    assert few["commodityPrices"]["edges"] == []  # of two sellers there is no price of a place


async def test_a_list_that_is_none_takes_nothing(insight: Insight) -> None:
    answer = (await insight.ask(LOAD, csv="x", publisher="uji"))["answer"]
    assert refused(answer) == {"code": "FILE_MALFORMED", "field": "csv"}
    async with insight.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM price_load") == 0


async def test_companies_and_programmes_of_a_month(insight: Insight) -> None:
    await insight.know()
    await insight.count(insight.regency.order(datetime(2026, 10, 9, tzinfo=UTC), ends="completed"))
    asked = """{ companyRecords(month: "2026-10") { edges { node { jobs delivered fees riders companys platforms isWithin } } }
                 programmeUses(month: "2026-10") { edges { node { programme } } } }"""
    answer = await insight.ask(asked)
    (record,) = [edge["node"] for edge in answer["companyRecords"]["edges"]]
    assert record == {
        "jobs": 1, "delivered": 1, "fees": 8_000, "riders": 6_400, "companys": 1_200, "platforms": 400, "isWithin": True,
    }  # fmt: skip
    assert answer["programmeUses"]["edges"] == []
