"""Goods, counts and prices come in and go out as files: what a file may hold, what becomes of each row, and that nothing is half done."""

from __future__ import annotations

from typing import Any

import pytest

from services.catalog.commands import bulk
from services.contracts.catalog import LevelChanged, ProductChanged
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.worlds.bulk import CONFIRM, STOP, Files, rows
from tests.worlds.catalog import BAYAM_IKAT, KELAPA_PASANG, KLENGKENG_KG, MIN, an_order, hear, stock_of, told
from tests.worlds.payloads import done, refused

HEAD = "kode;produk;kategori;varian;satuan;harga;gram per satuan;stok awal;status\r\n"
KRIPIK = HEAD + (
    "KR-1;Keripik pisang;sayur;kecil;ikat;12.500;100;5;dijual\r\n"
    "KR-2;Keripik pisang;;besar;ikat;Rp 20.000;250;;\r\n"
    "GU-1;Gula merah;Sayur (vegetables);;kg;18000;;2,5;\r\n"
)
GOODS = """{ merchantBySlug(slug: "wlijo-bu-sri") { products(first: 100) { edges { node {
  name status category { code } description
  variants { sku label price priceBasis gramPerUnit unit { code step min } stock { onHand } } } } } } }"""


@pytest.fixture
async def files(db: Database) -> Files:
    async with transaction(db) as conn:
        await conn.execute("DELETE FROM outbox")  # what the seed told
    return Files.over(db)


async def _goods(files: Files) -> dict[str, Any]:
    found = await files.graph.data(GOODS, role="merchant", name="bu-sri")
    return {each["node"]["name"]: each["node"] for each in found["merchantBySlug"]["products"]["edges"]}


async def _state(db: Database) -> list[Any]:
    """All that a file might change, and what was told."""
    async with db.acquire() as conn:
        return [
            [tuple(row) for row in await conn.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")]
            for table in (
                "product",
                "variant",
                "stock_item",
                "price_history",
                "stock_movement",
                "variant_sku",
                "outbox",
            )
        ]


async def test_goods_are_made_by_a_file(files: Files, db: Database) -> None:
    found = await files.done(KRIPIK)
    assert rows(found) == [(2, "KR-1", "CREATED", []), (3, "KR-2", "CREATED", []), (4, "GU-1", "CREATED", [])]
    assert (found["status"], found["rows"], found["worked"], found["created"]) == ("DONE", 3, 3, 3)
    goods = await _goods(files)
    made = goods["Keripik pisang"]
    assert made["status"] == "PUBLISHED"
    assert made["variants"] == [
        {
            "sku": "KR-1",
            "label": "kecil",
            "price": 12_500,
            "priceBasis": 1,
            "gramPerUnit": 100,
            "unit": {"code": "ikat", "step": 1, "min": 1},
            "stock": {"onHand": 5},
        },
        {
            "sku": "KR-2",
            "label": "besar",
            "price": 20_000,
            "priceBasis": 1,
            "gramPerUnit": 250,
            "unit": {"code": "ikat", "step": 1, "min": 1},
            "stock": {"onHand": 0},
        },
    ]
    sugar = goods["Gula merah"]
    assert (sugar["status"], sugar["category"]["code"], sugar["variants"][0]["label"]) == ("DRAFT", "sayur", "kg")
    assert (sugar["variants"][0]["stock"], sugar["variants"][0]["priceBasis"]) == ({"onHand": 2_500}, 1_000)
    events = await told(db)
    states = [decode(ProductChanged, payload) for kind, payload in events if kind == ProductChanged.type]
    assert {state.name: [each.sku for each in state.variants] for state in states} == {
        "Keripik pisang": ["KR-1", "KR-2"],
        "Gula merah": ["GU-1"],
    }
    levels = [decode(LevelChanged, payload).available for kind, payload in events if kind == LevelChanged.type]
    assert sorted(levels) == [0, 5, 2_500]
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM price_history WHERE until IS NULL") == await conn.fetchval(
            "SELECT count(*) FROM variant"
        )


async def test_the_same_file_again_changes_nothing(files: Files, db: Database) -> None:
    await files.done(KRIPIK)
    before = await _state(db)
    found = await files.done(KRIPIK)
    assert [each[2] for each in rows(found)] == ["UNCHANGED"] * 3
    assert await _state(db) == before


async def test_what_was_written_out_is_read_again_and_changes_nothing(files: Files, db: Database) -> None:
    await files.done(KRIPIK)
    hostile = "kode;produk;kategori;satuan;harga;keterangan\r\nX-1;'=1+1;sayur;kg;5000;'@SUM(A1)\r\nX-2;''tanda;sayur;kg;1;a;\r\n"
    assert [each[2] for each in rows(await files.done(hostile))] == ["CREATED", "CREATED"]
    assert {"=1+1", "'tanda"} <= {*await _goods(files)}
    before = await _state(db)
    for kind in ("goods", "stock", "prices"):
        for query in ("", "format=plain"):
            content = await files.exported(kind, query=query)
            for line in content.decode("utf-8-sig").splitlines():
                for cell in line.replace(",", ";").split(";"):
                    assert not cell.strip('"').startswith(("=", "+", "-", "@"))
            found = await files.done(content, kind)
            assert (found["status"], found["problem"], found["ignoredColumns"]) == ("DONE", None, [])
            assert {each[2] for each in rows(found)} == {"UNCHANGED"}
            assert found["rows"] == 7
    assert await _state(db) == before


