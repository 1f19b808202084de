"""A search's rows say what is halal, whoever changes what: by the rule of the domain, kept by the database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.catalog.domain.halal import EXCEPTED, FORBIDDEN, is_certifiable
from services.contracts.catalog import ProductId
from services.kit.database.db import Database, transaction
from tests.worlds.catalog import BAYAM, KELAPA, KLENGKENG, Graph
from tests.worlds.licences import DECLARE, REVOKE, decide, halal, pass_days, today, verified
from tests.worlds.payloads import done


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


async def _halal(db: Database) -> set[ProductId]:
    async with db.acquire() as conn:
        return {
            ProductId(row["product_id"]) for row in await conn.fetch("SELECT product_id FROM search_row WHERE halal")
        }


async def test_the_database_knows_the_same_names(db: Database) -> None:
    around = ("{}", "Kopi {}", "{} segar", "x{}", "{}x", "Bir pletok {}", "{} - bir pletok", "({})", "KOPI  {}")
    names = [each.format(word) for word in (*FORBIDDEN, *EXCEPTED, "kopi", "jahe") for each in around]
    names += [each.upper() for each in names] + [each.title() for each in names]
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT name, halal_name(name) AS fits FROM unnest($1::text[]) AS name", names)
    assert {row["name"]: row["fits"] for row in rows} == {name: is_certifiable(name) for name in names}


async def test_rows_follow_certificates_names_and_words(graph: Graph, db: Database) -> None:
    assert await _halal(db) == set()
    await verified(graph, halal(BAYAM, ends=today() + timedelta(days=3)))
    assert await _halal(db) == {BAYAM}
    all_of_it = await verified(graph, halal(), key="fedcba9876543210")
    assert await _halal(db) == {BAYAM, KELAPA}
    async with transaction(db) as conn:
        await conn.execute("UPDATE product SET name = 'Kelapa wine' WHERE id = $1", KELAPA)
    assert await _halal(db) == {BAYAM}
    async with transaction(db) as conn:
        await conn.execute("UPDATE product SET name = 'Kelapa' WHERE id = $1", KELAPA)
    done((await graph.data(DECLARE, role="merchant", name="bu-sri", id=str(BAYAM)))["answer"])
    assert await _halal(db) == {KELAPA}
    done((await graph.data(DECLARE, role="merchant", name="bu-sri", id=str(BAYAM), declared=False))["answer"])
    done(await decide(graph, REVOKE, all_of_it))
    assert await _halal(db) == {BAYAM}
    await pass_days(db, 4)
    assert await _halal(db) == set()


async def test_what_comes_later_is_covered_by_what_is_for_all(graph: Graph, db: Database) -> None:
    await verified(graph, halal())
    made = ProductId.new()
    async with transaction(db) as conn:
        await conn.execute(
            """INSERT INTO product (id, merchant_id, name, description, category_code, status, words)
               SELECT $2, merchant_id, 'Sawi', '', category_code, 'DRAFT', '' FROM product WHERE id = $1""",
            BAYAM,
            made,
        )
    assert await _halal(db) == {BAYAM, KELAPA, made}
    assert KLENGKENG not in await _halal(db)


async def test_a_search_is_narrowed_to_it_and_counts_it(graph: Graph, db: Database) -> None:
    document = """query($halal: Boolean!, $category: String) {
      searchProducts(narrowed: {halal: $halal, category: $category}, order: PRICE) { edges { node { id } } facets { total halal } } }"""

    async def found(*, halal: bool, category: str | None = None) -> tuple[set[str], int, int]:
        got = (await graph.data(document, halal=halal, category=category))["searchProducts"]
        return {each["node"]["id"] for each in got["edges"]}, got["facets"]["total"], got["facets"]["halal"]

    assert await found(halal=True) == (set(), 0, 0)
    await verified(graph, halal(BAYAM))
    assert await found(halal=True) == ({str(BAYAM)}, 1, 1)
    assert await found(halal=False) == ({str(BAYAM), str(KELAPA), str(KLENGKENG)}, 3, 1)
    assert await found(halal=True, category="buah") == (set(), 0, 0)
