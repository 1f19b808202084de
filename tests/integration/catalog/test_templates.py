"""Usual goods: operators enter them, and a wlijo lists her load in one call."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from services.catalog import by_hand
from services.catalog.commands import goods
from services.catalog.domain import templates
from services.catalog.domain.product import ProductInState
from services.catalog.usual_goods import USUAL
from services.contracts.catalog import ProductStatus
from services.kit.database.db import Database, transaction
from tests.worlds.catalog import SRI, Graph, told
from tests.worlds.payloads import PROBLEMS, done, problems, refused

LIST = """query($text: String, $category: String, $first: Int, $after: String) {
  templateGoods(text: $text, category: $category, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { code name category unit label gramPerUnit keepsForS } } } }"""
COPY = f"""mutation($merchant: ID!, $items: [CopyTemplateInput!]!, $key: String!) {{
  answer: copyTemplateGoods(merchantId: $merchant, items: $items, idempotencyKey: $key) {{ {PROBLEMS}
    results {{ code problems {{ code field minimum limit unit }}
      product {{ id name status category {{ code }} keepsForS
        variants {{ label price unit {{ code }} available stock {{ onHand }} }} }} }} }} }}"""
SAVE = f"""mutation($code: String!, $input: TemplateGoodInput!) {{
  answer: saveTemplateGood(code: $code, input: $input) {{ {PROBLEMS} template {{ code name label gramPerUnit }} }} }}"""
REMOVE = f"mutation($code: String!) {{ answer: removeTemplateGood(code: $code) {{ {PROBLEMS} code }} }}"
KENCUR = {"name": "Kencur  muda", "category": "bumbu", "unit": "ons", "label": "per ons"}


@pytest.fixture
async def graph(db: Database) -> Graph:
    await by_hand.usual(db, [], lambda _: None)
    async with transaction(db) as conn:
        await conn.execute("DELETE FROM outbox")
    return Graph.over(db)


async def _listed(graph: Graph, **what: Any) -> list[str]:
    found = await graph.data(LIST, role="merchant", name="bu-sri", **({"first": 100} | what))
    return [edge["node"]["code"] for edge in found["templateGoods"]["edges"]]


async def _copy(graph: Graph, items: list[Any], who: str = "bu-sri", key: str | None = None) -> Any:
    given = {"merchant": str(SRI), "items": items, "key": key or uuid4().hex}
    return (await graph.data(COPY, role="merchant", name=who, **given))["answer"]


async def _ops(graph: Graph, document: str, **variables: Any) -> Any:
    return (await graph.data(document, role="ops", name="ops", **variables))["answer"]


async def test_a_load_of_sixty_is_listed_in_one_call(graph: Graph, db: Database) -> None:
    codes = [each.code for each in USUAL[: templates.MAX_ITEMS]]
    items = [{"code": code, "price": 2_000 + place, "quantity": 10} for place, code in enumerate(codes)]
    key = uuid4().hex
    made = done(await _copy(graph, items, key=key))
    assert [each["code"] for each in made] == codes
    assert all(each["problems"] == [] and each["product"]["status"] == "PUBLISHED" for each in made)
    bayam = made[0]["product"]
    assert (bayam["name"], bayam["category"]["code"], bayam["keepsForS"]) == ("Bayam", "sayur", 86_400)
    (variant,) = bayam["variants"]
    assert (variant["label"], variant["price"], variant["available"]) == ("per ikat", 2_000, 10)
    number = len(await told(db))
    assert done(await _copy(graph, items, key=key)) == made
    assert len(await told(db)) == number


async def test_what_was_copied_before_gets_price_and_quantity(graph: Graph, db: Database) -> None:
    (first,) = done(await _copy(graph, [{"code": "tempe", "price": 5_000, "quantity": 7}]))
    (second,) = done(await _copy(graph, [{"code": "tempe", "price": 5_500}]))
    assert second["product"]["id"] == first["product"]["id"]
    (variant,) = second["product"]["variants"]
    assert (variant["price"], variant["stock"]) == (5_500, {"onHand": 7})
    other = {"code": "tempe", "price": 1_000, "unit": "bungkus", "gramPerUnit": 100}
    (third,) = done(await _copy(graph, [other]))
    assert third["product"]["id"] != first["product"]["id"]
    assert third["product"]["variants"][0]["label"] == "per bungkus"


async def test_each_has_a_result_of_its_own(graph: Graph, db: Database) -> None:
    made = done(
        await _copy(
            graph,
            [
                {"code": "bayam", "price": 4_000},
                {"code": "tidak-ada", "price": 1},
                {"code": "kangkung", "price": 0},
                {"code": "wortel", "price": 1_000, "unit": "karung"},
                {"code": "kentang", "price": 1_000, "unit": "bungkus"},
                {"code": "buncis", "price": 1_000, "quantity": -1},
            ],
        )
    )
    assert [(each["product"] is not None, [(no["code"], no["field"]) for no in each["problems"]]) for each in made] == [
        (True, []),
        (False, [("NOT_FOUND", "items.1.code")]),
        (False, [("INVALID_PRICE", "items.2.price")]),
        (False, [("UNKNOWN_UNIT", "items.3.unit")]),
        (False, [("UNIT_DOES_NOT_FIT", "items.4.gramPerUnit")]),
        (False, [("INVALID_QUANTITY", "items.5.quantity")]),
    ]


async def test_what_may_not_be_for_sale_stays_a_draft_and_says_why(
    graph: Graph, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever rule asks for more before goods are put up for sale."""

    async def needs_more(*_: Any, **__: Any) -> None:
        raise ProductInState(ProductStatus.DRAFT)

    monkeypatch.setattr(goods, "move_product", needs_more)
    (made,) = done(await _copy(graph, [{"code": "kangkung", "price": 3_000}]))
    assert made["product"]["status"] == "DRAFT"
    assert [(no["code"], no["field"]) for no in made["problems"]] == [("WRONG_STATE", "items.0")]
    monkeypatch.undo()
    (made,) = done(await _copy(graph, [{"code": "kangkung", "price": 3_000}]))
    assert (made["product"]["status"], made["problems"]) == ("PUBLISHED", [])


