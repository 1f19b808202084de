"""What ops does by hand: publish a month, load the province's price list."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from services.insight.commands import pricing, publishing
from services.insight.domain import months
from services.insight.domain.prices import MOST_BYTES, NotAPriceList
from services.insight.settings import counts_tests
from services.insight.store import clock
from services.kit.database.db import Database, transaction
from services.kit.messaging.operations import Say
from services.kit.process import settings
from services.kit.process.settings import OperationSettings


def publish_parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="python -m services.insight publish",
        description="Publish months that are over, now: the worker does it on the fifth. With --month one that is published already, when "
        "it has been corrected since.",
    )
    found.add_argument("--month", help="like 2026-10")
    return found


async def publish(db: Database, argv: Sequence[str], say: Say) -> int:
    asked = publish_parser().parse_args(list(argv))
    test = counts_tests(settings.load(OperationSettings).mode)
    async with transaction(db) as conn:
        await conn.execute("SET LOCAL statement_timeout = 0")
        at = await clock.now(conn)
        if asked.month is None:
            made = await publishing.publish_due(conn, at, test=test)
        else:
            try:
                month = months.named(asked.month)
            except months.NotAMonth as error:
                say({"refused": str(error)})
                return 1
            if not months.is_over(month, at):
                say({"refused": f"{month} is not over, or its orders may still be under way"})
                return 1
            one = await publishing.publish(conn, month, at, test=test)
            made = [one] if one else []
    for each in made:
        say({"month": each.month, "revision": each.revision, "why": each.why})
    return 0


def prices_parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="python -m services.insight prices",
        description="Load the province's price list from standard input: day,commodity,unit,price_rupiah. "
        "Broken rows are said and left out.",
    )
    found.add_argument("--source", required=True, help="where it is from, to be shown beside the prices")
    return found


async def prices(db: Database, argv: Sequence[str], say: Say) -> int:
    """Says each broken row and how many prices were taken; the exit code, 1 when nothing was."""
    asked = prices_parser().parse_args(list(argv))
    text = sys.stdin.read(MOST_BYTES + 1)
    try:
        async with transaction(db) as conn:
            actor = f"by hand, user {os.getuid()}"
            at = await clock.now(conn)
            found = await pricing.take(conn, text, asked.source, actor=actor, at=at)
    except NotAPriceList as error:
        say({"refused": str(error)})
        return 1
    for each in found.faults:
        say({"line": each.line, "column": each.column, "value": each.value})
    say({"taken": len(found.prices), "broken": len(found.faults)})
    return 0