async def test_a_file_of_a_spreadsheet_in_indonesia(files: Files) -> None:
    text = "Kode;Harga\r\nSRI-BAYAM-IKAT;3.500\r\nSRI-KELAPA-2;6500,00\r\n"
    for content in (text.encode("cp1252"), text.encode("utf-8-sig"), text.replace(";", "\t").encode("utf-16")):
        assert (await files.done(content, "prices"))["refused"] == 0
    goods = await _goods(files)
    assert [goods[name]["variants"][0]["price"] for name in ("Bayam", "Kelapa muda")] == [3_500, 6_500]


async def test_counts_and_prices(files: Files, db: Database) -> None:
    await hear(db, an_order((BAYAM_IKAT, 4)))
    counts = "kode,stok\nSRI-BAYAM-IKAT,3\nSRI-KELAPA-2,14\nMIN-KLENGKENG-KG,1\nTIDAK-ADA,1\nSRI-KELAPA-2,2\n"
    found = await files.done(counts, "stock")
    assert rows(found) == [
        (2, "SRI-BAYAM-IKAT", "REFUSED", [("INVALID_QUANTITY", "stock")]),  # four are kept for an order
        (3, "SRI-KELAPA-2", "CHANGED", []),
        (4, "MIN-KLENGKENG-KG", "REFUSED", [("NOT_FOUND", "sku")]),  # another merchant's
        (5, "TIDAK-ADA", "REFUSED", [("NOT_FOUND", "sku")]),
        (6, "SRI-KELAPA-2", "REFUSED", [("DUPLICATE_ROW", "sku")]),
    ]
    assert await stock_of(db, BAYAM_IKAT) == (10, 4)
    assert await stock_of(db, KELAPA_PASANG) == (14, 0)
    assert await stock_of(db, KLENGKENG_KG) == (5_000, 0)
    async with db.acquire() as conn:
        cause = await conn.fetchrow("SELECT cause, subject, on_hand FROM stock_movement ORDER BY id DESC LIMIT 1")
    assert cause is not None
    assert (cause["cause"], cause["on_hand"]) == ("COUNTED", -6)
    prices = "kode,harga,harga untuk\nSRI-BAYAM-IKAT,-5,\nSRI-KELAPA-2,7000,1\nsri-kelapa-2,1,\n"
    found = await files.done(prices, "prices")
    assert [each[3] for each in rows(found)] == [
        [("INVALID_PRICE", "price")],
        [("INVALID_QUANTITY", "price for")],
        [("NOT_FOUND", "sku")],
    ]


async def test_each_row_is_refused_for_itself_with_all_that_is_wrong(files: Files, db: Database) -> None:
    wrong = HEAD + (
        "N-1;;nirkategori;x;kg;0;;;\r\n"
        "N-2;=cmd|x;sayur;x;karung;1;;;\r\n"
        "N-3;Baik;sayur;x;ikat;1;;;\r\n"  # a piece whose mass is not said
        "N-4;Baik;sayur;x;kg;abc;;1,00001;laku\r\n"
        "var_01h455vb4pex5vsknk084sn02q;Baik;sayur;x;kg;1;;;\r\n"
        ";Baik;sayur;x;kg;1;;;\r\n"
        "N-7;Baik;sayur\r\n"
        "SRI-BAYAM-IKAT;;;;kg;;;;\r\n"
        "SRI-BAYAM-IKAT;;;;;9000;;;\r\n"
        "SRI-KELAPA-2;;;;;;;;draf\r\n"
        "N-8;Baik;sayur;x;kg;1000;;;\r\n"
    )
    before = await _goods(files)
    found = await files.done(wrong)
    assert rows(found) == [
        (
            2,
            "N-1",
            "REFUSED",
            [("INVALID_TEXT", "product"), ("UNKNOWN_CATEGORY", "category"), ("INVALID_PRICE", "price")],
        ),
        (3, "N-2", "REFUSED", [("INVALID_TEXT", "product"), ("UNKNOWN_UNIT", "unit")]),
        (4, "N-3", "REFUSED", [("UNIT_DOES_NOT_FIT", "gram per unit")]),
        (
            5,
            "N-4",
            "REFUSED",
            [("INVALID_PRICE", "price"), ("INVALID_QUANTITY", "opening stock"), ("INVALID_TEXT", "status")],
        ),
        (6, "var_01h455vb4pex5vsknk084sn02q", "REFUSED", [("NOT_FOUND", "sku")]),
        (7, "", "REFUSED", [("INVALID_TEXT", "sku")]),
        (8, "", "REFUSED", [("ROW_MALFORMED", None)]),
        (9, "SRI-BAYAM-IKAT", "REFUSED", [("UNIT_DOES_NOT_FIT", "unit")]),
        (10, "SRI-BAYAM-IKAT", "REFUSED", [("DUPLICATE_ROW", "sku")]),
        (11, "SRI-KELAPA-2", "REFUSED", [("INVALID_TEXT", "status")]),
        (12, "N-8", "CREATED", []),
    ]
    after = await _goods(files)
    made = after.pop("Baik")
    assert [each["sku"] for each in made["variants"]] == ["N-8"]
    assert after == before
    only = await files.shown(found["id"], problems=True)
    assert len(rows(only)) == 10
    report = (await files.http("GET", found["reportPath"])).body.decode("utf-8-sig").splitlines()
    assert report[0] == "baris;kode;hasil;masalah;kolom;keterangan"
    assert report[4].startswith("3;N-2;REFUSED;INVALID_TEXT;product;")
    assert report[-1] == "12;N-8;CREATED;;;"


