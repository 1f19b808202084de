"""Words and squares of goods that are gone go, and none that somebody is about to sell by."""

from __future__ import annotations

import pytest

from services.catalog import housekeeping
from services.catalog.store import tidying
from services.kit.database.db import Busy, Database, transaction
from tests.worlds.catalog import BAYAM, KLENGKENG, MIN, Graph

_SELL = "UPDATE product SET status = $2 WHERE id = $1"
SEARCH = "query($text: String!) { searchProducts(text: $text) { guessed edges { node { name } } } }"


async def _known(db: Database) -> tuple[set[str], int]:
    async with db.acquire() as conn:
        words = {row["word"] for row in await conn.fetch("SELECT word FROM search_word")}
        return words, await conn.fetchval("SELECT count(*) FROM search_square")


async def test_what_no_goods_for_sale_have_goes(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "_LOT", 2)
    words, squares = await _known(db)
    assert {"bayam", "klengkeng", "kateki", "kios", "min"} <= words
    await housekeeping.look(db)
    assert await _known(db) == (words, squares)  # all of it is sold
    async with transaction(db) as conn:
        await conn.execute(_SELL, KLENGKENG, "HIDDEN")
    await housekeeping.look(db)
    assert await _known(db) == (words - {"klengkeng", "kateki", "kios", "pak", "min"}, squares - 1)
    async with transaction(db) as conn:
        await conn.execute(_SELL, KLENGKENG, "PUBLISHED")
    assert await _known(db) == (words, squares)
    found = (await Graph.over(db).data(SEARCH, text="klengekng"))["searchProducts"]
    assert found == {"guessed": "klengkeng", "edges": [{"node": {"name": "Klengkeng Kateki"}}]}


async def test_a_word_that_other_goods_have_stays(db: Database) -> None:
    words, _ = await _known(db)
    async with transaction(db) as conn:
        await conn.execute(
            "UPDATE search_word SET sellers = ARRAY[$1::uuid] WHERE word = 'bayam'", MIN
        )  # who sells none
    await housekeeping.look(db)
    assert (await _known(db))[0] == words


async def test_nothing_goes_while_somebody_is_about_to_sell(db: Database) -> None:
    """Who puts goods up for sale leaves a word alone that is known: it must not go before they are seen."""
    words, squares = await _known(db)
    async with transaction(db) as conn:
        await conn.execute(_SELL, BAYAM, "HIDDEN")
    async with transaction(db) as seller:
        await seller.execute(_SELL, BAYAM, "PUBLISHED")
        with pytest.raises(Busy):
            await housekeeping.look(db)
    await housekeeping.look(db)
    assert await _known(db) == (words, squares)
