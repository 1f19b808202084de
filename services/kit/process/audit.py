"""The audit of a service, read by hand: who has seen or done what of whom, the newest first."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit.database.db import Connection, Database
from services.kit.messaging.operations import Say
from services.kit.process.service import ByHand


@dataclass(frozen=True, slots=True)
class Entry:
    """`subject` is whom it concerns, `about` what of theirs."""

    at: datetime
    actor: str
    action: str
    subject: str
    about: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """None is all."""

    actor: str | None
    subject: str | None
    limit: int


def by_hand(service: str, entries: Callable[[Connection, Wanted], Awaitable[Sequence[Entry]]]) -> ByHand:
    """The verb `audit`, over what the service's store finds; each entry is said as one object."""

    async def audit(db: Database, argv: Sequence[str], say: Say) -> int:
        asked = _parser(service).parse_args(list(argv))
        async with db.acquire() as conn:
            found = await entries(conn, Wanted(asked.actor, asked.subject, asked.limit))
        for each in found:
            say(
                {
                    "at": each.at.isoformat(),
                    "actor": each.actor,
                    "action": each.action,
                    "subject": each.subject,
                    "about": each.about,
                }
            )
        return 0

    return audit


def _parser(service: str) -> argparse.ArgumentParser:
    said = "who has seen or done what of whom, the newest first; a JSON object a line"
    found = argparse.ArgumentParser(prog=f"python -m services.{service} audit", description=said)
    found.add_argument("--subject", help="whom it concerns, by the subject of their tokens or their id")
    found.add_argument("--actor", help="who did it, by the subject of their tokens")
    found.add_argument("--limit", type=int, default=1_000)
    return found