async def test_a_fault_of_ours_makes_nothing(graph: Graph, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(goods, "move_product", broken)
    given = {"merchant": str(SRI), "items": [{"code": "kangkung", "price": 3_000}], "key": uuid4().hex}
    await graph.code(COPY, role="merchant", name="bu-sri", **given)
    assert await told(db) == []


async def test_who_may_not(graph: Graph) -> None:
    item = [{"code": "bayam", "price": 1_000}]
    assert refused(await _copy(graph, item, who="pak-min"))["code"] == "NOT_FOUND"
    given: dict[str, Any] = {"merchant": str(SRI), "key": uuid4().hex}
    for items in ([], item * 2, [{"code": f"a{n}", "price": 1} for n in range(61)], [{"code": "<x>", "price": 1}]):
        assert await graph.code(COPY, role="merchant", name="bu-sri", items=items, **given) == "BAD_USER_INPUT"
    assert await graph.code(COPY, role="ops", items=item, **given) == "FORBIDDEN"
    assert await graph.code(SAVE, role="merchant", code="x", input=KENCUR) == "FORBIDDEN"
    assert await graph.code(REMOVE, role="merchant", code="x") == "FORBIDDEN"
    assert await graph.code(LIST) == "UNAUTHENTICATED"
    key = uuid4().hex
    done(await _copy(graph, item, key=key))
    assert refused(await _copy(graph, [{"code": "bayam", "price": 2_000}], key=key))["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_they_are_listed_by_name_and_found_as_people_say_them(graph: Graph) -> None:
    names = [each.name for each in USUAL]
    seen: list[str] = []
    after = None
    while True:
        page = (await graph.data(LIST, role="merchant", name="bu-sri", first=70, after=after))["templateGoods"]
        seen += [edge["node"]["name"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == sorted(names)
    assert len(seen) >= 200
    assert await _listed(graph, text="bayem") == ["bayam", "bayam-merah"]
    assert "cabai-rawit" in await _listed(graph, text="lombok")
    assert await _listed(graph, text="kangk") == ["kangkung"]
    assert await _listed(graph, text="tempe", category="tahu-tempe") == ["tempe", "tempe-daun", "tempe-gembus"]
    assert await _listed(graph, text="%") == await _listed(graph)
    assert await _listed(graph, category="nirkategori") == []


async def test_operators_enter_and_edit_them(graph: Graph, db: Database) -> None:
    kept = done(await _ops(graph, SAVE, code="kencur-muda", input=KENCUR))
    assert kept == {"code": "kencur-muda", "name": "Kencur muda", "label": "per ons", "gramPerUnit": None}
    assert done(await _ops(graph, SAVE, code="kencur-muda", input=KENCUR)) == kept
    assert await _listed(graph, text="kencur") == ["kencur", "kencur-muda"]
    wrong = {"name": "", "category": "x", "unit": "ikat", "label": "per ikat"}
    assert [(each["code"], each["field"]) for each in problems(await _ops(graph, SAVE, code="a", input=wrong))] == [
        ("INVALID_TEXT", "input.name"),
        ("UNKNOWN_CATEGORY", "input.category"),
        ("UNIT_DOES_NOT_FIT", "input.gramPerUnit"),
    ]
    (made,) = done(await _copy(graph, [{"code": "kencur-muda", "price": 1_000}]))
    assert done(await _ops(graph, REMOVE, code="kencur-muda")) == "kencur-muda"
    assert done(await _ops(graph, REMOVE, code="kencur-muda")) == "kencur-muda"
    assert made["product"]["name"] == "Kencur muda"
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT name FROM template_change WHERE code = 'kencur-muda' ORDER BY id")
    assert [row["name"] for row in rows] == ["Kencur muda", None]


async def test_there_are_no_more_than_may_be(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MAX_TEMPLATES", len(USUAL))
    assert refused(await _ops(graph, SAVE, code="satu-lagi", input=KENCUR))["code"] == "TOO_MANY_TEMPLATES"
    done(await _ops(graph, SAVE, code="kencur", input=KENCUR))
