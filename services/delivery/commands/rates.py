"""A company enters what it rides for, from tomorrow on."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.contracts.delivery import PartnerId
from services.contracts.places import WIB
from services.delivery.commands.crews import check_lives, held
from services.delivery.domain import crew, rate
from services.delivery.domain.caller import Caller
from services.delivery.domain.rate import RateIsInvalid
from services.delivery.store import prices, rates
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency

ENTER: Final = "enterCompanyRate"


async def enter(
    conn: Transaction,
    caller: Caller,
    partner_id: PartnerId,
    valid_from: date,
    per_mille: int,
    *,
    by: str,
    idempotency_key: str,
) -> int:
    """By any of its people, and operators; the number that it got. Of one day the last entered counts. Raises NotFound, PartnerInState,
    RateIsInvalid, and what a key raises."""
    said = {"partner_id": str(partner_id), "valid_from": str(valid_from), "per_mille": per_mille}
    claim = await idempotency.claim(conn, caller=by, mutation=ENTER, key=idempotency_key, body=said)
    if claim.answer is not None:
        return int(claim.answer["number"])
    found, there = await held(conn, partner_id)
    crew.check_is_of(there, caller)
    check_lives(found)
    now = await prices.lock(conn)  # a rule of that day is entered before it, or after
    rate.check(per_mille, valid_from, await rates.rule_on(conn, valid_from), now)
    if await rates.count_waiting(conn, partner_id, now.astimezone(WIB).date()) >= rate.MAX_WAITING:
        raise RateIsInvalid("validFrom", f"at most {rate.MAX_WAITING} rates wait for their day")
    number = await rates.add(conn, partner_id, valid_from, per_mille, by=by)
    await claim.store(conn, {"number": number})
    return number
