"""What ops does by hand with orders that are marked for a person. Nothing is changed without `--apply`; repeating changes nothing more."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from services.kit import text
from services.kit.database.db import Database, transaction
from services.kit.messaging.operations import Say
from services.ordering.store import marks


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m services.ordering attention")
    verbs = found.add_subparsers(dest="verb", required=True)
    for verb, said in (
        ("list", "orders that are marked for a person, oldest first; a JSON object a line"),
        ("settle", "a person has looked, and says what came of it; the mark goes and the alert about it ends"),
    ):
        command = verbs.add_parser(verb, help=said, description=said)
        command.add_argument("--order", metavar="LMJ-YYMMDD-NNNN", required=verb == "settle")
        command.add_argument("--limit", type=int, default=1_000)
        if verb == "settle":
            command.add_argument("--because", type=_line, required=True, help="what was found and done; kept")
            command.add_argument("--by", type=_line, required=True, help="who has looked; kept")
            command.add_argument("--apply", action="store_true", help="without it, only say what would be done")
    return found


async def attention(db: Database, argv: Sequence[str], say: Say) -> int:
    """Each mark found, or settled, is said as one object; the exit code. Exits with the usage when the words do not fit."""
    asked = parser().parse_args(list(argv))
    async with db.acquire() as conn:
        found = await marks.of(conn, asked.order and asked.order.strip().upper(), asked.limit)
    for each in found:
        line = {
            "order": each.code,
            "id": str(each.id),
            "mark": each.mark,
            "placed_at": each.placed_at.isoformat(),
        }
        if asked.verb == "settle":
            line["done"] = "would be done"
            if asked.apply:
                async with transaction(db) as conn:
                    done = await marks.settle(conn, each, because=asked.because, by=asked.by)
                line["done"] = "settled" if done else "was settled or marked anew meanwhile"
        say(line)
    if asked.verb == "settle" and not found:
        say({"order": asked.order, "done": "has no mark"})
    return 0


def _line(given: str) -> str:
    try:
        return text.line(given, longest=500)
    except text.NotText as error:
        raise argparse.ArgumentTypeError(str(error)) from error
