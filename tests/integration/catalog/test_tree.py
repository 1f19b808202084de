"""Categories as a tree that operators order, and the same goods of several merchants compared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from services.catalog.app import SERVICE
from services.catalog.domain.tree import MAX_BELOW
from services.contracts.catalog import ProductId, VariantId
from services.kit.database.db import Database, transaction
from tests.worlds import servers
from tests.worlds.catalog import BAYAM, BAYAM_IKAT, MIN, SRI, Graph, stock_up
from tests.worlds.payloads import PROBLEMS, done, refused

PLACE = f"""mutation($code: String!, $parent: String, $position: Int, $commodity: String) {{
  answer: placeCategory(code: $code, parentCode: $parent, position: $position, commodityCode: $commodity) {{
    {PROBLEMS} category {{ code parent {{ code }} path {{ code }} commodity {{ code }} }} }} }}"""
SAVE = f"""mutation($code: String!) {{ answer: saveCategory(code: $code, name: $code) {{ {PROBLEMS} category {{ code }} }} }}"""
COMMODITY = f"""mutation($code: String!, $kind: UnitKind!) {{
  answer: saveCommodity(code: $code, name: $code, kind: $kind) {{ {PROBLEMS} commodity {{ code }} }} }}"""
TREE = "{ categoryTree { code depth parentCode children { code } } }"
SEARCH = """query($category: String) { searchProducts(narrowed: {category: $category}) { edges { node { name } }
  facets { total categories { category { code } count } } } }"""
SAME = """query($product: ID, $commodity: String, $order: OfferOrder!, $first: Int, $after: String) {
  sameGoods(productId: $product, commodityCode: $commodity, point: {lat: -8.1335, lng: 113.2245}, order: $order,
    first: $first, after: $after) {
    commodity { code } pageInfo { endCursor hasNextPage }
    edges { price isExact distanceM node { label product { name merchant { name } } } } } }"""


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _ops(graph: Graph, document: str, **variables: Any) -> Any:
    return (await graph.data(document, role="ops", name="ops", **variables))["answer"]


async def _grown(graph: Graph, *codes: str) -> None:
    """Each below the one before it."""
    for code, parent in zip(codes, [None, *codes], strict=False):
        done(await _ops(graph, SAVE, code=code))
        done(await _ops(graph, PLACE, code=code, parent=parent))


async def test_a_category_moves_with_all_below_it_and_is_found_by_those_above(graph: Graph, db: Database) -> None:
    await _grown(graph, "segar", "hijau")
    placed = done(await _ops(graph, PLACE, code="sayur", parent="hijau"))
    assert [each["code"] for each in placed["path"]] == ["segar", "hijau", "sayur"]
    assert placed["parent"] == {"code": "hijau"}
    walked = (await graph.data(TREE))["categoryTree"]
    place = [each["code"] for each in walked].index("segar")
    assert walked[place : place + 3] == [
        {"code": "segar", "depth": 0, "parentCode": None, "children": [{"code": "hijau"}]},
        {"code": "hijau", "depth": 1, "parentCode": "segar", "children": [{"code": "sayur"}]},
        {"code": "sayur", "depth": 2, "parentCode": "hijau", "children": []},
    ]
    for category in ("segar", "sayur"):
        found = (await graph.data(SEARCH, category=category))["searchProducts"]
        assert "Bayam" in {edge["node"]["name"] for edge in found["edges"]}
        counts = {each["category"]["code"]: each["count"] for each in found["facets"]["categories"]}
        assert counts["segar"] == counts["hijau"] == counts["sayur"] == found["facets"]["total"]
    near = f'{{ merchant(id: "{SRI}") {{ products(category: "segar") {{ edges {{ node {{ name }} }} }} }} }}'
    assert {"node": {"name": "Bayam"}} in (await graph.data(near))["merchant"]["products"]["edges"]
    words = '{ searchProducts(text: "hijau") { edges { node { name } } } }'
    assert {"node": {"name": "Bayam"}} in (await graph.data(words))["searchProducts"]["edges"]
    near = '{ productsNear(point: {lat: -8.1335, lng: 113.2245}, category: "segar") { edges { node { name } } } }'
    assert {"node": {"name": "Bayam"}} in (await graph.data(near))["productsNear"]["edges"]
    done(await _ops(graph, PLACE, code="hijau"))
    found = (await graph.data(SEARCH, category="segar"))["searchProducts"]
    assert (found["edges"], found["facets"]["total"]) == ([], 0)
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT path FROM category WHERE code = 'sayur'") == ["hijau", "sayur"]
        assert await conn.fetchval("SELECT count(*) FROM reference_change WHERE what = 'CATEGORY'") == 3


async def test_what_nobody_has_entered_finds_nothing(graph: Graph) -> None:
    found = (await graph.data(SEARCH, category="tidak-ada"))["searchProducts"]
    assert (found["edges"], found["facets"]["total"]) == ([], 0)


async def test_no_category_lies_below_itself_or_too_deep(graph: Graph, db: Database) -> None:
    await _grown(graph, "a", "b", "c", "d")
    for code, parent in (("a", "a"), ("a", "c"), ("sayur", "d")):
        no = refused(await _ops(graph, PLACE, code=code, parent=parent))
        assert (no["code"], no["field"]) == ("PARENT_DOES_NOT_FIT", "parentCode")
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.acquire() as conn:
                await conn.execute("UPDATE category SET parent_code = $2 WHERE code = $1", code, parent)
    done(await _ops(graph, SAVE, code="x"))
    assert refused(await _ops(graph, PLACE, code="a", parent="x"))["code"] == "PARENT_DOES_NOT_FIT"
    with pytest.raises(asyncpg.CheckViolationError):  # what comes along would be too deep
        async with db.acquire() as conn:
            await conn.execute("UPDATE category SET parent_code = 'x' WHERE code = 'a'")
    assert refused(await _ops(graph, PLACE, code="a", parent="mobil"))["code"] == "UNKNOWN_CATEGORY"
    assert refused(await _ops(graph, PLACE, code="mobil"))["code"] == "NOT_FOUND"
    assert refused(await _ops(graph, PLACE, code="a", commodity="emas"))["code"] == "UNKNOWN_COMMODITY"


async def test_not_too_many_lie_right_below_one(graph: Graph, db: Database) -> None:
    await _grown(graph, "rumah")
    async with db.acquire() as conn:
        await conn.execute(
            "INSERT INTO category (code, name, parent_code) SELECT 'k' || n, 'K', 'rumah' FROM generate_series(1, $1) AS n",
            MAX_BELOW,
        )
    assert refused(await _ops(graph, PLACE, code="sayur", parent="rumah"))["code"] == "PARENT_DOES_NOT_FIT"
    done(await _ops(graph, PLACE, code="k1", parent="rumah", position=3))


async def test_two_that_are_put_below_each_other_at_once_make_no_ring(db: Database) -> None:
    async with db.acquire() as conn:
        await conn.execute("INSERT INTO category (code, name) VALUES ('p', 'P'), ('q', 'Q')")
        other = asyncio.create_task(_put(db, "q", "p", begun := asyncio.Event()))
        async with conn.transaction():
            await conn.execute("UPDATE category SET parent_code = 'q' WHERE code = 'p'")
            begun.set()
            await asyncio.wait({other}, timeout=0.3)
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.DeadlockDetectedError)):
            await other
        assert await conn.fetchval("SELECT path FROM category WHERE code = 'p'") == ["q", "p"]


async def _put(db: Database, code: str, parent: str, begun: asyncio.Event) -> None:
    await begun.wait()
    async with transaction(db) as conn:
        await conn.execute("UPDATE category SET parent_code = $2 WHERE code = $1", code, parent)


async def test_usual_categories_make_a_tree_and_come_with_what_is_compared(db: Database, graph: Graph) -> None:
    said: list[Any] = []
    assert await SERVICE.by_hand["usual"](db, [], said.append) == 0
    assert said[-1]["commodities"]
    tree = {
        each["code"]: {below["code"] for below in each["children"]} for each in (await graph.data(TREE))["categoryTree"]
    }
    assert {"sayur", "buah", "bumbu"} <= tree["hasil-bumi"]
    assert await SERVICE.by_hand["usual"](db, [], said.append) == 0
    assert said[-1]["commodities"] == said[-1]["categories"] == []
    # What operators have placed otherwise stays.
    done(await _ops(graph, PLACE, code="buah", position=9))
    assert await SERVICE.by_hand["usual"](db, [], said.append) == 0
    assert (await graph.data("{ categories { code parent { code } } }"))["categories"]
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT parent_code FROM category WHERE code = 'buah'") is None


async def _sells(db: Database, merchant: Any, name: str, unit: str, price: int, **other: Any) -> None:
    """For sale, in stock."""
    product, variant = ProductId.new(), VariantId.new()
    columns = {"price_basis": 1, "gram_per_base": 1.0, "weight_price_rupiah": None, "weight_basis": None,
               "overrun_percent": None, "commodity": "bayam", **other}  # fmt: skip
    async with transaction(db) as conn:
        await conn.execute(
            """INSERT INTO product (id, merchant_id, name, description, category_code, status, words, commodity_code)
               VALUES ($1, $2, $3, '', 'sayur', 'PUBLISHED', '', $4)""",
            product, merchant, name, columns["commodity"],
        )  # fmt: skip
        await conn.execute(
            """INSERT INTO variant (id, product_id, position, sku, label, unit_code, step, min, price_rupiah, price_basis,
                   gram_per_base, weight_price_rupiah, weight_basis, overrun_percent)
               VALUES ($1, $2, 0, $3, $4, $5, 1, 1, $6, $7, $8, $9, $10, $11)""",
            variant, product, str(variant), name, unit, price, columns["price_basis"], columns["gram_per_base"],
            columns["weight_price_rupiah"], columns["weight_basis"], columns["overrun_percent"],
        )  # fmt: skip
        await conn.execute("INSERT INTO stock_item (variant_id, on_hand) VALUES ($1, 10000)", variant)


async def test_the_same_goods_of_several_merchants_are_compared_by_the_kilogram(graph: Graph, db: Database) -> None:
    done(await _ops(graph, COMMODITY, code="bayam", kind="MASS"))
    await _sells(db, MIN, "per kilo", "kg", 14_000, price_basis=1_000)
    await _sells(db, MIN, "per ikat", "ikat", 3_000, gram_per_base=200.0)
    await _sells(db, SRI, "ditimbang", "ikat", 2_600, gram_per_base=200.0, weight_price_rupiah=13_000, weight_basis=1_000,
                 overrun_percent=10)  # fmt: skip
    await _sells(db, SRI, "lain", "kg", 1, price_basis=1_000, commodity=None)
    await _sells(db, SRI, "habis", "kg", 2, price_basis=1_000)
    async with db.acquire() as conn:
        await conn.execute(
            "UPDATE stock_item SET on_hand = 0 FROM variant v WHERE v.id = variant_id AND v.label = 'habis'"
        )
    found: list[Any] = []
    after = None
    while True:
        page = (await graph.data(SAME, commodity="bayam", order="PRICE", first=2, after=after))["sameGoods"]
        found += page["edges"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [(each["node"]["label"], each["price"], each["isExact"]) for each in found] == [
        ("ditimbang", 13_000, True), ("per kilo", 14_000, True), ("per ikat", 15_000, False)
    ]  # fmt: skip
    near = (await graph.data(SAME, commodity="bayam", order="DISTANCE"))["sameGoods"]["edges"]
    assert [each["distanceM"] for each in near] == sorted(each["distanceM"] for each in near)
    # A category may mean it: then all its goods that say nothing else are compared.
    done(await _ops(graph, PLACE, code="sayur", commodity="bayam"))
    of_product = (await graph.data(SAME, product=str(BAYAM), order="PRICE"))["sameGoods"]
    labels = {each["node"]["label"] for each in of_product["edges"]}
    assert {"lain", "ditimbang", "per kilo", "per ikat"} <= labels
    assert of_product["commodity"] == {"code": "bayam"}
    assert not any(each["node"]["product"]["name"] == "Bayam" for each in of_product["edges"])


async def test_what_is_taken_off_the_sale_is_compared_no_more(graph: Graph, db: Database) -> None:
    done(await _ops(graph, COMMODITY, code="bayam", kind="COUNT"))
    async with db.acquire() as conn:
        await conn.execute("UPDATE product SET commodity_code = 'bayam' WHERE id = $1", BAYAM)
        for begin, end in (
            (
                "UPDATE product SET status = 'HIDDEN' WHERE id = $1",
                "UPDATE product SET status = 'PUBLISHED' WHERE id = $1",
            ),
            (
                "UPDATE merchant SET status = 'SUSPENDED' WHERE id = (SELECT merchant_id FROM product WHERE id = $1)",
                "UPDATE merchant SET status = 'ACTIVE' WHERE id = (SELECT merchant_id FROM product WHERE id = $1)",
            ),
            (
                "UPDATE variant SET retired_at = wlijo_now() WHERE product_id = $1",
                "UPDATE variant SET retired_at = NULL WHERE product_id = $1",
            ),
        ):
            count = "SELECT count(*) FROM comparable WHERE variant_id = $1"
            assert await conn.fetchval(count, BAYAM_IKAT) == 1
            await conn.execute(begin, BAYAM)
            assert await conn.fetchval(count, BAYAM_IKAT) == 0
            assert (await graph.data(SAME, commodity="bayam", order="PRICE"))["sameGoods"]["edges"] == []
            await conn.execute(end, BAYAM)
        assert len((await graph.data(SAME, commodity="bayam", order="PRICE"))["sameGoods"]["edges"]) == 1


async def test_a_load_of_yesterday_is_compared_no_more(graph: Graph, db: Database) -> None:
    done(await _ops(graph, COMMODITY, code="bayam", kind="COUNT"))
    async with db.acquire() as conn:
        await conn.execute("UPDATE product SET commodity_code = 'bayam' WHERE id = $1", BAYAM)
        loaded = "UPDATE stock_item SET mode = 'DAILY', load_day = wib_today() - $2::int WHERE variant_id = $1"
        for days_ago, offers in ((0, 1), (1, 0)):
            await conn.execute(loaded, BAYAM_IKAT, days_ago)
            found = (await graph.data(SAME, commodity="bayam", order="PRICE"))["sameGoods"]["edges"]
            assert len(found) == offers


async def test_goods_are_of_a_commodity_that_there_is(graph: Graph) -> None:
    assert (await graph.data(SAME, commodity="emas", order="PRICE"))["sameGoods"]["commodity"] is None
    assert await graph.code(SAME, commodity="emas", product=str(BAYAM), order="PRICE") == "BAD_USER_INPUT"
    assert await graph.code(SAME, order="PRICE") == "BAD_USER_INPUT"
    done(await _ops(graph, COMMODITY, code="bayam", kind="COUNT"))
    assert refused(await _ops(graph, COMMODITY, code="bayam", kind="MASS"))["code"] == "UNIT_DOES_NOT_FIT"
    change = f"""mutation {{ answer: changeProduct(id: "{BAYAM}", input: {{name: "Bayam", category: "sayur", commodityCode: "emas"}}) {{
      {PROBLEMS} product {{ id }} }} }}"""
    no = refused((await graph.data(change, role="merchant", name="bu-sri"))["answer"])
    assert (no["code"], no["field"]) == ("UNKNOWN_COMMODITY", "input.commodityCode")


NAMED = """query { categories { code name english: name(language: EN) } }"""
NAME = f"""mutation($english: String) {{ answer: saveCategory(code: "sayur", name: "Sayur-mayur", nameEn: $english) {{ {PROBLEMS}
  category {{ name(language: EN) }} }} }}"""


async def test_a_category_is_named_in_english_and_else_in_indonesian(graph: Graph) -> None:
    assert done(await _ops(graph, NAME, english="Greens")) == {"name": "Greens"}
    # Who says nothing of it leaves it.
    assert done(await _ops(graph, NAME)) == {"name": "Greens"}
    done(await _ops(graph, SAVE, code="uji"))
    found = {each["code"]: each for each in (await graph.data(NAMED))["categories"]}
    assert (found["sayur"]["name"], found["sayur"]["english"]) == ("Sayur-mayur", "Greens")
    assert found["uji"]["english"] == found["uji"]["name"]
