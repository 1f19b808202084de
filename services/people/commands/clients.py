"""A company's machine: credentials are made and revoked by its people or ops, and shown for a token."""

from __future__ import annotations

import hmac
from typing import Final

from services.contracts.delivery import PartnerId, PartnerStatus
from services.kit.database.db import Transaction
from services.people.commands.codes import Prover
from services.people.domain import client
from services.people.domain.client import Client, ClientsAreTooMany, CompanyHasLeft
from services.people.domain.ids import ClientId
from services.people.domain.limits import TooManyGuesses
from services.people.domain.refusal import Unknown
from services.people.store import allowances, clients

_NO_COMPANY: Final = "there is no such company, or the caller is not of it"


async def create(
    conn: Transaction, prover: Prover, partner_id: PartnerId, name: str, *, by: str, as_ops: bool
) -> tuple[Client, str]:
    """With its secret, which is kept nowhere. Raises Unknown, NameIsInvalid, CompanyHasLeft, ClientsAreTooMany."""
    called = client.named(name)
    held = await clients.hold_company(conn, partner_id, by)
    if held is None or not (as_ops or held[1]):
        raise Unknown(_NO_COMPANY)
    if held[0] is PartnerStatus.LEFT:
        raise CompanyHasLeft(held[0])
    made, shown = ClientId.new(), client.secret()
    digest = client.digest(prover.codes.key, made, shown)
    added = await clients.add(conn, made, partner_id, called, digest, by=by)
    if added is None:
        raise ClientsAreTooMany
    return added, shown


async def revoke(conn: Transaction, client_id: ClientId, *, by: str, as_ops: bool) -> Client:
    """Revoked already, it stays so. Raises Unknown."""
    partner_id = await clients.company_of(conn, client_id)
    held = await clients.hold_company(conn, partner_id, by) if partner_id else None
    if held is None or not (as_ops or held[1]):
        raise Unknown("there are no such credentials, or they are another company's")
    return await clients.revoke(conn, client_id, by=by)


async def listed(conn: Transaction, partner_id: PartnerId, *, by: str, as_ops: bool) -> list[Client]:
    """Raises Unknown."""
    if not (as_ops or await clients.is_of(conn, partner_id, by)):
        raise Unknown(_NO_COMPANY)
    return await clients.listed(conn, partner_id)


async def prove(
    conn: Transaction, prover: Prover, client_id: ClientId | None, shown: str, address: str
) -> PartnerId | None:
    """For whom the machine speaks. None when it is not known, revoked, or the secret is wrong, which is counted: the transaction has to
    commit. A right one counts for nothing. Raises TooManyGuesses."""
    guesses = prover.limits.client_guesses(str(client_id or ""), address)
    for taken in await allowances.take(conn, guesses):
        if taken.is_too_much:
            raise TooManyGuesses(taken.left_ms)
    asked = client_id or ClientId.seeded("none")
    found = await clients.secret_of(conn, asked)
    partner_id, kept = found or (None, bytes(32))
    if not hmac.compare_digest(client.digest(prover.codes.key, asked, shown), kept) or partner_id is None:
        return None
    await allowances.give_back(conn, guesses)
    await clients.used(conn, asked)
    return partner_id
