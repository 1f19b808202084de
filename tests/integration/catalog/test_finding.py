"""What people type finds goods: whole words and beginnings, stems, synonyms, what is spelt nearly so; sorted, narrowed, counted, paged."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.catalog import by_hand
from services.catalog.domain.finding import MAX_FOUND, MAX_SUGGESTIONS
from services.catalog.domain.synonyms import MAX_SYNONYMS
from services.contracts.catalog import MerchantId, ProductId, VariantId
from services.kit.database.db import Database, transaction
from tests.worlds import servers
from tests.worlds.catalog import Counting, Graph, stock_up
from tests.worlds.payloads import PROBLEMS, done, refused

SEED = json.loads((Path(__file__).parents[3] / "infra/local/seed/catalog.json").read_text("utf-8"))
HERE = {"lat": -8.1321, "lng": 113.2193}
SEARCH = """query($text: String, $point: PointInput, $radiusM: Int, $narrowed: ProductNarrowing, $order: ProductOrder! = RELEVANCE,
  $first: Int, $after: String) {
  searchProducts(text: $text, point: $point, radiusM: $radiusM, narrowed: $narrowed, order: $order, first: $first, after: $after) {
    guessed edges { distanceM node { id name merchant { name openNow kind } variants { price } } } pageInfo { hasNextPage endCursor } } }"""
FACETS = """query($text: String, $point: PointInput, $narrowed: ProductNarrowing) {
  searchProducts(text: $text, point: $point, narrowed: $narrowed, first: 0) { facets { total openNow inStock
    categories { category { code name } count } kinds { kind count } prices { priceFrom priceTo count } } } }"""
SUGGEST = "query($text: String!) { searchSuggestions(text: $text) { text category { code } } }"
SAVE = f"""mutation($word: String!, $means: String!) {{ answer: saveSynonym(word: $word, means: $means) {{
  {PROBLEMS} synonym {{ word means }} }} }}"""
REMOVE = f"mutation($word: String!) {{ answer: removeSynonym(word: $word) {{ {PROBLEMS} word }} }}"


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Counting]:
    opened = Counting(catalog.url)
    await opened.open()
    await stock_up(opened, SEED)
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Counting) -> Graph:
    return Graph.over(db)


async def _change(db: Database, statement: str, *arguments: Any) -> None:
    async with transaction(db) as conn:
        await conn.execute(statement, *arguments)


async def _search(graph: Graph, text: str | None, **more: Any) -> Any:
    return (await graph.data(SEARCH, text=text, **{"first": 100, **more}))["searchProducts"]


async def _names(graph: Graph, text: str | None, **more: Any) -> list[str]:
    return [edge["node"]["name"] for edge in (await _search(graph, text, **more))["edges"]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("bayam", {"Bayam"}),
        ("BAYAM ikat", {"Bayam"}),
        ("kerip", {"Keripik pisang agung", "Keripik talas", "Keripik pisang manis", "Keripik pisang asin"}),
        ("keripik pis", {"Keripik pisang agung", "Keripik pisang manis", "Keripik pisang asin"}),
        ("pisangnya agung", {"Keripik pisang agung", "Pisang Agung Semeru"}),  # by its stem
        ("penggorengan", {"MinyaKita"}),  # goreng
        ("telur kios wati", {"Telur ayam"}),
        ("kopi lereng", {"Coffee Wine", "Kopi Mbah Meru", "Kopi robusta bubuk", "Kopi arabika biji"}),
        ("zzzzzz", set()),
    ],
)  # fmt: skip
async def test_words_stems_and_beginnings_find_goods(graph: Graph, text: str, names: set[str]) -> None:
    found = await _search(graph, text)
    assert ({edge["node"]["name"] for edge in found["edges"]}, found["guessed"]) == (names, None)


@pytest.mark.parametrize(
    ("text", "name", "guessed"),
    [
        ("keripk", "Keripik talas", "keripik"),
        ("keripk pisnag", "Keripik pisang agung", "keripik pisang"),
        ("lengkeng", "Klengkeng Kateki", None),  # the stem of what it is described by
        ("klengekng", "Klengkeng Kateki", "klengkeng"),
        ("bayem", "Bayam", "bayam"),
        ("bawang mreah", "Bawang merah", "bawang merah"),
        ("bayam kopi", "Bayam", "bayam"),  # each is there, and nothing has both
        ("kopi bayam ikat", "Kopi Mbah Meru", "kopi"),
        ("pisnag bayam agung", "Pisang Agung Semeru", "pisang agung"),
    ],
)
async def test_what_finds_nothing_is_told_with_the_nearest_guess(
    graph: Graph, text: str, name: str, guessed: str
) -> None:
    found = await _search(graph, text)
    assert name in [edge["node"]["name"] for edge in found["edges"]]
    assert found["guessed"] == guessed


async def test_a_guess_leads_to_goods_that_are_for_sale(graph: Graph, db: Counting) -> None:
    await _change(db, "UPDATE product SET status = 'HIDDEN' WHERE name = 'Bayam'")
    assert await _search(graph, "bayem") == {
        "guessed": None,
        "edges": [],
        "pageInfo": {"hasNextPage": False, "endCursor": None},
    }


@pytest.mark.parametrize("text", ["(", "' | !:*) & \\", "🥬", "_", "\0", "%", "'''", "\\"])
async def test_signs_alone_find_nothing(graph: Graph, text: str) -> None:
    assert await _names(graph, text) == []


@pytest.mark.parametrize(
    "text", ["bayam'; DROP TABLE product; --", "a\0yam", "'bayam' & !ikat", "\u202ebayam", "<script>", "ba%", "👩🏽‍🌾", "' \\' '"]
)  # fmt: skip
async def test_hostile_text_is_words(graph: Graph, text: str) -> None:
    await _search(graph, text)
    await graph.data(SUGGEST, text=text)


async def test_what_is_too_long_is_bad_user_input(graph: Graph) -> None:
    for text in ("x" * 101, " ".join("abcdefghi")):
        for document in (SEARCH, SUGGEST):
            assert await graph.code(document, text=text) == "BAD_USER_INPUT"
    for wrong in (
        {"order": "DISTANCE"},
        {"radiusM": 500},
        {"point": HERE, "radiusM": 0},
        {"narrowed": {"category": "x y"}},
        {"narrowed": {"priceFrom": -1}},
        {"narrowed": {"servedHere": True}},
        {"first": 101},
        {"after": "x"},
    ):
        assert (wrong, await graph.code(SEARCH, **wrong)) == (wrong, "BAD_USER_INPUT")


async def test_synonyms_find_each_others_goods_at_once(graph: Graph, db: Counting) -> None:
    for word, means in (("lombok", "cabai"), ("Unting", "ikat"), ("brambang", "Bawang  Merah"), ("sabrang", "cabai")):
        saved = done((await graph.data(SAVE, role="ops", word=word, means=means))["answer"])
        assert saved == {"word": word.lower(), "means": " ".join(means.lower().split())}
    chillies = {"Cabai rawit", "Cabai merah besar"}
    for text, names in (
        ("lombok", chillies),
        ("lomb", chillies),
        ("lombok rawit", {"Cabai rawit"}),
        ("bayam unting", {"Bayam"}),
        ("brambang", {"Bawang merah"}),
    ):
        found = await _search(graph, text)
        assert (text, {edge["node"]["name"] for edge in found["edges"]}, found["guessed"]) == (text, names, None)
    await _change(db, "UPDATE product SET name = 'Lombok ijo', description = '' WHERE name = 'Cabai merah besar'")
    await _change(db, "UPDATE product SET name = 'Brambang', description = '' WHERE name = 'Bawang merah'")
    assert "Lombok ijo" in await _names(graph, "cabai")
    assert "Lombok ijo" in await _names(graph, "sabrang")
    assert "Brambang" in await _names(graph, "bawang merah")
    assert "Brambang" not in await _names(graph, "bawang putih")

    shown = (await graph.data("{ synonyms { word means } }", role="ops"))["synonyms"]
    assert [each["word"] for each in shown] == ["brambang", "lombok", "sabrang", "unting"]
    for _ in range(2):
        assert done((await graph.data(REMOVE, role="ops", word="LOMBOK"))["answer"]) == "lombok"
    assert "Lombok ijo" not in await _names(graph, "cabai")
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT means FROM synonym_change WHERE word = 'lombok' ORDER BY id")
    assert [row["means"] for row in rows] == ["cabai", None]


async def test_what_is_no_synonym_is_refused(graph: Graph, db: Counting) -> None:
    for word, means, field in (
        ("dua kata", "satu", "word"),
        ("(", "satu", "word"),
        ("satu", "!", "means"),
        ("satu", "a b c d", "means"),
        ("satu", "SATU", "means"),
    ):
        problem = refused((await graph.data(SAVE, role="ops", word=word, means=means))["answer"])
        assert problem == {"code": "INVALID_TEXT", "field": field}
    for bad in ("", "x" * 41, "a\u202eb"):
        assert await graph.code(SAVE, role="ops", word=bad, means="ikat") == "BAD_USER_INPUT"
    await _change(db, "INSERT INTO synonym SELECT 'kata' || n, 'ikat' FROM generate_series(1, $1::int) n", MAX_SYNONYMS)
    many = refused((await graph.data(SAVE, role="ops", word="satu", means="ikat"))["answer"])
    assert many == {"code": "TOO_MANY_SYNONYMS", "limit": MAX_SYNONYMS, "unit": "SYNONYM"}
    assert done((await graph.data(SAVE, role="ops", word="kata1", means="unting"))["answer"])["means"] == "unting"
    assert await _names(graph, "ikat")  # and so many words for one do not break a search


async def test_the_usual_synonyms_find_goods(graph: Graph, db: Counting) -> None:
    assert await by_hand.usual(db, [], lambda _: None) == 0
    for text, name in (
        ("bayem", "Bayam"),
        ("lengkeng", "Klengkeng Kateki"),
        ("lombok", "Cabai rawit"),
        ("gedang", "Pisang Agung Semeru"),
    ):
        found = await _search(graph, text)
        assert (text, name in [edge["node"]["name"] for edge in found["edges"]], found["guessed"]) == (text, True, None)


async def test_a_categorys_name_finds_its_goods(graph: Graph) -> None:
    name = next(each["name"] for each in SEED["categories"] if each["key"] == "camilan").split()[0]
    assert "Keripik talas" in await _names(graph, name)


async def test_goods_are_sorted_as_asked(graph: Graph, db: Counting) -> None:
    nearest = [edge["distanceM"] for edge in (await _search(graph, "pisang", point=HERE, order="DISTANCE"))["edges"]]
    assert len(nearest) > 3
    assert nearest == sorted(nearest)
    prices = [
        min(each["price"] for each in edge["node"]["variants"])
        for edge in (await _search(graph, "bayam", order="PRICE"))["edges"]
    ]
    assert prices == sorted(prices)
    await _change(
        db,
        "UPDATE search_row SET listed_at = wlijo_now() + interval '1 day' WHERE product_id = $1",
        ProductId.seeded("kios-bu-wati/gula"),
    )
    assert (await _names(graph, None, order="NEWEST"))[0] == "Gula pasir"
    assert (await _names(graph, "kopi"))[
        -1
    ] != "Kopi robusta bubuk"  # what is called so comes before what is described so
    assert all(edge["distanceM"] is None for edge in (await _search(graph, "kopi"))["edges"])


async def test_a_radius_and_where_nobody_delivers(graph: Graph) -> None:
    near = await _search(graph, "pisang", point=HERE, radiusM=1_000)
    assert all(edge["distanceM"] <= 1_000 for edge in near["edges"])
    assert len(near["edges"]) < len(await _names(graph, "pisang"))
    for nowhere in ({"lat": -8.108, "lng": 112.922}, {"lat": 0, "lng": 0}):
        assert (await _search(graph, "pisang", point=nowhere))["edges"] == []


@pytest.mark.parametrize("area", [{"radius": 500}, {"codes": ["35.08.01"]}], ids=["so far", "a kecamatan"])
async def test_goods_of_those_alone_who_have_them_brought_here(graph: Graph, area: dict[str, Any]) -> None:
    async def sellers() -> set[str]:
        found = await _search(graph, None, point=HERE, narrowed={"servedHere": True})
        return {edge["node"]["merchant"]["name"] for edge in found["edges"]}

    served = """mutation($id: ID!, $radius: Int, $codes: [String!]! = []) {
      setServingArea(merchantId: $id, radiusM: $radius, kecamatanCodes: $codes) { problems { code } merchant { name } } }"""
    sri = MerchantId.seeded("wlijo-bu-sri")
    everybody = await sellers()
    mine = done((await graph.data(served, role="merchant", name="bu-sri", id=str(sri), **area))["setServingArea"])
    assert mine["name"] in everybody
    assert await sellers() == everybody - {mine["name"]}
    away = await _search(graph, None, point=HERE)
    assert mine["name"] in {edge["node"]["merchant"]["name"] for edge in away["edges"]}


@pytest.mark.parametrize("order", ["RELEVANCE", "DISTANCE", "PRICE", "NEWEST"])
async def test_pages_follow_each_other_without_gap_or_repeat(graph: Graph, order: str) -> None:
    whole = [edge["node"]["id"] for edge in (await _search(graph, None, point=HERE, order=order))["edges"]]
    seen, after = [], None
    while True:
        page = await _search(graph, None, point=HERE, order=order, first=7, after=after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole
    assert len(set(seen)) == len(seen) == sum(len(each["products"]) for each in SEED["merchants"])
    other = "PRICE" if order != "PRICE" else "NEWEST"
    assert await graph.code(SEARCH, point=HERE, order=other, after=after) == "BAD_USER_INPUT"


async def test_facets_count_what_each_narrowing_would_find(graph: Graph, db: Counting) -> None:
    await _change(
        db, "UPDATE stock_item SET on_hand = 0 WHERE variant_id = $1", VariantId.seeded("wlijo-bu-sri/bayam/ikat")
    )
    for narrowed in (
        {},
        {"category": "sayur"},
        {"kinds": ["WLIJO", "HOME"]},
        {"openNow": True},
        {"inStock": True, "category": "sayur"},
        {"priceFrom": 5000, "priceTo": 9999},
        {"kinds": ["FIXED_STALL"], "priceTo": 20000, "inStock": True},
    ):
        facets = (await graph.data(FACETS, narrowed=narrowed))["searchProducts"]["facets"]
        assert facets["total"] == len(await _names(graph, None, narrowed=narrowed))

        async def finds(by: dict[str, Any] = narrowed, **more: Any) -> int:
            return len(await _names(graph, None, narrowed={**by, **more}))

        assert facets["openNow"] == await finds(openNow=True)
        assert facets["inStock"] == await finds(inStock=True)
        assert sum(each["count"] for each in facets["categories"]) == await finds(category=None)
        for each in facets["categories"]:
            assert each["count"] == await finds(category=each["category"]["code"])
        for each in facets["kinds"]:
            assert each["count"] == await finds(kinds=[each["kind"]])
        for each in facets["prices"]:
            assert each["count"] == await finds(priceFrom=each["priceFrom"], priceTo=each["priceTo"])


async def test_what_is_narrowed_to_is_so(graph: Graph) -> None:
    edges = (await _search(graph, None, narrowed={"openNow": True, "kinds": ["HOME", "FIXED_STALL"]}))["edges"]
    assert edges
    assert all(edge["node"]["merchant"]["openNow"] for edge in edges)
    assert {edge["node"]["merchant"]["kind"] for edge in edges} <= {"HOME", "FIXED_STALL"}
    assert len(await _names(graph, None, narrowed={"kinds": []})) > len(edges)


async def test_suggestions_come_as_one_types(graph: Graph) -> None:
    async def suggested(text: str) -> list[str]:
        rows = (await graph.data(SUGGEST, text=text))["searchSuggestions"]
        assert len(rows) <= MAX_SUGGESTIONS
        return [each["text"] for each in rows]

    assert "Bayam" in await suggested("bay")
    assert await suggested("baya") == ["Bayam"]
    assert {"Keripik pisang agung", "Keripik pisang asin"} <= set(await suggested("keripik p"))
    assert "Keripik talas" not in await suggested("keripik p")
    assert "Klengkeng Kateki" in await suggested("lengkeng")
    assert await suggested("(") == await suggested("") == await suggested("zzzzzz") == []
    kinds = (await graph.data(SUGGEST, text="say"))["searchSuggestions"]
    assert kinds[0]["category"] == {"code": "sayur"}


async def test_no_sellers_words_push_out_those_of_others(graph: Graph, db: Counting) -> None:
    junk = """INSERT INTO product (id, merchant_id, name, description, category_code, status, words)
              SELECT gen_random_uuid(), $1, 'kan' || chr(97 + n % 26) || chr(97 + n / 26), '', 'sayur', 'PUBLISHED', ''
              FROM generate_series(0, 99) n"""
    await _change(db, junk, MerchantId.seeded("kios-bu-wati"))
    assert "Kangkung" in await _names(graph, "kan")
    assert (await graph.data(SUGGEST, text="kan"))["searchSuggestions"][0]["text"] == "Kangkung"
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT max(cardinality(sellers)) FROM search_word WHERE word LIKE 'kan%'") == 3


async def test_guests_find_what_is_for_sale_alone(graph: Graph, db: Counting) -> None:
    for statement, back in (
        (
            "UPDATE product SET status = 'HIDDEN' WHERE name = 'Klengkeng Kateki'",
            "UPDATE product SET status = 'PUBLISHED'",
        ),
        ("UPDATE merchant SET status = 'SUSPENDED' WHERE kind = 'HUB'", "UPDATE merchant SET status = 'ACTIVE'"),
    ):
        await _change(db, statement)
        assert await _names(graph, "klengkeng") == []
        await _change(db, back)
        assert await _names(graph, "klengkeng") == ["Klengkeng Kateki"]


async def test_so_many_statements_whatever_is_found(graph: Graph, db: Counting) -> None:
    """What the words mean, the page with the groups of the facets, the names of categories; then one for each field of all rows. Counts of
    what is narrowed are of all that the words find: one more."""
    both = """query($text: String, $by: ProductNarrowing) { searchProducts(text: $text, narrowed: $by, first: 50) { ...Counted
      edges { node { merchant { name } variants { price wasPrice } } } } }
      fragment Counted on ProductFoundConnection { facets { total } }"""
    await graph.data(both, text="bayam")  # a new connection learns its types
    for text in ("bayam", "pisang", "k"):
        for by, statements in ((None, 6), ({"inStock": True}, 7)):
            db.statements.clear()
            await graph.data(both, text=text, by=by)
            assert (text, by, len(db.statements)) == (text, by, statements), db.statements
    db.statements.clear()
    await graph.data(SUGGEST, text="k")
    assert len(db.statements) == 3


@pytest.mark.parametrize(
    ("merchants", "goods"),
    [
        (60, 30),
        (200, 30),
    ],  # so many that all matches are looked at, and so many in so many squares that they are gone through
)
async def test_of_very_many_goods_those_around_the_point_are_found(
    graph: Graph, db: Counting, merchants: int, goods: int
) -> None:
    await _change(
        db,
        """WITH made AS (
            INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, lat, lng, umkm_class, always_open, auto_accept,
                                  accept_within_s, prep_time_s)
            SELECT gen_random_uuid(), 'm' || n, 'Kios ' || n, 'HOME', 'ACTIVE', '35.08.10', -8.4 + n / 20 * 0.045, 112.85 + n % 20 * 0.027,
                   'MIKRO', true, true, 300, 0 FROM generate_series(0, $1::int - 1) n RETURNING id)
        INSERT INTO product (id, merchant_id, name, description, category_code, status, words)
        SELECT gen_random_uuid(), made.id, 'Terong ' || n, '', 'sayur', 'PUBLISHED', '' FROM made, generate_series(1, $2::int) n""",
        merchants,
        goods,
    )
    for text in ("terong", None):
        seen: list[int] = []
        ids: list[str] = []
        after = None
        while True:
            page = await _search(graph, text, point=HERE, order="DISTANCE", after=after)
            seen += [edge["distanceM"] for edge in page["edges"]]
            ids += [edge["node"]["id"] for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert len(set(ids)) == len(ids) == MAX_FOUND
        assert seen == sorted(seen)
        async with db.acquire() as conn:
            nearer = await conn.fetchval(
                """SELECT count(*) FROM search_row r, (SELECT place_on_earth($1, $2) AS point) here
                   WHERE metres_of_chord(r.place <-> here.point) < $3 - 5000 AND NOT r.product_id = ANY ($4::uuid[]) AND r.for_sale
                   AND ($5::text IS NULL OR r.document @@ $5::tsquery)""",
                HERE["lat"], HERE["lng"], float(seen[-1]), [ProductId.parse(each) for each in ids], text,
            )  # fmt: skip
        assert nearer == 0


async def test_searching_for_one_merchant_finds_its_goods(graph: Graph) -> None:
    assert len(await _names(graph, "mall umkm")) == len(SEED["merchants"][0]["products"])
