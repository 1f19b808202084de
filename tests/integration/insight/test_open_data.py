"""`/open-data/`: for everybody, the same bytes for ever under a revision's name, with checksums, a catalogue and a feed."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from starlette.applications import Starlette

from services.insight import opendata
from services.insight.commands import publishing
from services.kit.database.db import transaction
from tests.integration.insight.conftest import Insight
from tests.worlds.asgi import request

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
BASE = "https://wlijo.example"


@pytest.fixture
async def site(insight: Insight) -> Starlette:
    await insight.know()
    await insight.count(insight.regency.month(date(2026, 10, 1), 60))
    async with transaction(insight.db) as conn:
        (made,) = await publishing.publish_due(conn, NOW, test=True)
        assert (made.month, made.revision) == ("2026-10", 1)
    await insight.count(insight.regency.order(datetime(2026, 10, 9, tzinfo=UTC), ends="completed"))
    async with transaction(insight.db) as conn:
        assert await publishing.publish(conn, "2026-10", NOW, test=True)
    return Starlette(routes=opendata.routes(insight.db, BASE))


async def test_files_have_stable_names_checksums_and_are_kept(site: Starlette) -> None:
    first = await request(site, "GET", "/open-data/umkm-lumajang-2026-10.r1.csv")
    newest = await request(site, "GET", "/open-data/umkm-lumajang-2026-10.csv")
    second = await request(site, "GET", "/open-data/umkm-lumajang-2026-10.r2.csv")
    assert first.body != newest.body == second.body
    assert first.headers["cache-control"].endswith("immutable")
    assert newest.headers["cache-control"] == "public, max-age=300"
    again = await request(
        site, "GET", "/open-data/umkm-lumajang-2026-10.csv", headers={"if-none-match": newest.headers["etag"]}
    )
    assert (again.status, again.body) == (304, b"")
    sums = (await request(site, "GET", "/open-data/SHA256SUMS")).body.decode()
    assert f"{hashlib.sha256(first.body).hexdigest()}  umkm-lumajang-2026-10.r1.csv\n" in sums
    rows = json.loads((await request(site, "GET", "/open-data/umkm-lumajang-2026-10.json")).body)
    assert (rows["revision"], rows["test"], rows["why"]) == (2, True, "late facts")
    assert rows["rows"][0]["table"] == "ALL"


async def test_the_catalogue_and_the_feed_mark_what_is_corrected(site: Starlette) -> None:
    catalogue = json.loads((await request(site, "GET", "/open-data/catalog.jsonld")).body)
    found = {each["@id"]: each for each in catalogue["dcat:dataset"]["dcat:distribution"]}
    assert len(found) == 4
    newest = found[f"{BASE}/open-data/umkm-lumajang-2026-10.r2.csv"]
    assert newest["dcat:previousVersion"] == {"@id": f"{BASE}/open-data/umkm-lumajang-2026-10.r1.csv"}
    assert catalogue["dcat:dataset"]["dct:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    feed = ElementTree.fromstring((await request(site, "GET", "/open-data/feed.atom")).body)
    titles = [
        each.text for each in feed.findall("{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}title")
    ]
    assert sorted(titles, key=str) == ["2026-10, revisi 1", "2026-10, revisi 2 (koreksi)"]


async def test_the_dictionary_says_every_column_and_the_page_leads_to_all(site: Starlette) -> None:
    dictionary = (await request(site, "GET", "/open-data/dictionary.csv")).body.decode()
    head = (await request(site, "GET", "/open-data/umkm-lumajang-2026-10.csv")).body.decode().splitlines()[0]
    unsaid = [
        column for column in head.split(",") if column not in dictionary and column not in ("table", "code", "code_2")
    ]
    assert unsaid == []
    page = (await request(site, "GET", "/open-data/")).body.decode()
    for name in (
        "umkm-lumajang-2026-10.r1.csv",
        "dictionary.csv",
        "catalog.jsonld",
        "feed.atom",
        "SHA256SUMS",
        "LICENSE.txt",
    ):
        assert name in page
    assert (await request(site, "GET", "/open-data/LICENSE.txt")).status == 200


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "umkm-lumajang-2026-09.csv",
        "umkm-lumajang-2026-10.r9.csv",
        "umkm-lumajang-2026-10.r0.csv",
        "..%2f..%2fx",
        "umkm-lumajang-2026-13.csv",
    ],
)
async def test_what_is_not_there_is_not_found(site: Starlette, name: str) -> None:
    assert (await request(site, "GET", f"/open-data/{name}")).status == 404
