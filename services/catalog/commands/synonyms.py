"""What people say for what goods are called, as operators enter it. Searches know it at once."""

from __future__ import annotations

from services.catalog.domain import synonyms
from services.catalog.domain.synonyms import SynonymsAreTooMany
from services.catalog.store import synonyms as stored
from services.kit.database.db import Transaction


async def save(conn: Transaction, word: str, means: str, *, by: str) -> tuple[str, str]:
    """As it is kept. Saying it again changes nothing. Raises SynonymIsNone, SynonymsAreTooMany."""
    said, meant = synonyms.checked(word, means)
    await stored.lock(conn)
    known = dict(await stored.all_of(conn))
    if said not in known and len(known) >= synonyms.MAX_SYNONYMS:
        raise SynonymsAreTooMany
    if known.get(said) != meant:
        await stored.save(conn, said, meant, by=by)
    return said, meant


async def remove(conn: Transaction, word: str, *, by: str) -> None:
    """One that is not there is no trouble."""
    await stored.remove(conn, word, by=by)
