"""What ops does by hand with orders that are marked for a person, and with the books. Nothing is changed without `--apply`; repeating
changes nothing more."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId
from services.contracts.places import WIB
from services.kit import text
from services.kit.database.db import Database, transaction
from services.kit.ids import Id, MalformedId, WrongKind
from services.kit.messaging.operations import Say
from services.ordering.domain.withholding import BASIS, IN_FORCE, PERMILLE
from services.ordering.store import books as accounts
from services.ordering.store import marks, withholding


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
        if verb == "list":
            command.add_argument(
                "--mark", type=_line, help="those that were marked for this alone, as the list says it"
            )
            command.add_argument(
                "--minutes", type=int, metavar="N", help="those that were placed so long ago, or longer"
            )
            command.add_argument(
                "--merchant", type=_id(MerchantId), metavar="mer_…", help="those with goods of this merchant"
            )
            command.add_argument(
                "--partner", type=_id(PartnerId), metavar="ptn_…", help="those whose trip this company has"
            )
        if verb == "settle":
            command.add_argument("--because", type=_line, required=True, help="what was found and done; kept")
            command.add_argument("--by", type=_line, required=True, help="who has looked; kept")
            command.add_argument("--apply", action="store_true", help="without it, only say what would be done")
    return found


async def attention(db: Database, argv: Sequence[str], say: Say) -> int:
    """Each mark found, or settled, is said as one object; the exit code. Exits with the usage when the words do not fit."""
    asked = parser().parse_args(list(argv))
    async with db.acquire() as conn:
        found = await marks.of(conn, _wanted(asked), asked.limit)
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
                    done = await marks.settle(conn, each.id, each.mark, because=asked.because, by=asked.by)
                line["done"] = "settled" if done else "was settled or marked anew meanwhile"
        say(line)
    if asked.verb == "settle" and not found:
        say({"order": asked.order, "done": "has no mark"})
    return 0


def _wanted(asked: argparse.Namespace) -> marks.Wanted:
    code = asked.order.strip().upper() if asked.order else None
    if asked.verb == "settle":
        return marks.Wanted(code)
    return marks.Wanted(code, asked.mark, asked.minutes, asked.merchant, asked.partner)


def _id(kind: type[Id]) -> Callable[[str], Id]:
    def read(given: str) -> Id:
        try:
            return kind.parse(given)
        except (MalformedId, WrongKind) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def _line(given: str) -> str:
    try:
        return text.line(given, longest=500)
    except text.NotText as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def books_parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m services.ordering books")
    verbs = found.add_subparsers(dest="verb", required=True)
    said = "accounts whose balance is not the sum of their transfers; exit code 1 when there is one"
    verbs.add_parser("check", help=said, description=said)
    said = f"what is withheld of sales (PPh 22), and from when; {PERMILLE}/1000 by {BASIS} once the installation is appointed"
    withheld = verbs.add_parser("withhold", help=said, description=said)
    withheld.add_argument("--from", dest="since", type=_day, metavar="YYYY-MM-DD", help="a WIB day that is to come")
    withheld.add_argument("--permille", type=int, default=PERMILLE, choices=range(101), metavar="0-100")
    withheld.add_argument("--basis", type=_line, default=BASIS, help="the regulation; kept with each transfer")
    withheld.add_argument("--by", type=_line, help="who says so; kept")
    withheld.add_argument("--apply", action="store_true", help="without it, only say what would be done")
    return found


async def books(db: Database, argv: Sequence[str], say: Say) -> int:
    """Says what there is, an object a line; the exit code. Exits with the usage when the words do not fit."""
    parser = books_parser()
    asked = parser.parse_args(list(argv))
    if asked.verb == "check":
        async with db.acquire() as conn:
            found = await accounts.drift(conn)
        for each in found:
            say({"account": each.account, "kept": each.kept_rupiah, "sum": each.sum_rupiah})
        return 1 if found else 0
    if asked.since is not None:
        if asked.since < IN_FORCE or not asked.by:
            parser.error(f"--from is {IN_FORCE} or later, and --by says who says so")
        begins = datetime.combine(asked.since, time(), WIB)
        done = "would be done"
        if asked.apply:
            async with transaction(db) as conn:
                new = await withholding.add_rule(conn, begins, asked.permille, asked.basis, asked.by)
            done = "applies from then" if new else "is not to come, or has a rule already"
        say({"from": begins.isoformat(), "permille": asked.permille, "basis": asked.basis, "done": done})
    async with db.acquire() as conn:
        for rule in await withholding.rules(conn):
            say({name: str(value) for name, value in rule.items()})
    return 0


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a day is YYYY-MM-DD") from error
