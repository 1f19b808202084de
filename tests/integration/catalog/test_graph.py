"""What the catalog shows, through its ASGI application over a real PostgreSQL: to whom, in what order, by how many statements."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.catalog import MerchantId, ProductId, VariantId
from services.contracts.ordering import OrderId
from services.contracts.places import WIB
from services.kit.database.db import Database, transaction
from tests.worlds import servers
from tests.worlds.catalog import (
    BAYAM,
    BAYAM_IKAT,
    KELAPA,
    KELAPA_PASANG,
    KLENGKENG,
    KLENGKENG_KG,
    MIN,
    SRI,
    Counting,
    Graph,
    an_order,
    hear,
    stock_up,
)

TOMPOKERSAN = {"lat": -8.1291, "lng": 113.2241}  # Bu Sri's own corner
NEAR = """query($point: PointInput!, $radiusM: Int, $search: String, $first: Int, $after: String) {
  productsNear(point: $point, radiusM: $radiusM, search: $search, first: $first, after: $after) {
    edges { cursor distanceM node { id name } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Counting]:
    opened = Counting(catalog.url)
    await opened.open()
    await stock_up(opened)
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Counting) -> Graph:
    return Graph.over(db)


async def _change(db: Database, statement: str, *arguments: Any) -> None:
    async with transaction(db) as conn:
        await conn.execute(statement, *arguments)


async def _near(graph: Graph, **variables: Any) -> list[str]:
    page = (await graph.data(NEAR, **{"point": TOMPOKERSAN, **variables}))["productsNear"]
    return [edge["node"]["name"] for edge in page["edges"]]


async def test_goods_are_found_nearest_first_with_their_distance(graph: Graph) -> None:
    found = (await graph.data(NEAR, point=TOMPOKERSAN))["productsNear"]["edges"]
    assert [(edge["node"]["id"], edge["distanceM"]) for edge in found] == [
        *((product, 0) for product in sorted((str(BAYAM), str(KELAPA)))),
        (str(KLENGKENG), 2903),
    ]


async def test_a_radius_leaves_out_what_is_farther(graph: Graph) -> None:
    assert await _near(graph, radiusM=2903, search="klengkeng") == []
    assert await _near(graph, radiusM=2904, search="klengkeng") == ["Klengkeng Kateki"]


async def test_where_nobody_delivers_nothing_is_found(graph: Graph) -> None:
    for nowhere in ({"lat": -8.108, "lng": 112.922}, {"lat": -7.9797, "lng": 112.6304}, {"lat": 0, "lng": 0}):
        found = (await graph.data(NEAR, point=nowhere))["productsNear"]
        assert (nowhere, found) == (nowhere, {**found, "edges": []})
        assert not found["pageInfo"]["hasNextPage"]


async def test_a_search_finds_what_holds_all_its_words_or_their_beginnings(graph: Graph) -> None:
    for search, names in (
        ("ikat", ["Bayam"]),
        ("bayam", ["Bayam"]),
        ("BAYAM ikat", ["Bayam"]),
        ("klengk", ["Klengkeng Kateki"]),
        ("coconut", ["Kelapa muda"]),
        ("fruit kg", ["Klengkeng Kateki"]),
        ("bayam kg", []),
        ("durian", []),
        ("' | !:*) & \\", []),
        ("(", []),
        ("🥬", []),
        ("_", []),
        ("\0", []),
        ("", ["Bayam", "Kelapa muda", "Klengkeng Kateki"]),
        (" \t", ["Bayam", "Kelapa muda", "Klengkeng Kateki"]),
        ("bayam'; DROP TABLE product; --", []),
        ("a\0yam", []),
    ):
        assert (search, sorted(await _near(graph, search=search))) == (search, names)


async def test_pages_of_goods_near_follow_each_other_without_gap_or_repeat(graph: Graph, db: Counting) -> None:
    whole = await _near(graph)
    seen, after = [], None
    for number in range(3):
        page = (await graph.data(NEAR, point=TOMPOKERSAN, first=1, after=after))["productsNear"]
        seen += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] is (number < 2)
        assert page["pageInfo"]["hasPreviousPage"] is (number > 0)
    assert seen == whole