async def test_a_dry_run_changes_nothing_and_is_confirmed_without_the_file(files: Files, db: Database) -> None:
    before = await _state(db)
    tried = await files.done(KRIPIK, dry_run=True)
    assert await _state(db) == before
    assert (tried["dryRun"], tried["created"]) == (True, 3)
    confirmed = done(await _ask(files, CONFIRM, tried["id"]))
    assert (confirmed["status"], confirmed["dryRun"], confirmed["worked"]) == ("WORKING", False, 0)
    await files.work()
    found = await files.shown(tried["id"])
    assert rows(found) == rows(tried)
    assert (await _goods(files))["Keripik pisang"]["status"] == "PUBLISHED"
    again = done(await _ask(files, CONFIRM, tried["id"]))
    assert again["status"] == "DONE"


async def test_what_was_tried_is_forgotten_with_the_next_file(files: Files) -> None:
    tried = await files.done(KRIPIK, dry_run=True)
    await files.done("kode;harga\r\nSRI-BAYAM-IKAT;3.500\r\n", "prices")
    assert refused(await _ask(files, CONFIRM, tried["id"])) == {"code": "WRONG_STATE", "status": "DONE"}


async def _ask(files: Files, document: str, id_: str, who: str = "bu-sri") -> Any:
    return (await files.graph.data(document, role="merchant", name=who, id=id_))["answer"]


async def test_a_dry_run_counts_what_it_would_have_made(
    files: Files, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the borders of its pieces: the one product has room for twenty."""
    monkeypatch.setattr(bulk, "PIECE", 4)
    content = "kode;produk;kategori;satuan;harga\r\n" + "".join(
        f"V-{n};Banyak;sayur;kg;{n}000\r\n" for n in range(1, 23)
    )
    tried = await files.done(content, dry_run=True)
    assert (tried["created"], tried["refused"]) == (20, 2)
    assert rows(tried)[-1] == (23, "V-22", "REFUSED", [("TOO_MANY_VARIANTS", None)])
    done(await _ask(files, CONFIRM, tried["id"]))
    await files.work()
    assert rows(await files.shown(tried["id"])) == rows(tried)


async def test_goods_are_changed_by_their_code(files: Files, db: Database) -> None:
    content = (
        "sku,product,description,variant,price,step,min,status\n"
        "SRI-BAYAM-IKAT,Bayam cabut,Segar,1 ikat besar,4000,2,,hidden\n"
        "SRI-KELAPA-2,,,,,,,\n"
    )
    found = await files.done(content)
    assert [each[2] for each in rows(found)] == ["CHANGED", "UNCHANGED"]
    bayam = (await _goods(files))["Bayam cabut"]
    assert (bayam["status"], bayam["description"]) == ("HIDDEN", "Segar")
    (variant,) = bayam["variants"]
    assert (variant["label"], variant["price"], variant["unit"]) == (
        "1 ikat besar",
        4_000,
        {"code": "ikat", "step": 2, "min": 2},
    )
    async with db.acquire() as conn:
        prices = await conn.fetch(
            "SELECT price_rupiah, until IS NULL AS now FROM price_history WHERE variant_id = $1 ORDER BY since",
            BAYAM_IKAT,
        )
    assert [(row["price_rupiah"], row["now"]) for row in prices] == [(3_000, False), (4_000, True)]


async def test_two_merchants_may_have_one_code(files: Files) -> None:
    mine = "kode;produk;kategori;satuan;harga\r\nA-1;Milik Sri;sayur;kg;1000\r\n"
    assert (await files.done(mine))["created"] == 1
    theirs = await files.done(mine.replace("Sri", "Min"), merchant=MIN, who="pak-min")
    assert theirs["created"] == 1
    assert "Milik Min" not in await _goods(files)


async def test_a_merchant_stops_a_file(files: Files, db: Database) -> None:
    id_ = await files.sent(KRIPIK)
    assert done(await _ask(files, STOP, id_)) == {"status": "STOPPED"}
    await files.work()
    assert (await files.shown(id_))["created"] == 0
    assert done(await _ask(files, STOP, id_)) == {"status": "STOPPED"}
