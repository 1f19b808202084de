"""Files that are none, callers who may not, processes that end in the middle, and what a large file costs the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from services.catalog import importing
from services.catalog.commands import bulk, bulk_goods
from services.catalog.commands.bulk_piece import Piece
from services.catalog.domain.bulk import KEPT, MAX_PART_BYTES
from services.catalog.store import bulk as stored
from services.contracts.catalog import ProductChanged
from services.contracts.people import PersonId
from services.kit.database.db import Database, Unavailable, transaction
from tests.worlds import servers
from tests.worlds.bulk import SHOWN, Files, rows
from tests.worlds.catalog import MIN, SRI, Counting, Graph, told

HEAD = "kode;produk;kategori;satuan;harga\r\n"
IMPORTS = f"""query($slug: String!, $first: Int, $after: String) {{ merchantBySlug(slug: $slug) {{
    imports(first: $first, after: $after) {{ pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {SHOWN} }} }} }} }} }}"""


def many(count: int, name: str = "P", begin: int = 0) -> str:
    return HEAD + "".join(f"{name}-{n};{name} {n // 5};sayur;kg;{1000 + n}\r\n" for n in range(begin, begin + count))


@pytest.fixture
async def files(db: Database) -> Files:
    async with transaction(db) as conn:
        await conn.execute("DELETE FROM outbox")
    return Files.over(db)


async def _count(db: Database, table: str) -> int:
    async with db.acquire() as conn:
        found: int = await conn.fetchval(f"SELECT count(*) FROM {table}")
    return found


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        (b"PK\x03\x04" + bytes(500), "FILE_MALFORMED", None),
        (many(300).encode() + b'Z;"tidak ditutup;sayur;kg;1\r\n', "FILE_MALFORMED", None),
        (many(300).encode() + b"Z;a\0;sayur;kg;1\r\n", "FILE_MALFORMED", None),
        ("kode;prodük;é\r\nA;Tempé;\r\n".encode()[:-4], "FILE_MALFORMED", None),
        (b";" * 1_000_000, "FILE_TOO_LARGE", None),
        (b"x" * 5_000_000, "FILE_TOO_LARGE", None),
        (HEAD.encode() + b"a\r\n" * 1_000_000, "FILE_TOO_LARGE", None),
        (b"produk;harga\r\nBayam;1\r\n", "COLUMN_MISSING", "sku"),
        (b"kode;sku;harga\r\nA;B;1\r\n", "COLUMN_MISSING", "sku"),
    ],
    ids=["a spreadsheet", "quotes", "NUL", "cut", "columns", "a line", "rows", "no code", "twice"],
)
async def test_what_is_no_such_file_changes_nothing(
    files: Files, db: Database, content: bytes, code: str, field: str | None
) -> None:
    before = await _count(db, "variant"), await _count(db, "outbox")
    found = await files.done(content)
    assert (found["status"], found["problem"]["code"], found["problem"]["field"]) == ("REFUSED", code, field)
    assert (found["rows"], found["report"]["edges"]) == (0, [])
    assert (await _count(db, "variant"), await _count(db, "outbox")) == before
    assert (await _count(db, "bulk_row"), await _count(db, "bulk_part")) == (0, 0)


async def test_a_file_that_was_cut_between_cells_loses_its_last_row_alone(files: Files) -> None:
    found = await files.done(many(3)[:-9])
    assert [each[2:] for each in rows(found)] == [
        ("CREATED", []),
        ("CREATED", []),
        ("REFUSED", [("ROW_MALFORMED", None)]),
    ]


async def test_who_may_not(files: Files, db: Database) -> None:
    query = f"merchant={SRI}&kind=goods"
    post = "/bulk/v1/imports"
    for answer, status, code in (
        (await files.http("POST", post, b"kode", query=query, role=None), 401, "UNAUTHENTICATED"),
        (await files.http("POST", post, b"kode", query=query, role="ops"), 403, "FORBIDDEN"),
        (await files.http("POST", post, b"kode", query=query, who="pak-min"), 404, "NOT_FOUND"),
        (await files.http("POST", post, b"kode", query=f"merchant={uuid4()}&kind=goods"), 400, "MALFORMED"),
        (await files.http("POST", post, b"kode", query=f"merchant={SRI}&kind=all"), 400, "MALFORMED"),
        (await files.http("POST", post, b"kode", query=f"{query}&parts=49"), 400, "MALFORMED"),
        (await files.http("POST", post, b"kode", query=f"{query}&parts=0"), 400, "MALFORMED"),
        (await files.http("POST", post, b"kode", query=f"{query}&dry_run=yes"), 400, "MALFORMED"),
        (await files.http("POST", post, b"kode", query=query, key="short"), 400, "MALFORMED"),
        (await files.http("POST", post, b"", query=query), 400, "FILE_MALFORMED"),
        (await files.http("POST", post, b"x" * (MAX_PART_BYTES + 1), query=query), 413, "FILE_TOO_LARGE"),
        (await files.http("GET", f"/bulk/v1/merchants/{SRI}/goods.csv", who="pak-min"), 404, "NOT_FOUND"),
        (await files.http("GET", f"/bulk/v1/merchants/{SRI}/all.csv"), 400, "MALFORMED"),
        (await files.http("GET", f"/bulk/v1/merchants/{SRI}/goods.csv", query="format=xlsx"), 400, "MALFORMED"),
        (await files.http("GET", "/bulk/v1/merchants"), 404, "NOT_FOUND"),
        (await files.http("DELETE", post), 404, "NOT_FOUND"),
    ):
        assert (answer.status, answer.json()["code"]) == (status, code), answer.body
    assert await _count(db, "bulk_import") == 0
    id_ = await files.sent(many(1))
    await files.work()
    assert await files.shown(id_, who="pak-min") is None
    found = await files.graph.data(IMPORTS, role="merchant", name="pak-min", slug="wlijo-bu-sri")
    assert found["merchantBySlug"]["imports"]["edges"] == []
    for answer in (
        await files.http("GET", f"/bulk/v1/imports/{id_}/report.csv", who="pak-min"),
        await files.http("PUT", f"/bulk/v1/imports/{id_}/parts/2", b"x", who="pak-min"),
    ):
        assert answer.status == 404
    for mutation in ("confirmImport", "stopImport"):
        document = f"mutation($id: ID!) {{ answer: {mutation}(id: $id) {{ problems {{ code }} }} }}"
        payload = await files.graph.data(document, role="merchant", name="pak-min", id=id_)
        assert payload["answer"]["problems"] == [{"code": "NOT_FOUND"}]


async def test_parts_come_in_any_order_and_twice(files: Files, db: Database) -> None:
    whole = many(2_000).encode()
    parts = [whole[:30_000], whole[30_000:50_001], whole[50_001:]]  # within rows, whatever is there
    key = uuid4().hex
    query = f"merchant={SRI}&kind=goods&parts=3"
    first = await files.http("POST", "/bulk/v1/imports", parts[0], query=query, key=key)
    id_ = first.json()["import"]
    again = await files.http("POST", "/bulk/v1/imports", parts[0], query=query, key=key)
    assert (again.status, again.json()) == (201, first.json())
    other = await files.http("POST", "/bulk/v1/imports", parts[1], query=query, key=key)
    assert (other.status, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    for part, content, status in (
        (3, parts[2], 200),
        (3, parts[2], 200),
        (3, b"another", 409),
        (4, b"x", 409),
        (2, parts[1], 200),
    ):
        answer = await files.http("PUT", f"/bulk/v1/imports/{id_}/parts/{part}", content)
        assert answer.status == status, answer.body
        if part != 2:
            await files.work()
            assert (await files.shown(id_))["status"] == "UPLOADING"
    assert (await files.http("PUT", f"/bulk/v1/imports/{id_}/parts/2", parts[1])).status == 200
    await files.work()
    found = await files.shown(id_)
    assert (found["status"], found["created"], found["refused"]) == ("DONE", 2_000, 0)
    assert await _count(db, "bulk_part") == 0


async def test_one_file_of_a_merchant_at_a_time(files: Files) -> None:
    query = f"merchant={SRI}&kind=goods&parts=2"
    begun = (await files.http("POST", "/bulk/v1/imports", b"kode", query=query)).json()["import"]
    id_ = await files.sent(many(1))  # in place of the one whose parts never came
    assert (await files.shown(begun))["status"] == "STOPPED"
    no = await files.http("POST", "/bulk/v1/imports", b"kode", query=query)
    assert (no.status, no.json()["code"]) == (409, "IMPORT_UNDER_WAY")
    await files.work()
    assert (await files.shown(id_))["status"] == "DONE"


async def test_some_are_kept_and_listed_in_pages(files: Files, db: Database) -> None:
    ids = [(await files.done(f"kode;harga\r\nSRI-BAYAM-IKAT;{n}\r\n", "prices"))["id"] for n in range(1, KEPT + 3)]
    seen: list[str] = []
    after = None
    while True:
        found = await files.graph.data(
            IMPORTS, role="merchant", name="bu-sri", slug="wlijo-bu-sri", first=2, after=after
        )
        page = found["merchantBySlug"]["imports"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == ids[: -KEPT - 1 : -1]
    assert await _count(db, "bulk_import") == KEPT


async def test_reports_of_several_files_are_one_statement(files: Files, catalog: servers.TestDatabase) -> None:
    for n in range(1, 4):
        await files.done(f"kode;harga\r\nSRI-BAYAM-IKAT;{n}\r\nTIDAK-ADA;1\r\n", "prices")
    document = """{ merchantBySlug(slug: "wlijo-bu-sri") { imports(first: 3) { edges { node {
        report(problemsOnly: true, first: 5) { edges { node { row } } } } } } } }"""
    counting = Counting(catalog.url)
    await counting.open()
    try:
        graph = Graph.over(counting)
        await graph.data(document, role="merchant", name="bu-sri")  # a new connection first learns its types
        counting.statements.clear()
        found = await graph.data(document, role="merchant", name="bu-sri")
        edges = found["merchantBySlug"]["imports"]["edges"]
        assert [[each["node"]["row"] for each in edge["node"]["report"]["edges"]] for edge in edges] == [[3]] * 3
        assert sum("bulk_row" in each for each in counting.statements) == 1
        assert len(counting.statements) == 4  # the slug, the merchant, its files, their rows
    finally:
        await counting.close()


async def test_a_process_that_ends_in_the_middle_goes_on_where_it_was(
    files: Files, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await files.sent(many(500))
    await importing.step(db)  # read
    await importing.step(db)  # 200 rows
    save = stored.save_outcomes

    async def dies(*arguments: Any) -> None:
        await save(*arguments)
        raise Unavailable("the line broke before the commit")

    monkeypatch.setattr(stored, "save_outcomes", dies)
    before = await _count(db, "variant"), await _count(db, "outbox")
    assert await importing.step(db)
    assert (await _count(db, "variant"), await _count(db, "outbox")) == before
    assert (await files.shown(id_))["worked"] == 200
    monkeypatch.setattr(stored, "save_outcomes", save)
    await files.work()
    found = await files.shown(id_)
    assert (found["status"], found["worked"], found["created"], found["refused"]) == ("DONE", 500, 500, 0)
    names = [payload for kind, payload in await told(db) if kind == ProductChanged.type]
    assert len(names) == 100  # five variants each, told once


async def test_a_fault_of_ours_ends_one_file_and_no_other(
    files: Files, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await files.sent(many(10))
    other = await files.sent(many(10, "M"), merchant=MIN, who="pak-min")
    apply = bulk_goods.apply

    async def broken(conn: Any, caller: Any, piece: Piece, *rest: Any, **named: Any) -> Any:
        if piece.merchant_id == SRI:
            raise ZeroDivisionError
        return await apply(conn, caller, piece, *rest, **named)

    monkeypatch.setattr(bulk_goods, "apply", broken)
    await files.work()
    failed = await files.shown(id_)
    assert (failed["status"], failed["problem"]["code"], failed["worked"]) == ("STOPPED", "TRY_LATER", 0)
    assert (await files.shown(other, who="pak-min"))["created"] == 10


async def test_merchants_have_turns(files: Files, db: Database) -> None:
    """A small file that came behind a large one does not wait for its end."""
    large = await files.sent(many(2_000))
    small = await files.sent(many(100, "M"), merchant=MIN, who="pak-min")
    pieces = 0
    while (await files.shown(small, who="pak-min"))["status"] != "DONE":
        assert await importing.step(db)
        pieces += 1
    assert pieces <= 5
    assert (await files.shown(large))["worked"] <= 3 * bulk.PIECE
    await files.work()
    assert (await files.shown(large))["created"] == 2_000


async def test_workers_beside_each_other_take_different_files(files: Files, db: Database) -> None:
    first = await files.sent(many(900))
    second = await files.sent(many(900, "M"), merchant=MIN, who="pak-min")

    async def work() -> None:
        while await importing.step(db):
            pass

    await asyncio.gather(work(), work(), work())
    await files.work()
    for id_, who in ((first, "bu-sri"), (second, "pak-min")):
        found = await files.shown(id_, who=who)
        assert (found["status"], found["created"], found["refused"]) == ("DONE", 900, 0)


async def test_whoever_is_of_the_merchant_no_more_changes_nothing(files: Files, db: Database) -> None:
    id_ = await files.sent(many(500), merchant=MIN, who="mbak-yuni")
    await importing.step(db)
    await importing.step(db)
    async with transaction(db) as conn:
        await conn.execute("DELETE FROM merchant_member WHERE subject = $1", str(PersonId.seeded("mbak-yuni")))
    await files.work()
    found = await files.shown(id_, who="pak-min")
    assert (found["status"], found["worked"]) == ("STOPPED", 200)


@pytest.mark.parametrize("status", ["APPLIED", "SENT_BACK", "CLOSED"])
async def test_who_does_not_sell_sends_nothing(files: Files, db: Database, status: str) -> None:
    id_ = await files.sent(many(1))
    async with transaction(db) as conn:
        await conn.execute("UPDATE merchant SET status = $1 WHERE id = $2", status, SRI)
    await files.work()
    found = await files.shown(id_)
    assert (found["status"], found["problem"]["code"], found["worked"]) == ("REFUSED", "WRONG_STATE", 0)
    no = await files.http("POST", "/bulk/v1/imports", b"kode", query=f"merchant={SRI}&kind=goods")
    assert (no.status, no.json()["code"]) == (409, "WRONG_STATE")


async def test_a_merchant_has_no_more_products_than_may_be(
    files: Files, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.catalog.domain.offering.MAX_PRODUCTS", 4)
    for dry_run in (True, False):
        found = await files.done(many(20), dry_run=dry_run)
        assert (found["created"], found["refused"]) == (10, 10)
        assert _codes(rows(found)[10:]) == ["TOO_MANY_PRODUCTS"] * 10


def _codes(of: Sequence[tuple[int, str, str, list[tuple[str, str | None]]]]) -> list[str]:
    return [code for *_, problems in of for code, _ in problems]


async def test_the_database_refuses_a_code_twice(db: Database) -> None:
    async with db.acquire() as conn:
        with pytest.raises(Exception, match="variant_sku_pkey"):
            await conn.execute("UPDATE variant SET sku = 'SRI-BAYAM-IKAT' WHERE sku = 'SRI-KELAPA-2'")
        await conn.execute("UPDATE variant SET sku = 'SRI-BAYAM-IKAT' WHERE sku = 'MIN-KLENGKENG-KG'")
