"""What ops does by hand: the first of the staff of a new installation, whom nobody else could let in; and a copy of what is kept about
somebody who has asked on paper; and the texts that people agree to."""

from __future__ import annotations

import argparse
import gzip
import os
import sys
from collections.abc import Sequence

import orjson

from services.contracts.amounts import Language
from services.contracts.export import ExportId
from services.contracts.people import StaffRole
from services.kit.database.db import Database, transaction
from services.kit.ids import MalformedId, WrongKind
from services.kit.messaging.operations import Say
from services.kit.process import settings
from services.people.commands import codes, exporting, publishing, staff
from services.people.commands.codes import Prover
from services.people.domain import code, consent, person
from services.people.domain.export import FetchedTooOften, TooManyExports
from services.people.domain.phone import CountryIsNotServed, PhoneIsInvalid
from services.people.domain.refusal import Unknown
from services.people.settings import ByHandSettings


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="python -m services.people grant",
        description="Give a role to whoever has the number, and print a code to sign in with, once. Repeated, it gives nothing twice.",
    )
    found.add_argument("--phone", required=True, help="a mobile number: 0812…, +62812…")
    found.add_argument("--role", required=True, choices=[each.lower() for each in StaffRole])
    return found


async def grant(db: Database, argv: Sequence[str], say: Say) -> int:
    """Says one object: whose the role is, whether it is new, and when it is, a code to sign in with; the exit code. The code is not sent:
    before anybody is there, nobody has said how messages go. Exits with the usage when the words do not fit."""
    asked = parser().parse_args(list(argv))
    config = settings.load(ByHandSettings)
    prover = Prover(config.codes.codes(), config.codes.limits())
    role = StaffRole(asked.role.upper())
    try:
        phone = config.codes.phones().e164(asked.phone)
    except (PhoneIsInvalid, CountryIsNotServed) as error:
        say({"refused": str(error)})
        return 1
    async with transaction(db) as conn:
        person_id, is_new = await staff.grant(
            conn, config.sessions.lasting(), phone, role, actor=f"by hand, user {os.getuid()}"
        )
        said: dict[str, object] = {"person": str(person_id), "role": role.lower(), "granted": is_new}
        if is_new:
            shown = code.made()
            ends_at = await codes.keep(conn, prover, phone, shown)
            said |= {"code": shown, "code_expires_at": ends_at.isoformat()}
    say(said)
    return 0


def export_parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="python -m services.people export",
        description="Have a copy made of all that is kept about somebody who has asked on paper and has proved who they are, or say it "
        "once it is ready. Each is written down.",
    )
    what = found.add_mutually_exclusive_group(required=True)
    what.add_argument("--subject", help="whose: the subject of their tokens, per_… of who signs in here")
    what.add_argument("--take", metavar="exp_…", help="the copy itself, as one object")
    return found


async def export(db: Database, argv: Sequence[str], say: Say) -> int:
    """Says one object: how far a new copy is, or the copy; the exit code, 1 when there is none to be had. Exits with the usage when the
    words do not fit."""
    asked = export_parser().parse_args(list(argv))
    actor = f"by hand, user {os.getuid()}"
    try:
        async with transaction(db) as conn:
            if asked.take:
                packed = await exporting.take(conn, ExportId.parse(asked.take), None, actor=actor)
                said = orjson.loads(gzip.decompress(packed))
            else:
                begun = await exporting.begin(conn, asked.subject, actor=actor)
                said = {"export": str(begun.id), "status": begun.status, "waits_for": list(begun.waits_for)}
    except (TooManyExports, FetchedTooOften, Unknown, MalformedId, WrongKind) as error:
        say({"refused": str(error)})
        return 1
    say(said)
    return 0


def publish_parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="python -m services.people publish",
        description="Publish a text that people agree to, read from standard input. The same again changes nothing; what is published is "
        "never changed: other words are the next version.",
    )
    found.add_argument("--document", required=True, help="its name in small letters: terms, privacy")
    found.add_argument("--version", required=True, type=int, help="1, and then one after the other")
    found.add_argument("--language", required=True, choices=[each.lower() for each in Language])
    return found


async def publish(db: Database, argv: Sequence[str], say: Say) -> int:
    """Says one object; the exit code. Exits with the usage when the words do not fit."""
    asked = publish_parser().parse_args(list(argv))
    given = sys.stdin.read(2 * consent.LONGEST_TEXT + 1)
    try:
        named = person.document(asked.document)
        async with transaction(db) as conn:
            is_new = await publishing.publish(
                conn, named, asked.version, Language(asked.language.upper()), given, by=f"by hand, user {os.getuid()}"
            )
    except (person.TextIsInvalid, consent.TextIsNone) as error:
        say({"refused": str(error)})
        return 1
    say({"document": named, "version": asked.version, "language": asked.language, "published": is_new})
    return 0
