"""What something cost before is a price that was really asked; and what its own people see of its prices."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.database.db import Database, transaction
from tests.worlds.catalog import BAYAM, BAYAM_IKAT, Graph

WAS = """query($id: ID!) { node(id: $id) { ... on Variant { price wasPrice priceHistory { price priceBasis since until } } } }"""
PRICE = "mutation($id: ID!, $to: Rupiah!) { changePrice(variantId: $id, price: $to) { problems { code } } }"


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _asked(db: Database, *prices: tuple[int, float, float], sold_since: float = 100) -> None:
    """Each for so much from so many days ago until so many days ago; the last is the present one."""
    async with transaction(db) as conn:
        await conn.execute("DELETE FROM price_history WHERE variant_id = $1", BAYAM_IKAT)
        for price, since, until in prices:
            await conn.execute(
                """INSERT INTO price_history SELECT $1, now - make_interval(secs => $2), nullif(now - make_interval(secs => $3), now), $4, 1
                   FROM wlijo_now() AS now""",
                BAYAM_IKAT,
                since * 86_400.0,
                until * 86_400.0,
                price,
            )
        await conn.execute("UPDATE variant SET price_rupiah = $2 WHERE id = $1", BAYAM_IKAT, prices[-1][0])
        await conn.execute(
            "UPDATE search_row SET for_sale_since = wlijo_now() - make_interval(secs => $2) WHERE product_id = $1",
            BAYAM,
            sold_since * 86_400.0,
        )


async def _seen(graph: Graph, role: str | None = None, name: str = "siti") -> Any:
    return (await graph.data(WAS, role=role, name=name, id=str(BAYAM_IKAT)))["node"]


@pytest.mark.parametrize(
    ("prices", "sold_since", "was"),
    [
        ([(3000, 40, 2), (2500, 2, 0)], 100, 3000),
        ([(3000, 40, 20), (4000, 20, 2), (2500, 2, 0)], 100, 3000),  # the lowest of thirty days
        ([(3000, 90, 40), (4000, 40, 2), (2500, 2, 0)], 100, 4000),  # what was asked before them is long ago
        ([(3000, 40, 3), (9000, 3, 2), (3000, 2, 0)], 100, None),  # raised before it is lowered
        ([(3000, 40, 3), (9000, 3, 2), (3500, 2, 0)], 100, None),
        ([(3000, 40, 2), (3500, 2, 0)], 100, None),  # dearer now
        ([(3000, 8, 2), (2500, 2, 0)], 100, None),  # asked for six days alone
        ([(3000, 40, 2), (2500, 2, 0)], 8, None),  # for sale for six days of them
        ([(3000, 40, 2), (2500, 2, 0)], 10, 3000),
        ([(3000, 90, 31), (2500, 31, 0)], 100, None),  # its price by now
        ([(3000, 40, 0)], 100, None),
    ],
)  # fmt: skip
async def test_only_what_was_asked_for_long_enough_was_its_price(
    graph: Graph, db: Database, prices: list[tuple[int, float, float]], sold_since: float, was: int | None
) -> None:
    await _asked(db, *prices, sold_since=sold_since)
    assert (await _seen(graph))["wasPrice"] == was


async def test_a_change_through_the_graph_leaves_what_it_was(graph: Graph, db: Database) -> None:
    await _asked(db, (3000, 40, 0))
    await graph.data(PRICE, role="merchant", name="bu-sri", id=str(BAYAM_IKAT), to=2000)
    seen = await _seen(graph)
    assert (seen["price"], seen["wasPrice"]) == (2000, 3000)


async def test_who_takes_goods_off_sale_begins_anew(graph: Graph, db: Database) -> None:
    await _asked(db, (3000, 40, 2), (2500, 2, 0))
    for verb in ("hideProduct", "publishProduct"):
        await graph.data(
            f"mutation($id: ID!) {{ {verb}(id: $id) {{ problems {{ code }} }} }}", role="ops", id=str(BAYAM)
        )
    assert (await _seen(graph))["wasPrice"] is None


async def test_its_own_people_see_the_history(graph: Graph, db: Database) -> None:
    await _asked(db, (3000, 40, 2), (2500, 2, 0))
    for role, name in (("merchant", "bu-sri"), ("ops", "ops")):
        history = (await _seen(graph, role, name))["priceHistory"]
        assert [(each["price"], each["until"] is None) for each in history] == [(2500, True), (3000, False)]
    for other, who in ((None, ""), ("buyer", "bu-sri"), ("merchant", "pak-min")):
        assert (await _seen(graph, other, who))["priceHistory"] == []
