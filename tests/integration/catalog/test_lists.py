"""Finding one's way: categories, names for addresses, one's own merchants; and what nobody finds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from services.catalog.domain.category import MAX_CATEGORIES
from services.contracts.catalog import ProductId
from services.kit.database.db import Database, transaction
from tests.worlds import servers
from tests.worlds.catalog import BAYAM, BAYAM_IKAT, MIN, SRI, Graph, stock_up
from tests.worlds.payloads import PROBLEMS, done, refused

HERE = {"lat": -8.1291, "lng": 113.2241}
NEAR = """query($here: PointInput!, $category: String, $search: String, $first: Int, $after: String) {
  productsNear(point: $here, category: $category, search: $search, first: $first, after: $after) {
    edges { node { name } } pageInfo { hasNextPage endCursor } } }"""
OF_MERCHANT = """query($id: ID!, $category: String, $first: Int, $after: String) { merchant(id: $id) {
  products(category: $category, first: $first, after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } } }"""
BY_SLUG = """query($merchant: String!, $slug: String!) { merchantBySlug(slug: $merchant) { id }
  productBySlug(merchant: $merchant, slug: $slug) { id } }"""
SAVE = f"""mutation($code: String!, $called: String!) {{ answer: saveCategory(code: $code, name: $called) {{ {PROBLEMS}
  category {{ code name }} }} }}"""
MINE = "{ myMerchants { id status } }"


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


async def _change(db: Database, statement: str, *arguments: Any) -> None:
    async with transaction(db) as conn:
        await conn.execute(statement, *arguments)


async def _pages(graph: Graph, document: str, *path: str, **variables: Any) -> list[str]:
    """The names on all pages of one."""
    names: list[str] = []
    after = None
    while True:
        page = await graph.data(document, first=1, after=after, **variables)
        for step in path:
            page = page[step]
        names += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return names


async def test_goods_are_listed_by_their_category(graph: Graph) -> None:
    found = await graph.data("{ categories { code name } }")
    assert [each["code"] for each in found["categories"]] == ["buah", "sayur"]
    for category, near, of_sri in (
        (None, ["Bayam", "Kelapa muda", "Klengkeng Kateki"], ["Bayam", "Kelapa muda"]),
        ("sayur", ["Bayam"], ["Bayam"]),
        ("buah", ["Kelapa muda", "Klengkeng Kateki"], ["Kelapa muda"]),
        ("kopi", [], []),
    ):
        shown = await _pages(graph, NEAR, "productsNear", here=HERE, category=category)
        assert (category, sorted(shown)) == (category, near)
        shown = await _pages(graph, OF_MERCHANT, "merchant", "products", id=str(SRI), category=category)
        assert (category, shown) == (category, of_sri)


async def test_a_category_and_a_search_both_hold(graph: Graph) -> None:
    assert await _pages(graph, NEAR, "productsNear", here=HERE, category="buah", search="kelapa") == ["Kelapa muda"]
    assert await _pages(graph, NEAR, "productsNear", here=HERE, category="sayur", search="kelapa") == []


@pytest.mark.parametrize("code", ["", "Sayur", "sa yur", "sayur\0", "-", "x" * 41, "sayur "])
async def test_what_can_be_no_categorys_code_is_bad_user_input(graph: Graph, code: str) -> None:
    assert await graph.code(NEAR, here=HERE, category=code) == "BAD_USER_INPUT"
    assert await graph.code(OF_MERCHANT, id=str(SRI), category=code) == "BAD_USER_INPUT"
    assert await graph.code(SAVE, role="ops", code=code, called="Sayur") == "BAD_USER_INPUT"


async def test_operators_enter_a_category_and_name_it_anew(graph: Graph) -> None:
    for code, name in (("kopi", "Kopi"), ("sayur", "Sayuran"), ("sayur", "Sayuran")):
        saved = done((await graph.data(SAVE, role="ops", code=code, called=name))["answer"])
        assert saved == {"code": code, "name": name}
    found = (await graph.data("{ categories { code name } }"))["categories"]
    assert {each["code"]: each["name"] for each in found} | {"buah": ""} == {
        "buah": "",
        "kopi": "Kopi",
        "sayur": "Sayuran",
    }
    for search in ("sayuran", "sayur", "vegetables"):
        assert await _pages(graph, NEAR, "productsNear", here=HERE, search=search) == ["Bayam"]
    assert await graph.code(SAVE, role="merchant", code="x", called="X") == "FORBIDDEN"


async def test_categories_stay_one_list(graph: Graph, db: Database) -> None:
    await _change(
        db, "INSERT INTO category SELECT 'lain-' || n, 'Lain' FROM generate_series(1, $1::int) n", MAX_CATEGORIES - 3
    )

    async def enter(code: str) -> Any:
        return (await graph.data(SAVE, role="ops", code=code, called="Lain"))["answer"]

    answers = await asyncio.gather(enter("satu"), enter("dua"))
    assert sorted(len(each["problems"]) for each in answers) == [0, 1]
    assert refused(await enter("tiga")) == {"code": "TOO_MANY_CATEGORIES", "limit": MAX_CATEGORIES, "unit": "CATEGORY"}
    assert done((await graph.data(SAVE, role="ops", code="sayur", called="Hijau"))["answer"])["name"] == "Hijau"


async def _slug(db: Database, product: ProductId) -> str:
    async with db.acquire() as conn:
        return str(await conn.fetchval("SELECT slug FROM product WHERE id = $1", product))


_ADD = """INSERT INTO product (id, merchant_id, name, description, category_code, status, words)
          VALUES ($1, $2, $3, '', 'sayur', 'PUBLISHED', '')"""


async def test_merchants_and_products_are_found_by_their_slugs(graph: Graph, db: Database) -> None:
    assert await graph.data(BY_SLUG, merchant="wlijo-bu-sri", slug="bayam") == {
        "merchantBySlug": {"id": str(SRI)},
        "productBySlug": {"id": str(BAYAM)},
    }
    for merchant, slug in (("kios-pak-min", "bayam"), ("wlijo-bu-sri", "Bayam"), ("wlijo-bu-sri", "b\0")):
        assert (await graph.data(BY_SLUG, merchant=merchant, slug=slug))["productBySlug"] is None
    assert await graph.data(BY_SLUG, merchant="nobody", slug="bayam") == {"merchantBySlug": None, "productBySlug": None}


async def test_a_slug_is_the_merchants_own_and_stays_when_the_name_changes(graph: Graph, db: Database) -> None:
    await _change(db, "UPDATE product SET name = 'Bayam merah' WHERE id = $1", BAYAM)
    await _change(db, "UPDATE product SET slug = 'lain' WHERE id = $1", BAYAM)
    assert await _slug(db, BAYAM) == "bayam"
    named = {}
    for merchant, name in (
        (SRI, "Bayam"), (SRI, "BAYAM!"), (MIN, "Bayam"), (SRI, "Bayam 2"), (SRI, "🥬"), (SRI, "  Wedang / Jahé  "),
    ):  # fmt: skip
        added = ProductId.new()
        await _change(db, _ADD, added, merchant, name)
        named[(merchant, name)] = await _slug(db, added)
    assert list(named.values()) == ["bayam-2", "bayam-3", "bayam", "bayam-2-2", "produk", "wedang-jah"]


async def test_two_of_one_name_that_come_at_once_have_two_slugs(db: Database) -> None:
    both = [ProductId.new(), ProductId.new()]
    await asyncio.gather(*(_change(db, _ADD, each, SRI, "Terong") for each in both))
    assert sorted([await _slug(db, each) for each in both]) == ["terong", "terong-2"]


SEEN = """query($product: ID!, $variant: ID!, $of: [_Any!]!) { product(id: $product) { id } productBySlug(merchant: "wlijo-bu-sri",
  slug: "bayam") { id } node(id: $product) { id } variant: node(id: $variant) { id } _entities(representations: $of) { __typename } }"""


async def test_a_hidden_product_is_shown_to_its_own_people_and_operators_alone(graph: Graph, db: Database) -> None:
    await _change(db, "UPDATE product SET status = 'HIDDEN' WHERE id = $1", BAYAM)
    of = [{"__typename": "Product", "id": str(BAYAM)}, {"__typename": "Variant", "id": str(BAYAM_IKAT)}]

    async def seen(role: str | None, name: str) -> set[bool]:
        found = await graph.data(SEEN, role=role, name=name, product=str(BAYAM), variant=str(BAYAM_IKAT), of=of)
        entities = found.pop("_entities")
        return {each is not None for each in (*found.values(), *entities)}

    for role, name in ((None, ""), ("buyer", "bu-sri"), ("merchant", "pak-min")):
        assert (role, await seen(role, name)) == (role, {False})
    for role, name in (("merchant", "bu-sri"), ("ops", "ops")):
        assert (role, await seen(role, name)) == (role, {True})


async def test_ones_own_merchants_are_found_whatever_their_status(graph: Graph, db: Database) -> None:
    await _change(db, "UPDATE merchant SET status = 'APPLIED' WHERE id = $1", MIN)
    await _change(
        db,
        "INSERT INTO merchant_member (merchant_id, subject, role) SELECT $1, subject, 'STAFF' FROM merchant_member WHERE merchant_id = $2",
        SRI,
        MIN,
    )
    mine = {"id": str(MIN), "status": "APPLIED"}, {"id": str(SRI), "status": "ACTIVE"}
    for role, name, shown in (
        ("merchant", "pak-min", list(mine)),
        ("merchant", "bu-sri", [mine[1]]),
        ("buyer", "pak-min", []),
        ("ops", "ops", []),
    ):
        assert (name, (await graph.data(MINE, role=role, name=name))["myMerchants"]) == (name, shown)
    assert await graph.code(MINE) == "UNAUTHENTICATED"


async def test_goods_of_before_get_their_slugs_the_oldest_first(db: Database, catalog: servers.TestDatabase) -> None:
    """As the migration finds them: rows without one."""
    owner = await asyncpg.connect(catalog.owner_url)
    try:
        added = ProductId.new()
        await owner.execute(_ADD, added, SRI, "Bayam")
        await owner.execute("DROP INDEX product_merchant_slug")
        await owner.execute(
            "ALTER TABLE product DROP CONSTRAINT product_slug_is_there, DISABLE TRIGGER product_has_slug"
        )
        await owner.execute("UPDATE product SET slug = NULL")
        await owner.execute("ALTER TABLE product ENABLE TRIGGER product_has_slug")
        await owner.execute("SELECT slugs_begin()")
        rows = await owner.fetch("SELECT id, slug FROM product WHERE name = 'Bayam' ORDER BY id")
        assert [row["slug"] for row in rows] == ["bayam", "bayam-2"]
    finally:
        await owner.close()
