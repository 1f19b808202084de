"""Goods as their sellers need them: put away, weighed later, harvested, told by attributes; and who changed what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.contracts.catalog import ProductChanged, ProductStatus, VariantId
from services.contracts.places import WIB
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.worlds import servers
from tests.worlds.catalog import BAYAM, BAYAM_IKAT, SRI, Graph, an_order, hear, states, stock_up, told
from tests.worlds.payloads import PROBLEMS, done, problems, refused

WEIGHED = "pricedBy estimate cap catchWeight { price priceBasis overrunPercent priceText }"
VARIANTS = (
    f"variants {{ id label price priceBasis priceText available retiredAt unit {{ step min max }} wasPrice {WEIGHED} }}"
)
SAID = "attributes { attribute { code } value text } harvestedOn freshUntil isPastFresh originGroup regionMark commodity { code }"
SHOWN = f"product {{ id status archivedAt {SAID} {VARIANTS} retiredVariants {{ id }} }}"
CREATE = f"""mutation($input: ProductInput!, $variants: [VariantInput!]!, $key: String!) {{
  answer: createProduct(merchantId: "{SRI}", input: $input, variants: $variants, idempotencyKey: $key) {{ {PROBLEMS} {SHOWN} }} }}"""
CHANGE = f"""mutation($id: ID!, $input: ProductInput!) {{ answer: changeProduct(id: $id, input: $input) {{ {PROBLEMS} {SHOWN} }} }}"""
VARIANT = f"variant {{ id retiredAt available price unit {{ max }} wasPrice {WEIGHED} }}"
CHANGE_VARIANT = f"""mutation($id: ID!, $input: ChangeVariantInput!) {{
  answer: changeVariant(id: $id, input: $input) {{ {PROBLEMS} {VARIANT} }} }}"""
PRICE = f"""mutation($id: ID!, $price: Rupiah!) {{ answer: changePrice(variantId: $id, price: $price) {{ {PROBLEMS} {VARIANT} }} }}"""
SAY = f"""mutation($id: ID!, $said: [ProductAttributeInput!]!) {{
  answer: setProductAttributes(id: $id, attributes: $said) {{ {PROBLEMS} {SHOWN} }} }}"""
HARVEST = f"""mutation($ids: [ID!]!, $on: Date) {{ answer: setHarvestedOn(productIds: $ids, harvestedOn: $on) {{ {PROBLEMS}
  products {{ id harvestedOn isPastFresh }} }} }}"""
ATTRIBUTE = f"""mutation($category: String!, $code: String!, $kind: AttributeKind!, $choices: [String!], $required: Boolean!) {{
  answer: saveAttribute(categoryCode: $category, code: $code, name: "Apa", kind: $kind, choices: $choices, required: $required) {{
    {PROBLEMS} attribute {{ code choices }} }} }}"""
HISTORY = """query($id: ID!, $first: Int, $after: String) { product(id: $id) { history(first: $first, after: $after) {
  pageInfo { endCursor hasNextPage } edges { node { what about before after actor byName } } } } }"""
LIST = """query($archived: Boolean!) { myMerchants { products(archived: $archived, first: 100) { edges { node { id } } }
  productsPastFresh { edges { node { id } } } } }"""
AYAM = {"label": "per ekor", "unit": "ekor", "price": 36_000, "pricedBy": "MASS", "gramPerUnit": 1_250, "onHand": 8}


def _one(field: str, id_argument: str = "id") -> str:
    shown = VARIANT if field.endswith("Variant") else SHOWN
    return f"mutation($id: ID!) {{ answer: {field}({id_argument}: $id) {{ {PROBLEMS} {shown} }} }}"


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    async with transaction(opened) as conn:
        await conn.execute("INSERT INTO sale_unit VALUES ('ekor', 'ekor', 'COUNT', 1) ON CONFLICT DO NOTHING")
        await conn.execute("DELETE FROM outbox")  # what the seed told
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _ask(graph: Graph, document: str, /, *, role: str = "merchant", who: str = "bu-sri", **variables: Any) -> Any:
    return (await graph.data(document, role=role, name=who, **variables))["answer"]


async def _chicken(graph: Graph, **other: Any) -> Any:
    given = {"name": "Ayam kampung", "category": "sayur", "keepsForS": 86_400, **other}
    return done(await _ask(graph, CREATE, input=given, variants=[AYAM], key=uuid4().hex))


async def _last(db: Database) -> ProductChanged:
    return [decode(ProductChanged, payload) for kind, payload in await told(db) if kind == ProductChanged.type][-1]


async def test_what_is_archived_is_nobodys_to_buy_and_comes_back_as_a_draft(graph: Graph, db: Database) -> None:
    put_away = done(await _ask(graph, _one("archiveProduct"), id=str(BAYAM)))
    assert put_away["status"] == "HIDDEN"
    assert put_away["archivedAt"]
    assert (await _last(db)).status is ProductStatus.HIDDEN
    listed = (await graph.data(LIST, role="merchant", name="bu-sri", archived=False))["myMerchants"][0]
    assert str(BAYAM) not in {edge["node"]["id"] for edge in listed["products"]["edges"]}
    listed = (await graph.data(LIST, role="merchant", name="bu-sri", archived=True))["myMerchants"][0]
    assert {edge["node"]["id"] for edge in listed["products"]["edges"]} == {str(BAYAM)}
    assert (await graph.data("query($id: ID!) { product(id: $id) { id } }", id=str(BAYAM)))["product"] is None
    assert done(await _ask(graph, _one("archiveProduct"), id=str(BAYAM))) == put_away
    no = refused(await _ask(graph, _one("publishProduct"), id=str(BAYAM)))
    assert (no["code"], no["status"]) == ("WRONG_STATE", "ARCHIVED")
    back = done(await _ask(graph, _one("restoreProduct"), id=str(BAYAM)))
    assert (back["status"], back["archivedAt"]) == ("DRAFT", None)
    assert done(await _ask(graph, _one("publishProduct"), id=str(BAYAM)))["status"] == "PUBLISHED"
    for field in ("archiveProduct", "restoreProduct"):
        assert refused(await _ask(graph, _one(field), who="cak-di", id=str(BAYAM)))["code"] == "NOT_FOUND"


async def test_what_the_release_before_publishes_is_archived_no_more(graph: Graph, db: Database) -> None:
    done(await _ask(graph, _one("archiveProduct"), id=str(BAYAM)))
    async with db.acquire() as conn:
        await conn.execute("UPDATE product SET status = 'PUBLISHED' WHERE id = $1", BAYAM)
        assert await conn.fetchval("SELECT archived_at FROM product WHERE id = $1", BAYAM) is None


async def test_a_blocked_product_is_not_archived(graph: Graph, db: Database) -> None:
    async with db.acquire() as conn:
        await conn.execute("UPDATE product SET status = 'BLOCKED' WHERE id = $1", BAYAM)
    for field in ("archiveProduct", "restoreProduct"):
        assert refused(await _ask(graph, _one(field), id=str(BAYAM)))["status"] == "BLOCKED"


async def test_a_variant_that_is_retired_is_out_of_the_sale_and_orders_keep_it(graph: Graph, db: Database) -> None:
    add = f"""mutation($variant: VariantInput!, $key: String!) {{
      answer: addVariant(productId: "{BAYAM}", variant: $variant, idempotencyKey: $key) {{ {PROBLEMS} {SHOWN} }} }}"""
    bunch = {"label": "3 ikat", "unit": "ikat", "price": 1, "gramPerUnit": 250, "onHand": 5}
    other = done(await _ask(graph, add, variant=bunch, key=uuid4().hex))["variants"][-1]["id"]
    gone = done(await _ask(graph, _one("retireVariant"), id=str(BAYAM_IKAT)))
    assert (gone["available"], bool(gone["retiredAt"])) == (0, True)
    assert str(BAYAM_IKAT) not in {str(each.variant_id) for each in (await _last(db)).variants}
    shown = (await graph.data(f'{{ product(id: "{BAYAM}") {{ {VARIANTS} retiredVariants {{ id }} }} }}'))["product"]
    assert str(BAYAM_IKAT) not in {each["id"] for each in shown["variants"]}
    assert shown["retiredVariants"] == []
    # By its id an order's line finds it.
    assert (await graph.data(f'{{ node(id: "{BAYAM_IKAT}") {{ id }} }}'))["node"]["id"] == str(BAYAM_IKAT)
    await hear(db, an_order((BAYAM_IKAT, 1)))
    assert await states(db) == ["REFUSED"]
    async with db.acquire() as conn:
        row = await conn.fetchrow("SELECT in_stock, unit_price FROM search_row WHERE product_id = $1", BAYAM)
        assert row
        assert dict(row) == {"in_stock": True, "unit_price": 1}
    assert done(await _ask(graph, _one("retireVariant"), id=str(BAYAM_IKAT))) == gone
    no = refused(await _ask(graph, _one("retireVariant"), id=other))
    assert no["code"] == "LAST_OF_ITS_KIND"
    assert done(await _ask(graph, _one("restoreVariant"), id=str(BAYAM_IKAT)))["retiredAt"] is None
    assert refused(await _ask(graph, _one("retireVariant"), who="cak-di", id=other))["code"] == "NOT_FOUND"


async def test_what_is_weighed_later_has_an_estimate_and_a_cap(graph: Graph, db: Database) -> None:
    made = await _chicken(graph)
    (piece,) = made["variants"]
    assert (piece["pricedBy"], piece["price"], piece["priceBasis"]) == ("MASS", 45_000, 1)
    assert (piece["estimate"], piece["cap"], piece["priceText"]) == (45_000, 49_500, "Rp45.000 / ekor")
    assert piece["catchWeight"] == {
        "price": 36_000, "priceBasis": 1_000, "overrunPercent": 10, "priceText": "Rp36.000 / kg"
    }  # fmt: skip
    (told_as,) = (await _last(db)).variants
    assert (told_as.price_rupiah, told_as.price_basis) == (45_000, 1)
    assert told_as.catch_weight
    assert (told_as.catch_weight.price_rupiah, told_as.catch_weight.overrun_percent) == (36_000, 10)
    dearer = done(await _ask(graph, PRICE, id=piece["id"], price=40_000))
    assert (dearer["estimate"], dearer["catchWeight"]["price"]) == (50_000, 40_000)
    lighter = done(await _ask(graph, CHANGE_VARIANT, id=piece["id"], input={"gramPerUnit": 1_001, "overrunPercent": 0}))
    assert (lighter["estimate"], lighter["cap"], lighter["catchWeight"]["price"]) == (40_040, 40_040, 40_000)
    async with db.acquire() as conn:  # as the release before does it
        await conn.execute("UPDATE variant SET price_rupiah = 50050 WHERE id = $1", VariantId.parse(piece["id"]))
    (piece,) = (
        await graph.data(f'{{ product(id: "{made["id"]}") {{ {VARIANTS} }} }}', role="merchant", name="bu-sri")
    )["product"]["variants"]
    assert (piece["price"], piece["catchWeight"]["price"]) == (50_050, 50_000)


async def test_lighter_pieces_are_no_cheaper_price(graph: Graph, db: Database) -> None:
    made = await _chicken(graph)
    (piece,) = made["variants"]
    done(await _ask(graph, _one("publishProduct"), id=made["id"]))
    async with db.acquire() as conn:
        await conn.execute("UPDATE search_row SET for_sale_since = wlijo_now() - interval '20 days'")
        await conn.execute("UPDATE price_history SET since = wlijo_now() - interval '20 days'")
    lighter = done(await _ask(graph, CHANGE_VARIANT, id=piece["id"], input={"gramPerUnit": 1_000}))
    assert (lighter["price"], lighter["wasPrice"]) == (36_000, None)
    cheaper = done(await _ask(graph, PRICE, id=piece["id"], price=30_000))
    assert (cheaper["price"], cheaper["wasPrice"]) == (30_000, 36_000)


async def test_what_cannot_be_weighed_or_bounded_so_is_refused(graph: Graph, db: Database) -> None:
    variants = [
        {**AYAM, "unit": "kg", "gramPerUnit": None, "pricedBy": "COUNT"},
        {**AYAM, "pricedBy": "VOLUME"},
        {**AYAM, "overrunPercent": 51},
        {**AYAM, "pricedBy": None, "overrunPercent": 5},
        {**AYAM, "min": 3, "max": 2},
        {**AYAM, "price": 999_999_999},
    ]
    given = {"name": "Ayam", "category": "sayur"}
    found = problems(await _ask(graph, CREATE, input=given, variants=variants, key=uuid4().hex))
    assert [(each["code"], each["field"]) for each in found] == [
        ("UNIT_DOES_NOT_FIT", "variants.0.pricedBy"),
        ("UNIT_DOES_NOT_FIT", "variants.1.pricedBy"),
        ("INVALID_QUANTITY", "variants.2.overrunPercent"),
        ("UNIT_DOES_NOT_FIT", "variants.3.overrunPercent"),
        ("INVALID_QUANTITY", "variants.4.max"),
        ("INVALID_PRICE", "variants.5.price"),
    ]
    assert await told(db) == []
    most = done(await _ask(graph, CHANGE_VARIANT, id=str(BAYAM_IKAT), input={"max": 4}))
    assert most["unit"]["max"] == 4
    assert (await _last(db)).variants[0].unit.max == 4
    assert done(await _ask(graph, CHANGE_VARIANT, id=str(BAYAM_IKAT), input={"max": 0}))["unit"]["max"] is None


async def test_attributes_are_those_that_the_category_asks(graph: Graph, db: Database) -> None:
    choices = ["A", "B'\\", "C & D"]
    asked: dict[str, Any] = {
        "category": "sayur",
        "code": "mutu",
        "kind": "CHOICE",
        "choices": choices,
        "required": True,
    }
    done(await _ask(graph, ATTRIBUTE, role="ops", **asked))
    done(
        await _ask(
            graph,
            ATTRIBUTE,
            role="ops",
            **{**asked, "code": "berat", "kind": "NUMBER", "choices": None, "required": False},
        )
    )
    made = await _chicken(graph)
    missing = refused(await _ask(graph, _one("publishProduct"), id=made["id"]))
    assert (missing["code"], missing["field"]) == ("ATTRIBUTE_MISSING", "attributes.mutu")
    wrong = [
        {"code": "mutu", "value": "Z"}, {"code": "berat", "value": "1e9"}, {"code": "warna", "value": "hijau"},
        {"code": "mutu", "value": "A"},
    ]  # fmt: skip
    found = problems(await _ask(graph, SAY, id=made["id"], said=wrong))
    assert {each["code"] for each in found} == {"ATTRIBUTE_DOES_NOT_FIT"}
    assert [each["field"] for each in found] == [
        "attributes.0.value", "attributes.1.value", "attributes.2.code", "attributes.3.code"
    ]  # fmt: skip
    said = [{"code": "mutu", "value": choices[1]}, {"code": "berat", "value": "1250.50"}]
    shown = done(await _ask(graph, SAY, id=made["id"], said=said))
    assert {each["attribute"]["code"]: (each["value"], each["text"]) for each in shown["attributes"]} == {
        "mutu": (choices[1], choices[1]), "berat": ("1250.5", "1.250,5")
    }  # fmt: skip
    assert (await _last(db)).attributes == {"mutu": choices[1], "berat": "1250.5"}
    done(await _ask(graph, _one("publishProduct"), id=made["id"]))
    assert refused(await _ask(graph, SAY, id=made["id"], said=[]))["code"] == "ATTRIBUTE_MISSING"
    assert refused(await _ask(graph, SAY, who="cak-di", id=made["id"], said=said))["code"] == "NOT_FOUND"
    # An app that knows none of it says nothing of it, and takes nothing away.
    plain = {"name": "Ayam kampung", "category": "sayur"}
    assert len(done(await _ask(graph, CHANGE, id=made["id"], input=plain))["attributes"]) == 2
    search = """query($of: [AttributeNarrowing!]) { searchProducts(text: "ayam", narrowed: {attributes: $of}) {
      edges { node { id } } facets { total attributes { attribute { code } values { value count } } } } }"""
    for value, total in ((choices[1], 1), (choices[0], 0)):
        answer = (await graph.data(search, of=[{"code": "mutu", "values": [value]}]))["searchProducts"]
        assert (len(answer["edges"]), answer["facets"]["total"]) == (total, total)
        assert answer["facets"]["attributes"] == [
            {"attribute": {"code": "mutu"}, "values": [{"value": choices[1], "count": 1}]}
        ]
    # What nobody is asked any more is not shown, and does not stand in the way.
    done(await _ask(graph, 'mutation { answer: removeAttribute(code: "mutu") { problems { code } code } }', role="ops"))
    assert [each["value"] for each in done(await _ask(graph, SAY, id=made["id"], said=[said[1]]))["attributes"]] == [
        "1250.5"
    ]


async def test_attributes_are_of_one_kind_for_ever(graph: Graph, db: Database) -> None:
    first: dict[str, Any] = {
        "category": "sayur",
        "code": "mutu",
        "kind": "CHOICE",
        "choices": ["A", "B"],
        "required": False,
    }
    done(await _ask(graph, ATTRIBUTE, role="ops", **first))
    for other, field in (
        ({"kind": "TEXT", "choices": None}, "code"), ({"category": "buah"}, "code"), ({"choices": ["A"]}, "choices"),
        ({"choices": ["A", "B", "B"]}, "choices"), ({"choices": None}, "choices"),
    ):  # fmt: skip
        no = refused(await _ask(graph, ATTRIBUTE, role="ops", **{**first, **other}))
        assert (no["code"], no["field"]) == ("ATTRIBUTE_DOES_NOT_FIT", field)
    assert refused(await _ask(graph, ATTRIBUTE, role="ops", **{**first, "category": "x"}))["code"] == "UNKNOWN_CATEGORY"
    more = done(await _ask(graph, ATTRIBUTE, role="ops", **{**first, "choices": ["A", "B", "C"]}))
    assert more["choices"] == ["A", "B", "C"]
    for statement in ("SET kind = 'TEXT', choices = '{}'", "SET choices = '{A}'"):
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.acquire() as conn:
                await conn.execute(f"UPDATE attribute {statement}")
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM reference_change WHERE what = 'ATTRIBUTE'") == 2


async def test_a_harvest_keeps_for_so_long_and_its_seller_is_told_when_it_is_past(graph: Graph, db: Database) -> None:
    today = datetime.now(WIB).date()
    fresh = await _chicken(graph, harvestedOn=str(today), originGroup=" Tani  Makmur ", regionMark="Ayam Senduro")
    assert (fresh["harvestedOn"], fresh["isPastFresh"], fresh["originGroup"]) == (str(today), False, "Tani Makmur")
    until = datetime.combine(today + timedelta(days=1), datetime.min.time(), WIB)
    assert datetime.fromisoformat(fresh["freshUntil"]) == until
    assert (await _last(db)).fresh_until == until
    long_ago = str(today - timedelta(days=3))
    (past,) = done(await _ask(graph, HARVEST, ids=[fresh["id"]], on=long_ago))
    assert past["isPastFresh"]
    listed = (await graph.data(LIST, role="merchant", name="bu-sri", archived=False))["myMerchants"][0]
    assert [edge["node"]["id"] for edge in listed["productsPastFresh"]["edges"]] == [fresh["id"]]
    other = f'{{ merchant(id: "{SRI}") {{ productsPastFresh {{ edges {{ node {{ id }} }} }} }} }}'
    assert (await graph.data(other))["merchant"]["productsPastFresh"]["edges"] == []
    for wrong in (str(today + timedelta(days=1)), "1999-01-01"):
        no = refused(await _ask(graph, HARVEST, ids=[fresh["id"]], on=wrong))
        assert (no["code"], no["field"]) == ("INVALID_TIME", "harvestedOn")
    no = refused(await _ask(graph, HARVEST, who="cak-di", ids=[fresh["id"]], on=long_ago))
    assert (no["code"], no["field"]) == ("NOT_FOUND", "productIds.0")
    assert done(await _ask(graph, HARVEST, ids=[fresh["id"]]))[0]["harvestedOn"] is None


async def test_who_changed_what_is_kept_and_shown_by_pages(graph: Graph, db: Database) -> None:
    async with db.acquire() as conn:
        await conn.execute("UPDATE merchant_member SET name = 'Bu Sri' WHERE merchant_id = $1 AND role = 'OWNER'", SRI)
    done(await _ask(graph, PRICE, id=str(BAYAM_IKAT), price=3_750))
    done(await _ask(graph, _one("hideProduct"), role="ops", who="ops", id=str(BAYAM)))
    stock = f"mutation($id: ID!) {{ answer: setStock(variantId: $id, onHand: 7) {{ {PROBLEMS} variant {{ id }} }} }}"
    done(await _ask(graph, stock, id=str(BAYAM_IKAT)))
    async with db.acquire() as conn:  # nobody signs it
        await conn.execute("UPDATE product SET name = 'Bayam segar' WHERE id = $1", BAYAM)
    found: list[Any] = []
    after = None
    while True:
        page = (await graph.data(HISTORY, role="merchant", name="bu-sri", id=str(BAYAM), first=2, after=after))[
            "product"
        ]
        found += [edge["node"] for edge in page["history"]["edges"]]
        after = page["history"]["pageInfo"]["endCursor"]
        if not page["history"]["pageInfo"]["hasNextPage"]:
            break
    assert [(each["what"], each["before"] is None, each["after"], each["actor"], each["byName"]) for each in found] == [
        ("NAME", False, "Bayam segar", "PLATFORM", None),
        ("STOCK", False, "7", "MEMBER", "Bu Sri"),
        ("STATUS", False, "HIDDEN", "OPS", None),
        ("PRICE", False, "3750", "MEMBER", "Bu Sri"),
    ]
    made_up = "(product_id, what, actor, at) SELECT product_id, 'NAME', 'PLATFORM', at FROM product_history"
    for statement in (
        "DELETE FROM product_history",
        "UPDATE product_history SET subject = 'x'",
        f"INSERT INTO product_history {made_up}",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.acquire() as conn:
                await conn.execute(statement)


async def test_what_orders_move_is_no_change_of_the_product(graph: Graph, db: Database) -> None:
    await hear(db, an_order((BAYAM_IKAT, 1)))
    assert await states(db) == ["HELD"]
    page = await graph.data(HISTORY, role="merchant", name="bu-sri", id=str(BAYAM))
    assert page["product"]["history"]["edges"] == []
