"""What ops does by hand with jobs of the courier from outside: looks at them, and says of an order that nobody knows of whether there is
one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from services.contracts.delivery import OfferId
from services.delivery.commands import couriers
from services.delivery.couriers.lalamove import is_id
from services.delivery.couriers.working import is_by_hand
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.pins import Pins
from services.delivery.domain.reply import Rules
from services.delivery.store import couriers as store
from services.kit.database.db import Database, transaction
from services.kit.ids import MalformedId, WrongKind
from services.kit.messaging.operations import Say

_NONE = "none"


async def run(db: Database, argv: Sequence[str], say: Say) -> int:
    """`courier`: its jobs, one a line. `courier OFFER none|ORDER`: a person has looked at the courier's own list of orders, by the job in
    their metadata."""
    parser = argparse.ArgumentParser(
        prog="python -m services.delivery courier", description="Jobs of the courier from outside."
    )
    parser.add_argument("offer", nargs="?", help="of which job nobody knows whether there is an order: off_…")
    parser.add_argument("order", nargs="?", help=f"the courier's order for it, or {_NONE}: then the job is given back")
    asked = parser.parse_args(list(argv))
    if asked.offer is None:
        return await _list(db, say)
    try:
        offer_id = OfferId.parse(asked.offer)
        if asked.order is None or not is_id(asked.order):
            raise ValueError(f"say the courier's order, or {_NONE}")
    except (MalformedId, WrongKind, ValueError) as error:
        say({"refused": str(error)})
        return 1
    # To give a job back takes no PIN.
    rules = Rules(Policy(), Pins(None))
    async with transaction(db) as conn:
        order_id = None if asked.order == _NONE else asked.order
        done = await couriers.settle(conn, rules, offer_id, order_id)
    say({"settled": str(offer_id), "order": asked.order} if done else {"refused": "of this job there is no doubt"})
    return 0 if done else 1


async def _list(db: Database, say: Say) -> int:
    async with db.acquire() as conn:
        live = await store.live(conn)
    for job in live:
        say(
            {
                "offer": str(job.offer_id),
                "job": str(job.delivery_id),
                "state": job.state,
                "order": job.order_id,
                "quotation": job.quotation_id,
                "price_rupiah": job.price_rupiah,
                "unwanted": job.unwanted,
                "said": job.said,
                "by_hand": is_by_hand(job),
            }
        )
    say({"jobs": len(live), "by_hand": sum(is_by_hand(each) for each in live)})
    return 0
