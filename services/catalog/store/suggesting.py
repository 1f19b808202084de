"""SQL of what somebody may be typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.catalog.domain.finding import MAX_SUGGESTIONS, Completion
from services.catalog.store.finding import LEXEME, in_square
from services.catalog.store.reading import SQUARE
from services.contracts.places import GeoPoint
from services.kit.database.db import Connection

_SQUARES: Final = 5
_OF_EACH: Final = 100
"""Goods that are looked at for what one completion is called by."""

# In the town's squares, what names have is found without a look at more; what they have too few of, with those who are known to sell it:
# CASE keeps the planner from looking up all that has the word for each of them.
_SUGGESTED = f"""
SELECT min(p.name) AS name FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS q (query, begun, near, words, n)
CROSS JOIN LATERAL (
    SELECT of_cell.product_id FROM (
        SELECT cell FROM search_square s ORDER BY s.middle <-> place_on_earth($5, $6), cell LIMIT {_SQUARES}
    ) AS c CROSS JOIN LATERAL (
        SELECT r.product_id FROM search_row r
        WHERE search_near(r.document) @@ replace(q.near, '{SQUARE}', '@' || c.cell)::tsquery LIMIT {_OF_EACH}
    ) AS of_cell
    UNION ALL
    SELECT r.product_id FROM search_some(CASE WHEN q.words = '' THEN q.query END::tsquery, {_OF_EACH}) AS r
    UNION ALL
    SELECT r.product_id FROM search_word w, unnest(w.sellers) AS seller JOIN search_row r ON r.merchant_id = seller AND r.for_sale
    WHERE w.word = ANY (string_to_array(q.words, ' ')) AND CASE WHEN r.document @@ q.query::tsquery THEN true END
    LIMIT {_OF_EACH}
) AS found JOIN product p ON p.id = found.product_id
WHERE q.begun IS NULL OR strpos(' ' || translate(lower(p.name), '-/(.,', '     '), ' ' || q.begun) > 0
GROUP BY lower(p.name) ORDER BY min(q.n), count(DISTINCT p.id) DESC, lower(p.name) LIMIT {MAX_SUGGESTIONS}
"""


async def suggestions(conn: Connection, completions: Sequence[Completion], town: GeoPoint) -> list[str]:
    """What goods are called that these find, those of the first first and then what most are called, of what is sold around the town."""
    queries = [each.query for each in completions]
    rows = await conn.fetch(
        _SUGGESTED,
        queries,
        [each.begun for each in completions],
        [in_square(query) for query in queries],
        [" ".join(word for word, named in LEXEME.findall(query) if named) for query in queries],
        town.lat,
        town.lng,
    )
    return [row["name"] for row in rows]
