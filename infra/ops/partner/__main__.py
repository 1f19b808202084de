"""ops partner show|add|rotate|suspend|resume: a company's access. Nothing is changed without `--apply`; repeating changes nothing more.

Where one half of a suspension cannot be done, database or broker away, the other is done all the same, and it ends with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from infra.ops.partner import access, company
from infra.ops.provision.__main__ import FAULTS, ProvisionSettings, run, told
from infra.ops.provision.apply import suspend
from infra.ops.trouble import Trouble
from services.contracts.delivery import PartnerId
from services.kit.database.db import Database, reason
from services.kit.ids import MalformedId, WrongKind
from services.kit.kafka.admin import administering
from services.kit.kafka.groups import readings
from services.kit.process.settings import SettingsError

_CHANGES = ("add", "rotate", "suspend", "resume")
_HALF: tuple[type[Exception], ...] = (*FAULTS, Trouble)
_HANDED_ON = "  docker compose up --wait hands the file on to `provision`; give the company its new password"


async def done(asked: argparse.Namespace, config: ProvisionSettings) -> int:
    """The exit code. Raises Trouble and FAULTS."""
    async with _delivery(config) as db:
        if asked.verb == "show":
            return await _show(config, db, asked.partner)
        if asked.verb in ("add", "rotate"):
            status = await company.standing(db, asked.partner)
            if status in company.NEVER:
                raise Trouble(
                    f"{asked.partner} is {status} in delivery: who is not looked at, or has left, is given no access"
                )
            lines = await access.give(config, asked.partner, anew=asked.verb == "rotate", applied=asked.apply)
            _say(*(lines or ["nothing to do"]))
            if asked.apply and any(line.startswith("+ file") for line in lines):
                _say(_HANDED_ON)
            return 0
        # Its company first: that ends offers on every channel; what it knows of Kafka is one of them.
        halves: list[Callable[[], Awaitable[None]]] = [
            lambda: _in_delivery(asked, db),
            lambda: _on_kafka(asked, config),
        ]
        return max([await _whole(half) for half in halves])


async def _show(config: ProvisionSettings, db: Database, partner: PartnerId | None) -> int:
    async with db.acquire() as conn:
        found = await company.shown(conn, partner)
    if partner is not None and not found:
        raise Trouble(f"delivery knows no {partner}")
    has_users = config.kafka.protocol.has_users
    kept_out = {str(each) for each in await access.suspended(config)}
    passwords = config.passwords()
    reads = await _reads(config, partner) if has_users else {}
    for each in found:
        on_kafka = (
            "suspended" if each["partner"] in kept_out else "has a password" if each["partner"] in passwords else "none"
        )
        shown = {**each, "kafka": on_kafka if has_users else "no users here", "reads": reads.get(each["partner"], [])}
        _say(json.dumps(shown, ensure_ascii=False))
    return 0


async def _reads(config: ProvisionSettings, partner: PartnerId | None) -> dict[str, list[dict[str, object]]]:
    """By company, the groups in which it reads its jobs. One that keeps its place itself has none."""
    found: dict[str, list[dict[str, object]]] = {}
    for each in await readings(config.kafka, f"partner.{partner}." if partner else "partner."):
        oldest = each.oldest.isoformat(timespec="seconds") if each.oldest else None
        row = {"group": each.group, "behind": each.behind, "oldest": oldest}
        found.setdefault(each.group.split(".")[1], []).append(row)
    return found


async def _in_delivery(asked: argparse.Namespace, db: Database) -> None:
    do = company.pause if asked.verb == "suspend" else company.bring_back
    _say(await do(db, asked.partner, asked.because, asked.by, apply=asked.apply))


async def _on_kafka(asked: argparse.Namespace, config: ProvisionSettings) -> None:
    if not config.kafka.protocol.has_users:
        _say("  this broker knows no users: there is nothing to take there")
    elif asked.verb == "suspend":
        async with administering(config.kafka) as admin:
            await suspend(admin, asked.partner, _say, apply=asked.apply)
    elif asked.partner not in await access.suspended(config):
        _say(f"  {asked.partner} is not suspended on Kafka")
    elif asked.apply:
        await run("resume", config, (), asked.partner, tell=False)
    else:
        _say(f"- the interdict of {asked.partner}; + its rights and its password")


async def _whole(half: Callable[[], Awaitable[None]]) -> int:
    """One half is done though the other cannot be."""
    try:
        await half()
    except _HALF as error:
        print(reason(error), file=sys.stderr)
        return 1
    return 0


@asynccontextmanager
async def _delivery(config: ProvisionSettings) -> AsyncIterator[Database]:
    if config.database_url is None:
        raise Trouble("DELIVERY_DATABASE_URL is missing")
    db = Database(config.database_url.reveal(), application="ops-partner")
    await db.open()
    try:
        yield db
    finally:
        await db.close()


def _say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="ops partner",
        description="A delivery company's access: to topics, HTTP, webhooks and pages. Without --apply it is only said what would be done.",
    )
    verbs = made.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, said in (
        ("show", "how companies stand in delivery and on Kafka, and how far each has read there; a JSON object a line"),
        ("add", "topics, rights, quotas and a password on Kafka, for a company that delivery has looked at"),
        (
            "rotate",
            "another password on Kafka: the one before opens nothing from now on, open connections end within 10 minutes",
        ),
        (
            "suspend",
            "at once, on every channel: open offers end and none come, its rights and its password on Kafka go",
        ),
        ("resume", "back to how it stood before it was suspended, with its rights and its password"),
    ):
        command = verbs.add_parser(verb, help=said, description=said)
        command.add_argument("partner", type=_partner, nargs="?" if verb == "show" else None, metavar="ptn_…")
        if verb in ("suspend", "resume"):
            command.add_argument(
                "--because", type=_line, required=True, help="why; the company reads it, and its history keeps it"
            )
            command.add_argument("--by", type=_line, required=True, help="who has decided; kept")
        if verb in _CHANGES:
            command.add_argument("--apply", action="store_true", help="do it; without it, only say what would be done")
    return made


def _partner(given: str) -> PartnerId:
    try:
        return PartnerId.parse(given)
    except (MalformedId, WrongKind) as error:
        raise argparse.ArgumentTypeError(f"{given[:40]!r} is no company: ptn_… is wanted") from error


def _line(given: str) -> str:
    text = given.strip()
    if not text or not text.isprintable() or len(text) > 300:
        raise argparse.ArgumentTypeError("one line of at most 300 characters is wanted")
    return text


def main(argv: Sequence[str]) -> int:
    asked = parser().parse_args(list(argv))
    logging.basicConfig(level=logging.CRITICAL, stream=sys.stderr)  # what matters is said here, in one line
    try:
        code = asyncio.run(done(asked, told(os.environ)))
    except SettingsError:
        raise
    except FAULTS as error:
        raise Trouble(reason(error)) from error
    if asked.verb in _CHANGES and not asked.apply:
        _say("nothing was done: --apply does it")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