async def test_a_word_that_very_many_goods_have_is_paged_in_the_same_order(graph: Graph, db: Counting) -> None:
    await _change(
        db,
        """INSERT INTO product (id, merchant_id, name, description, category_code, status, words)
           SELECT uuidv7(), CASE WHEN n % 2 = 0 THEN $1::uuid ELSE $2::uuid END, 'Jagung ' || n, '', 'sayur', 'PUBLISHED',
                  'jagung buah' FROM generate_series(1, 510) AS n""",
        SRI,
        MIN,
    )
    seen: list[tuple[int, str]] = []
    after = None
    for _ in range(7):
        page = (await graph.data(NEAR, point=TOMPOKERSAN, search="jagung", first=100, after=after))["productsNear"]
        seen += [(edge["distanceM"], edge["node"]["id"]) for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(set(seen)) == 510
    assert seen == sorted(seen)


async def test_what_can_never_be_right_is_bad_user_input(graph: Graph) -> None:
    refused: list[dict[str, Any]] = [
        {"first": 101},
        {"first": -1},
        {"after": "nonsense"},
        {"after": "WyJCYXlhbSIsIDFd"},
        {"radiusM": 0},
        {"radiusM": 50_001},
        {"search": "x" * 101},
        {"point": {"lat": 91, "lng": 0}},
        {"point": {"lat": 0, "lng": -181}},
    ]
    for variables in refused:
        code = await graph.code(NEAR, **{"point": TOMPOKERSAN, **variables})
        assert (variables, code) == (variables, "BAD_USER_INPUT")


async def test_hidden_goods_and_those_of_a_suspended_merchant_are_on_no_list(graph: Graph, db: Counting) -> None:
    await _change(db, "UPDATE product SET status = 'HIDDEN' WHERE id = $1", BAYAM)
    await _change(db, "UPDATE merchant SET status = 'SUSPENDED' WHERE id = $1", MIN)
    assert await _near(graph) == ["Kelapa muda"]
    data = await graph.data(
        """query($sri: ID!, $min: ID!) { merchants { edges { node { name } } }
             sri: merchant(id: $sri) { products { edges { node { name } } } }
             min: merchant(id: $min) { status openNow products { edges { node { name } } } } }""",
        sri=str(SRI),
        min=str(MIN),
    )
    assert data == {
        "merchants": {"edges": [{"node": {"name": "Wlijo Bu Sri"}}]},
        "sri": {"products": {"edges": [{"node": {"name": "Kelapa muda"}}]}},
        "min": {"status": "SUSPENDED", "openNow": False, "products": {"edges": []}},
    }


async def test_what_is_on_sale_no_more_with_its_merchant_still_has_its_name_but_nothing_to_sell(
    graph: Graph, db: Counting
) -> None:
    await _change(db, "UPDATE merchant SET status = 'SUSPENDED', status_reason = 'izin' WHERE id = $1", MIN)
    found = await _entities(graph, [("Variant", KLENGKENG_KG), ("Merchant", MIN)])
    assert found == [
        {"__typename": "Variant", "available": 0, "product": {"name": "Klengkeng Kateki", "status": "PUBLISHED"}},
        {"__typename": "Merchant", "name": "Kios Pak Min", "statusReason": None},
    ]


ENTITIES = """query($representations: [_Any!]!) { _entities(representations: $representations) { __typename
  ... on Merchant { name statusReason } ... on Product { name } ... on Variant { available product { name status } } } }"""


async def _entities(
    graph: Graph, keys: list[tuple[str, Any]], *, role: str | None = None, name: str = "siti"
) -> list[Any]:
    representations = [{"__typename": kind, "id": str(key)} for kind, key in keys]
    data = await graph.data(ENTITIES, role=role, name=name, representations=representations)
    return list(data["_entities"])


@pytest.mark.parametrize("status", ["DRAFT", "BLOCKED", "HIDDEN"])
async def test_what_is_not_public_is_shown_to_its_own_people_and_operators_alone(
    graph: Graph, db: Counting, status: str
) -> None:
    await _change(db, "UPDATE product SET status = $2 WHERE id = $1", BAYAM, status)
    keys = [("Product", BAYAM), ("Variant", BAYAM_IKAT)]
    assert await _entities(graph, keys) == [None, None]
    assert await _entities(graph, keys, role="buyer", name="bu-sri") == [None, None]
    assert await _entities(graph, keys, role="merchant", name="pak-min") == [None, None]
    for role, name in (("merchant", "bu-sri"), ("ops", "ops")):
        shown = await _entities(graph, keys, role=role, name=name)
        assert [each["__typename"] for each in shown] == ["Product", "Variant"]


async def test_a_merchant_that_has_only_applied_is_its_own_peoples_to_see(graph: Graph, db: Counting) -> None:
    await _change(db, "UPDATE merchant SET status = 'APPLIED' WHERE id = $1", MIN)
    keys = [("Merchant", MIN), ("Product", KLENGKENG), ("Variant", KLENGKENG_KG)]
    assert await _entities(graph, keys) == [None, None, None]
    shown = await _entities(graph, keys, role="merchant", name="mbak-yuni")
    assert [each["__typename"] for each in shown] == ["Merchant", "Product", "Variant"]


async def test_stock_and_the_reason_of_a_suspension_are_for_the_merchants_own_people(
    graph: Graph, db: Counting
) -> None:
    await _change(db, "UPDATE merchant SET status_reason = 'dulu' WHERE id = $1", SRI)
    await hear(db, an_order((BAYAM_IKAT, 3)))
    document = """query($id: ID!) { node(id: $id) { ... on Variant { available stock { onHand reserved }
        product { merchant { statusReason } } } } }"""
    outside = {"available": 7, "stock": None, "product": {"merchant": {"statusReason": None}}}
    inside = {
        "available": 7,
        "stock": {"onHand": 10, "reserved": 3},
        "product": {"merchant": {"statusReason": "dulu"}},
    }
    for role, name, shown in (
        (None, "", outside),
        ("buyer", "bu-sri", outside),
        ("merchant", "pak-min", outside),
        ("merchant", "bu-sri", inside),
        ("ops", "ops", inside),
    ):
        assert (await graph.data(document, role=role, name=name, id=str(BAYAM_IKAT)))["node"] == shown


async def test_a_merchants_own_people_see_their_hidden_goods_in_their_list(graph: Graph, db: Counting) -> None:
    await _change(db, "UPDATE product SET status = 'HIDDEN' WHERE id = $1", BAYAM)
    document = "query($id: ID!) { merchant(id: $id) { products { edges { node { name } } } } }"
    for role, name, names in (
        (None, "", ["Kelapa muda"]),
        ("merchant", "pak-min", ["Kelapa muda"]),
        ("merchant", "bu-sri", ["Bayam", "Kelapa muda"]),
        ("ops", "ops", ["Bayam", "Kelapa muda"]),
    ):
        found = (await graph.data(document, role=role, name=name, id=str(SRI)))["merchant"]["products"]["edges"]
        assert [edge["node"]["name"] for edge in found] == names


async def test_a_merchant_is_shown_whole(graph: Graph) -> None:
    data = await graph.data(
        """query($id: ID!) { merchant(id: $id) { id name slug kind status kecamatanCode kecamatanName
             pickupPoint { lat lng } openNow alwaysOpen autoAccept hours { weekday opensAt closesAt }
             route { weekday stops { label arrivesAt point { lat } } } } }""",
        id=str(SRI),
    )
    tompokersan = {"label": "Tompokersan", "arrivesAt": "06:15", "point": {"lat": -8.1274}}
    jogoyudan = {"label": "Jogoyudan", "arrivesAt": "07:10", "point": {"lat": -8.1328}}
    assert data["merchant"] == {
        "id": str(SRI),
        "name": "Wlijo Bu Sri",
        "slug": "wlijo-bu-sri",
        "kind": "WLIJO",
        "status": "ACTIVE",
        "kecamatanCode": "35.08.10",
        "kecamatanName": "Lumajang",
        "pickupPoint": {"lat": -8.129, "lng": 113.224},
        "openNow": True,
        "alwaysOpen": True,
        "autoAccept": True,
        "hours": [],
        "route": [
            {"weekday": "MONDAY", "stops": [tompokersan]},
            {"weekday": "WEDNESDAY", "stops": [tompokersan, jogoyudan]},
        ],
    }


async def test_a_product_is_shown_with_its_units_and_prices(graph: Graph) -> None:
    data = await graph.data(
        """query($id: ID!) { product(id: $id) { name description category { code name } status originDesaCode keepsForS
             merchant { id } variants { id sku label price priceBasis available gramPerUnit
               unit { code label kind basePerUnit step min } product { id } } } }""",
        id=str(KELAPA),
    )
    assert data["product"] == {
        "name": "Kelapa muda",
        "description": "Kelapa muda utuh (young coconut)",
        "category": {"code": "buah", "name": "Buah (fruit)"},
        "status": "PUBLISHED",
        "originDesaCode": "35.08.07.2001",
        "keepsForS": None,
        "merchant": {"id": str(SRI)},
        "variants": [
            {
                "id": str(KELAPA_PASANG),
                "sku": "SRI-KELAPA-2",
                "label": "2 buah (a pair)",
                "price": 6000,
                "priceBasis": 2,
                "available": 20,
                "gramPerUnit": 1800,
                "unit": {"code": "buah", "label": "buah", "kind": "COUNT", "basePerUnit": 1, "step": 2, "min": 2},
                "product": {"id": str(KELAPA)},
            }
        ],
    }


async def test_goods_by_the_kilogram_weigh_what_they_say(graph: Graph) -> None:
    document = "query($id: ID!) { node(id: $id) { ... on Variant { price priceBasis available gramPerUnit unit { basePerUnit } } } }"
    assert (await graph.data(document, id=str(KLENGKENG_KG)))["node"] == {
        "price": 35000,
        "priceBasis": 1000,
        "available": 5000,
        "gramPerUnit": 1000,
        "unit": {"basePerUnit": 1000},
    }


async def test_open_now_is_judged_by_the_databases_clock(graph: Graph, db: Counting) -> None:
    for clock, is_it_open in (("02:30", False), ("04:30", False), ("05:30", True), ("11:30", False)):
        async with db.acquire() as conn:
            now: datetime = await conn.fetchval("SELECT clock_timestamp()")
        hour, minute = (int(part) for part in clock.split(":"))
        wanted = (now.astimezone(WIB) + timedelta(days=1)).replace(hour=hour, minute=minute, second=0, microsecond=0)
        await _change(
            db,
            "INSERT INTO clock_shift (shift) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET shift = excluded.shift",
            wanted.astimezone(UTC) - now,
        )
        data = await graph.data("query($id: ID!) { merchant(id: $id) { openNow } }", id=str(MIN))
        assert (clock, data["merchant"]["openNow"]) == (clock, is_it_open)


async def test_merchants_are_listed_by_name_and_by_place_and_kind(graph: Graph) -> None:
    document = """query($kecamatan: String, $kind: MerchantKind, $first: Int, $after: String) {
      merchants(kecamatanCode: $kecamatan, kind: $kind, first: $first, after: $after) {
        edges { node { name } } pageInfo { hasNextPage endCursor } } }"""

    async def names(**variables: Any) -> list[str]:
        edges = (await graph.data(document, **variables))["merchants"]["edges"]
        return [edge["node"]["name"] for edge in edges]

    assert await names() == ["Kios Pak Min", "Wlijo Bu Sri"]
    assert await names(kecamatan="35.08.10") == ["Wlijo Bu Sri"]
    assert await names(kind="FIXED_STALL") == ["Kios Pak Min"]
    assert await names(kecamatan="35.08.10", kind="FIXED_STALL") == []
    first = (await graph.data(document, first=1))["merchants"]
    assert first["pageInfo"]["hasNextPage"]
    assert await names(after=first["pageInfo"]["endCursor"]) == ["Wlijo Bu Sri"]
    assert await graph.code(document, kecamatan="35.08.10\0") == "BAD_USER_INPUT"
    for unknown in ("Lumajang", "35.08.99", "35.08.1٠", "35.08", "35.08.10 "):
        assert (unknown, await graph.code(document, kecamatan=unknown)) == (unknown, "BAD_USER_INPUT")


async def test_the_regency_is_listed_with_its_kecamatan_and_villages(graph: Graph) -> None:
    regions = (
        await graph.data("{ regions { code name level postcode centroid { lat lng } villages { code name level } } }")
    )["regions"]
    assert len(regions) == 21
    assert [region["code"] for region in regions] == sorted(region["code"] for region in regions)
    lumajang = regions[9]
    assert {key: lumajang[key] for key in ("code", "name", "level", "postcode")} == {
        "code": "35.08.10",
        "name": "Lumajang",
        "level": "KECAMATAN",
        "postcode": "67311",
    }
    assert {"code": "35.08.10.1012", "name": "Kepuharjo", "level": "KELURAHAN"} in lumajang["villages"]
    assert sum(len(region["villages"]) for region in regions) == 205


async def test_a_node_of_another_service_is_answered_by_a_stub_of_its_kind(graph: Graph) -> None:
    for prefix, kind in (
        ("byr", "Buyer"),
        ("crt", "Cart"),
        ("ord", "Order"),
        ("sor", "SellerOrder"),
        ("pay", "Payment"),
        ("dlv", "Delivery"),
        ("ptn", "Partner"),
        ("rid", "Rider"),
    ):
        text = f"{prefix}_{str(OrderId.new()).partition('_')[2]}"
        data = await graph.data("query($id: ID!) { node(id: $id) { __typename id } }", id=text)
        assert data["node"] == {"__typename": kind, "id": text}


async def test_a_node_of_the_catalog_is_looked_up(graph: Graph) -> None:
    document = "query($id: ID!) { node(id: $id) { __typename id } }"
    for key, kind in ((SRI, "Merchant"), (BAYAM, "Product"), (BAYAM_IKAT, "Variant")):
        assert (await graph.data(document, id=str(key)))["node"] == {"__typename": kind, "id": str(key)}
    for unknown in (MerchantId.new(), ProductId.new(), VariantId.new()):
        assert (await graph.data(document, id=str(unknown)))["node"] is None


async def test_what_is_no_nodes_id_is_bad_user_input(graph: Graph) -> None:
    zeros = "0" * 26
    for text in ("", "ord", "ord_", "ord_0123", f"evt_{zeros}", f"xyz_{zeros}", zeros, f"_{zeros}", "mer_" + "u" * 26):
        assert (text, await graph.code("query($id: ID!) { node(id: $id) { id } }", id=text)) == (text, "BAD_USER_INPUT")


async def test_an_id_of_another_kind_is_bad_user_input(graph: Graph) -> None:
    document = "query($id: ID!) { product(id: $id) { id } }"
    assert await graph.code(document, id=str(SRI)) == "BAD_USER_INPUT"
    assert await graph.code(document.replace("product", "merchant"), id=str(BAYAM)) == "BAD_USER_INPUT"


async def test_entities_are_answered_in_the_order_asked_and_one_that_is_malformed_fails_alone(graph: Graph) -> None:
    representations = [
        {"__typename": "Variant", "id": str(BAYAM_IKAT)},
        {"__typename": "Variant", "id": str(VariantId.new())},
        {"__typename": "Variant", "id": "nonsense"},
        {"__typename": "Order", "id": str(OrderId.new())},
        {"__typename": "Product", "id": str(BAYAM)},
    ]
    answer = await graph.answer(ENTITIES, representations=representations)
    assert [each and each["__typename"] for each in answer["data"]["_entities"]] == [
        "Variant", None, None, None, "Product",
    ]  # fmt: skip
    assert sorted((error["path"], error["extensions"]["code"]) for error in answer["errors"]) == [
        (["_entities", 2], "BAD_USER_INPUT"),
        (["_entities", 3], "BAD_USER_INPUT"),
    ]


async def test_any_number_of_keys_is_one_statement_for_each_field(graph: Graph, db: Counting) -> None:
    document = """query($point: PointInput!, $representations: [_Any!]!) {
      productsNear(point: $point) { edges { node { merchant { name products { edges { node { name } } } route { weekday } }
        variants { available } } } }
      _entities(representations: $representations) { ... on Variant { sku product { name merchant { name } } } } }"""
    keys = [("Variant", key) for key in (BAYAM_IKAT, KELAPA_PASANG, KLENGKENG_KG)]
    representations = [{"__typename": kind, "id": str(key)} for kind, key in keys]
    await graph.data(document, point=TOMPOKERSAN, representations=representations)
    db.statements.clear()
    await graph.data(document, point=TOMPOKERSAN, representations=representations)
    # near, merchants, their products, their routes, variants of products; the entities: variants, their products. Merchants that
    # both ask for are asked for once when both want them at one moment, else twice.
    assert len(db.statements) <= 8, db.statements


async def test_a_bad_token_is_refused_and_not_taken_for_none(graph: Graph) -> None:
    token = graph.issuer.token(exp=1)
    answer = await _with_token(graph, token)
    assert answer["errors"][0]["extensions"]["code"] == "TOKEN_EXPIRED"
    forged = Graph.over(Database("")).issuer.token()
    answer = await _with_token(graph, forged)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def _with_token(graph: Graph, token: str) -> Any:
    from tests.worlds.asgi import ask

    return await ask(graph.asgi, "{ regions { code } }", token=token)


async def test_without_a_database_the_answer_is_that_the_service_is_away() -> None:
    db = Database("postgresql://catalog:none@127.0.0.1:1/catalog")
    await db.open()
    try:
        assert await Graph.over(db).code("{ regions { code } }") == "SERVICE_UNAVAILABLE"
    finally:
        await db.close()
