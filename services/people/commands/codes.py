"""Codes that prove a phone number: sent, and guessed. Both cost the same whether or not anybody has the number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.amounts import Language
from services.contracts.people import PersonId
from services.kit.database.db import Transaction
from services.people.domain import code, wording
from services.people.domain.code import Codes, Kept
from services.people.domain.ids import CodeId
from services.people.domain.limits import Limits, TooManyCodes, TooManyInAll
from services.people.store import allowances
from services.people.store import codes as stored
from services.people.store.codes import Sent
from services.people.store.sending import TO_SEND

SIGN_IN: Final = "sign_in_code"
CHANGE: Final = "number_change_code"
ERASE: Final = "erasure_code"
EXPORT: Final = "export_code"
"""For what a code is sent: it is good for nothing else."""

_WORDS: Final = {ERASE: wording.erasure_text, EXPORT: wording.export_text}


@dataclass(frozen=True, slots=True)
class Prover:
    """By what numbers are proved."""

    codes: Codes
    limits: Limits

    def kept(self, sent: str) -> Kept:
        code_id = CodeId.new()
        return Kept(code_id, self.codes.digest(code_id, sent))


async def send(
    conn: Transaction,
    prover: Prover,
    phone: str,
    address: str,
    language: Language,
    *,
    changes: PersonId | None = None,
    kind: str = SIGN_IN,
) -> datetime:
    """When the code ends. `changes`: whose code it is alone, for what only they may do. Raises TooManyCodes, TooManyInAll;
    then nothing is counted."""
    for taken in await allowances.take(conn, prover.limits.of_caller(phone, address)):
        if taken.is_too_much:
            raise TooManyCodes(taken.left_ms)
    sent = code.made()
    said = Sent(phone, kind, language, _WORDS.get(kind, wording.code_text)(sent, language), sent)
    ends_at = await stored.add_to_send(conn, prover.kept(sent), said, lives_s=code.LIVES_S, changes=changes)
    conn.wake(TO_SEND)
    # Last, for everybody waits here for everybody.
    for taken in await allowances.take(conn, prover.limits.in_all()):
        if taken.is_too_much:
            raise TooManyInAll(taken.left_ms)
    return ends_at


async def keep(conn: Transaction, prover: Prover, phone: str, sent: str) -> datetime:
    """A code to sign in that is told by hand, and not sent; when it ends."""
    return await stored.add(conn, prover.kept(sent), phone, lives_s=code.LIVES_S, purpose=SIGN_IN)


async def prove(
    conn: Transaction,
    prover: Prover,
    phone: str,
    guess: str,
    address: str,
    *,
    changes: PersonId | None = None,
    kind: str = SIGN_IN,
) -> bool:
    """Whether it is a code that was sent to the number for this, which then is used, and all others with it. A wrong one is counted, so the
    transaction has to commit. Raises TooManyCodes."""
    attempt = prover.limits.guess(address)
    (taken,) = await allowances.take(conn, [attempt])
    if taken.is_too_much:
        raise TooManyCodes(taken.left_ms)
    good = await stored.lock_good(conn, phone, changes=changes, purpose=kind)
    ids = [each.id for each in good]
    if prover.codes.right(guess, good) is None:
        await stored.count_try(conn, ids)
        return False
    await stored.use(conn, ids, attempt)
    return True
