"""A person replies for a company: who may say what is asked here, and what becomes of it is that of any channel's reply."""

from __future__ import annotations

import hashlib

import msgspec

from services.contracts.delivery import PartnerId, RiderId
from services.contracts.partner import Accept, Decline, RefusalCode, Reply, RiderChanged
from services.delivery.commands import replies
from services.delivery.domain.caller import NotFound
from services.delivery.domain.reply import ReplyRefused, Rules
from services.delivery.store import answers, crews
from services.delivery.store.answers import Came
from services.kit.coded import KeyReused
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency


async def say(
    conn: Transaction, rules: Rules, reply: Reply, *, by: str, key: str, waited_s: float
) -> ReplyRefused | None:
    """The refusal, to be raised once all is committed: a PIN that was tried counts. `key` makes a repeat the same reply.

    Its people may say all; a rider what is of a trip of their own, and may take an offer themselves while on shift. Raises NotFound for
    others, BadUserInput and KeyReused for the key.
    """
    idempotency.check_key(key)
    partner_id = await _speaks_for(conn, reply, by)
    reply_id = "graph:" + hashlib.sha256(f"{by}\0{key}".encode()).hexdigest()[:40]
    outcome = await replies.receive_reply(
        conn,
        rules,
        partner_id,
        reply_id,
        msgspec.json.encode(reply, enc_hook=str),
        reply.type,
        Came(waited_s=waited_s),
        carried_back=True,
    )
    if outcome.code is None:
        await answers.sign(conn, partner_id, reply_id, by)
        return None
    if outcome.code is RefusalCode.ID_REUSED:
        raise KeyReused("this idempotency key was used before with another body")
    return ReplyRefused(outcome.code, outcome.message, outcome.field)


async def _speaks_for(conn: Transaction, reply: Reply, by: str) -> PartnerId:
    """Raises NotFound."""
    rides: RiderId | None
    if isinstance(reply, Accept | Decline):
        partner_id = await crews.partner_of_offer(conn, reply.job_id, reply.offer_id)
        rides = reply.rider_id if isinstance(reply, Accept) else None
    elif isinstance(reply, RiderChanged):  # who goes on with a trip is the company's to say
        trip = await crews.trip_of(conn, reply.job_id)
        partner_id, rides = trip[0] if trip else None, None
    elif (trip := await crews.trip_of(conn, reply.job_id)) is not None:
        partner_id, rides = trip
    else:
        partner_id, rides = None, None
    if partner_id is None:
        raise NotFound
    found = await crews.acting(conn, partner_id, by)
    themselves = rides is not None and found.rider_id == rides and (found.on_shift or not isinstance(reply, Accept))
    if not (found.member or themselves):
        raise NotFound
    return partner_id
