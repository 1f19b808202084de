"""What people agree to is published, once and for all."""

from __future__ import annotations

from services.contracts.amounts import Language
from services.kit.database.db import Transaction
from services.people.domain import consent
from services.people.domain.consent import TextIsNone
from services.people.store import consent_texts


async def publish(conn: Transaction, document: str, version: int, language: Language, given: str, *, by: str) -> bool:
    """Whether it is new: the same again changes nothing. Raises TextIsNone, also for other words of a version that is there."""
    text = consent.text(given)
    newest = await consent_texts.lock_newest(conn, document)
    there = await consent_texts.find(conn, document, version, language)
    if there is not None:
        if there.text != text:
            raise TextIsNone(
                "this version is published with other words, which people may have agreed to: take the next"
            )
        return False
    consent.check_next(version, newest)
    await consent_texts.add(conn, document, version, language, text, by)
    return True
