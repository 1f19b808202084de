"""What ops does by hand: the first of the staff of a new installation, whom nobody else could let in."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from services.contracts.people import StaffRole
from services.kit.database.db import Database, transaction
from services.kit.messaging.operations import Say
from services.kit.process import settings
from services.people.commands import codes, staff
from services.people.commands.codes import Prover
from services.people.domain import code
from services.people.domain.phone import CountryIsNotServed, PhoneIsInvalid
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
