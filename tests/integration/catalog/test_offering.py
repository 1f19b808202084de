"""Goods come into the market through the graph alone: units by operators, products and variants by who sells them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from services.catalog.domain import offering
from services.contracts.catalog import LevelChanged, ProductChanged, ProductStatus
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.worlds import servers
from tests.worlds.catalog import BAYAM, BAYAM_IKAT, SRI, Graph, stock_up, told
from tests.worlds.payloads import PROBLEMS, done, problems, refused

VARIANTS = (
    "variants { id label unit { code step min } price priceBasis priceText gramPerUnit available stock { onHand } }"
)
SHOWN = f"product {{ id name slug status description category {{ code }} keepsForS originDesaCode {VARIANTS} }}"
CREATE = f"""mutation($merchant: ID!, $input: ProductInput!, $variants: [VariantInput!]!, $key: String!) {{
  answer: createProduct(merchantId: $merchant, input: $input, variants: $variants, idempotencyKey: $key) {{ {PROBLEMS} {SHOWN} }} }}"""
CHANGE = f"""mutation($id: ID!, $input: ProductInput!) {{ answer: changeProduct(id: $id, input: $input) {{ {PROBLEMS} {SHOWN} }} }}"""
ADD = f"""mutation($id: ID!, $variant: VariantInput!, $key: String!) {{
  answer: addVariant(productId: $id, variant: $variant, idempotencyKey: $key) {{ {PROBLEMS} {SHOWN} }} }}"""
CHANGE_VARIANT = f"""mutation($id: ID!, $input: ChangeVariantInput!) {{
  answer: changeVariant(id: $id, input: $input) {{ {PROBLEMS} variant {{ label unit {{ step min }} gramPerUnit price }} }} }}"""
PUBLISH = f"mutation($id: ID!) {{ answer: publishProduct(id: $id) {{ {PROBLEMS} product {{ status }} }} }}"
UNIT = f"""mutation($code: String!, $label: String!, $kind: UnitKind!, $base: Int!) {{
  answer: saveSaleUnit(code: $code, label: $label, kind: $kind, basePerUnit: $base) {{ {PROBLEMS} saleUnit {{ code step min }} }} }}"""
NEAR = """query($search: String!) { productsNear(point: {lat: -8.1335, lng: 113.2245}, radiusM: 20000, search: $search) {
  edges { node { name } } } }"""
KLENGKENG = {"name": "Klengkeng Kateki", "category": "buah", "description": "Dari kebun sendiri", "keepsForS": 432_000}
PER_KG = {"label": "per kg", "unit": "kg", "price": 45_000, "onHand": 20_000}
PACKED = {"label": "per pak", "unit": "ikat", "price": 25_000, "gramPerUnit": 500}


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    async with transaction(opened) as conn:
        await conn.execute("DELETE FROM outbox")  # what the seed told
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _ask(graph: Graph, document: str, role: str = "merchant", who: str = "bu-sri", **variables: Any) -> Any:
    return (await graph.data(document, role=role, name=who, **variables))["answer"]


async def _create(graph: Graph, **other: Any) -> Any:
    given = {"merchant": str(SRI), "input": KLENGKENG, "variants": [PER_KG, PACKED], "key": uuid4().hex}
    return await _ask(graph, CREATE, **(given | other))


async def test_goods_are_put_up_for_sale_and_found(graph: Graph, db: Database) -> None:
    made = done(await _create(graph))
    assert (made["status"], made["slug"], made["keepsForS"]) == ("DRAFT", "klengkeng-kateki", 432_000)
    kg, pack = made["variants"]
    assert (kg["unit"], kg["priceBasis"], kg["priceText"]) == (
        {"code": "kg", "step": 250, "min": 250},
        1_000,
        "Rp45.000 / kg",
    )
    assert (kg["stock"]["onHand"], kg["available"], pack["stock"]["onHand"]) == (20_000, 0, 0)
    states = [decode(ProductChanged, payload) for kind, payload in await told(db) if kind == ProductChanged.type]
    assert [state.status for state in states] == [ProductStatus.DRAFT]
    levels = [decode(LevelChanged, payload) for kind, payload in await told(db) if kind == LevelChanged.type]
    assert sorted(str(level.variant_id) for level in levels) == sorted(each["id"] for each in made["variants"])
    assert not any(edge["node"]["name"] == "Klengkeng Kateki" for edge in await _found(graph, "kebun"))
    done(await _ask(graph, PUBLISH, id=made["id"]))
    for words in ("klengkeng", "kebun", "pak"):
        assert any(edge["node"]["name"] == "Klengkeng Kateki" for edge in await _found(graph, words))
    async with db.acquire() as conn:
        begun = await conn.fetchval("SELECT count(*) FROM price_history WHERE variant_id::text <> '' AND until IS NULL")
        assert begun == await conn.fetchval("SELECT count(*) FROM variant")


async def _found(graph: Graph, words: str) -> Any:
    return (await graph.data(NEAR, search=words))["productsNear"]["edges"]


async def test_a_repeat_makes_nothing_and_another_body_is_refused(graph: Graph, db: Database) -> None:
    key = uuid4().hex
    made = done(await _create(graph, key=key))
    number = len(await told(db))
    assert done(await _create(graph, key=key)) == made
    assert len(await told(db)) == number
    assert (
        refused(await _create(graph, key=key, input={**KLENGKENG, "name": "Other"}))["code"] == "IDEMPOTENCY_KEY_REUSED"
    )


async def test_all_that_is_wrong_is_told_at_once_and_nothing_is_kept(graph: Graph, db: Database) -> None:
    wrong = {"name": " ", "category": "mobil", "originDesaCode": "1"}
    variants = [{**PER_KG, "unit": "karung"}, {**PACKED, "gramPerUnit": None, "price": 0}]
    found = problems(await _create(graph, input=wrong, variants=variants))
    assert {(each["code"], each["field"]) for each in found} == {
        ("INVALID_TEXT", "input.name"),
        ("UNKNOWN_CATEGORY", "input.category"),
        ("UNKNOWN_REGION", "input.originDesaCode"),
        ("UNKNOWN_UNIT", "variants.0.unit"),
        ("UNIT_DOES_NOT_FIT", "variants.1.gramPerUnit"),
        ("INVALID_PRICE", "variants.1.price"),
    }
    assert await told(db) == []
    for variants in ([], [PER_KG] * (offering.MAX_VARIANTS + 1)):
        no = refused(await _create(graph, variants=variants))
        assert no == {"code": "TOO_MANY_VARIANTS", "limit": offering.MAX_VARIANTS, "unit": "VARIANT"}


async def test_a_product_is_described_anew_and_keeps_its_address(graph: Graph) -> None:
    made = done(await _create(graph))
    done(await _ask(graph, PUBLISH, id=made["id"]))
    changed = done(await _ask(graph, CHANGE, id=made["id"], input={"name": "Lengkeng Kateki", "category": "buah"}))
    assert (changed["name"], changed["slug"], changed["description"], changed["keepsForS"]) == (
        "Lengkeng Kateki", "klengkeng-kateki", "", None,
    )  # fmt: skip
    assert await _found(graph, "lengkeng") != [] == await _found(graph, "kebun")
    assert changed["variants"] != []


async def test_a_variant_comes_behind_the_others_once(graph: Graph) -> None:
    made = done(await _create(graph, variants=[PER_KG]))
    key = uuid4().hex
    for _ in range(2):
        added = done(await _ask(graph, ADD, id=made["id"], variant=PACKED, key=key))
        assert [each["label"] for each in added["variants"]] == ["per kg", "per pak"]


async def test_variants_that_come_at_once_each_have_a_place_and_are_not_too_many(graph: Graph) -> None:
    made = done(await _create(graph, variants=[PER_KG] * (offering.MAX_VARIANTS - 2)))
    answers = await asyncio.gather(
        *(_ask(graph, ADD, id=made["id"], variant=PACKED, key=uuid4().hex) for _ in range(4))
    )
    assert sorted(len(each["problems"]) for each in answers) == [0, 0, 1, 1]


async def test_how_a_variant_is_sold_is_changed_in_part(graph: Graph, db: Database) -> None:
    changed = done(await _ask(graph, CHANGE_VARIANT, id=str(BAYAM_IKAT), input={"step": 2, "label": "per dua ikat"}))
    assert (changed["label"], changed["unit"]) == ("per dua ikat", {"step": 2, "min": 2})
    _, payload = (await told(db))[-1]
    assert [each.unit.step for each in decode(ProductChanged, payload).variants if each.variant_id == BAYAM_IKAT] == [2]
    odd = refused(await _ask(graph, CHANGE_VARIANT, id=str(BAYAM_IKAT), input={"min": 3}))
    assert odd == {"code": "UNIT_DOES_NOT_FIT", "field": "input.min"}


async def test_only_its_own_people_and_operators_touch_what_a_merchant_sells(graph: Graph) -> None:
    asked = (
        (CREATE, {"merchant": str(SRI), "input": KLENGKENG, "variants": [PER_KG], "key": uuid4().hex}),
        (CHANGE, {"id": str(BAYAM), "input": KLENGKENG}),
        (ADD, {"id": str(BAYAM), "variant": PER_KG, "key": uuid4().hex}),
        (CHANGE_VARIANT, {"id": str(BAYAM_IKAT), "input": {"step": 2}}),
    )
    for document, variables in asked:
        assert refused(await _ask(graph, document, who="cak-di", **variables)) == {"code": "NOT_FOUND"}
        assert (await _ask(graph, document, role="ops", who="ops", **variables))["problems"] == []


async def test_a_closed_merchant_puts_nothing_up(graph: Graph, db: Database) -> None:
    async with transaction(db) as conn:
        await conn.execute("UPDATE merchant SET status = 'CLOSED' WHERE id = $1", SRI)
    assert refused(await _create(graph)) == {"code": "WRONG_STATE", "status": "CLOSED"}


async def test_operators_enter_units_once(graph: Graph) -> None:
    karung = {"code": "karung", "label": "karung", "kind": "MASS", "base": 50_000}
    for _ in range(2):
        made = done(await _ask(graph, UNIT, role="ops", who="ops", **karung))
        assert made == {"code": "karung", "step": 12_500, "min": 12_500}
    listed = (await graph.data("{ saleUnits { code } }"))["saleUnits"]
    assert {"code": "karung"} in listed
    for other, field in (
        ({"base": 25_000}, "code"),
        ({"code": "x", "kind": "COUNT"}, "basePerUnit"),
        ({"code": "y", "base": 0}, "basePerUnit"),
    ):
        no = refused(await _ask(graph, UNIT, role="ops", who="ops", **(karung | other)))
        assert no == {"code": "UNIT_DOES_NOT_FIT", "field": field}
