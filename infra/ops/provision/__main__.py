"""Provisioning: python -m infra.ops.provision plan|apply|settle|suspend PTN|resume PTN|renew-certificate [--partner PTN …]

Settings by environment: KAFKA_* of the administrator; KAFKA_USERS_DIR, a folder with one password file per user
(`catalog`, `ordering`, `delivery`, `ptn_…`); TOPIC_REPLICATION, TOPIC_MIN_ISR; PARTNER_PRODUCER_BYTE_RATE,
PARTNER_CONSUMER_BYTE_RATE, PARTNER_REQUEST_PERCENTAGE; PARTNERS_CERTIFICATE_FILE, what brokers should show partners.
With delivery's DATABASE_URL its partners are the declared ones, beside those named by --partner; with neither, those that the cluster has.
With it a suspension also pauses the company there, which ends its offers on every channel; `resume` leaves it paused until ops say so.
`renew-certificate` has each broker show that certificate, with no start; `apply` does the same at its end.
`settle` is `apply` once the release before does not come back: what was kept for it of passwords is ended.
It also does what services.topics does. Exit 0 when done, 1 on a fault named on stderr, 2 on usage and
for settings that are missing or wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec

from infra.ops.addresses import addresses, variable
from infra.ops.provision.apply import apply, look, suspend
from infra.ops.provision.certificate import Given, attempt, renew
from infra.ops.provision.declaration import Declaration, Quota, declare
from infra.ops.provision.difference import Difference, Found, difference, partners_of
from infra.ops.provision.pausing import pause, standing
from infra.ops.topics import TopicsSettings
from services.contracts.delivery import PartnerId
from services.contracts.registry import COMPACTED, NAMES
from services.delivery.store import partners
from services.kit import ids
from services.kit.database.db import TRANSIENT, Database, reason
from services.kit.kafka.admin import Refused, administering
from services.kit.kafka.topics import topic_configs
from services.kit.messaging.relay import LogUnavailable
from services.kit.process import settings
from services.kit.secret import Secret

_MIN_PASSWORD = 16
_RETRY_S = 1.0
_AWAY: tuple[type[Exception], ...] = (LogUnavailable, *TRANSIENT)
FAULTS: tuple[type[Exception], ...] = (*_AWAY, settings.SettingsError, Refused, ids.MalformedId, ids.WrongKind)
Rate = Annotated[float, msgspec.Meta(gt=0)]


class ProvisionSettings(TopicsSettings, frozen=True, kw_only=True):
    kafka_users_dir: str | None = None
    kafka_partners_dir: str | None = None
    """Where `partner add` and `rotate` put companies' passwords: what can be read there is newer than what was handed out."""
    database_url: Secret | None = None
    partners_certificate: str | None = None
    partner_producer_byte_rate: Rate = Quota().producer_byte_rate
    partner_consumer_byte_rate: Rate = Quota().consumer_byte_rate
    partner_request_percentage: Rate = Quota().request_percentage

    @property
    def quota(self) -> Quota:
        return Quota(self.partner_producer_byte_rate, self.partner_consumer_byte_rate, self.partner_request_percentage)

    def passwords(self) -> dict[str, Secret]:
        """Raises SettingsError naming every file that is missing or weak. Files of other names are none of ours."""
        if not self.kafka.protocol.has_users:
            return {}
        if not self.kafka_users_dir:
            raise settings.SettingsError("KAFKA_USERS_DIR is missing")
        folder = Path(self.kafka_users_dir)
        found: dict[str, Secret] = {}
        complaints = [f"{folder / service} is missing" for service in NAMES if not (folder / service).is_file()]
        for path in sorted(folder.glob("*")):
            if path.is_file() and (path.name in NAMES or path.name.startswith("ptn_")):
                try:
                    text = path.read_text("ascii").strip()
                except (OSError, UnicodeDecodeError) as error:
                    complaints.append(f"{path} cannot be read: {reason(error)}")
                    continue
                if len(text) < _MIN_PASSWORD:
                    complaints.append(f"{path} holds a password of less than {_MIN_PASSWORD} characters")
                found[path.name] = Secret(text)
        if complaints:
            raise settings.SettingsError("\n".join(complaints))
        for path in sorted(Path(self.kafka_partners_dir).glob("ptn_*")) if self.kafka_partners_dir else ():
            with suppress(OSError, UnicodeDecodeError):  # one that `prepare` has made is handed out
                found[path.name] = Secret(path.read_text("ascii").strip())
        return found


async def run(
    verb: str, config: ProvisionSettings, named: Sequence[PartnerId], partner: PartnerId | None, *, tell: bool = True
) -> None:
    """With `tell` delivery's word on a company is said too. Raises SettingsError, LogUnavailable, Refused, what the database raises."""
    if (partner or verb == "settle") and not config.kafka.protocol.has_users:
        raise settings.SettingsError("this cluster knows no users: KAFKA_SECURITY_PROTOCOL is PLAINTEXT")
    if verb == "suspend" and partner:
        async with administering(config.kafka) as admin:
            await suspend(admin, partner, _say)
        await _in_delivery(
            config, partial(pause, partner=partner), "delivery was not told: its DATABASE_URL is missing"
        )
        return
    given = Given(config.partners_certificate) if config.partners_certificate else None
    if verb == "renew-certificate":
        if given is None:
            raise settings.SettingsError("PARTNERS_CERTIFICATE_FILE is missing")
        async with administering(config.kafka) as admin:
            if not await renew(admin, given, _say):
                raise Refused("partners are not shown the certificate that they should be")
        return
    passwords = config.passwords()
    listed = {*named, *(await _partners_of_delivery(config))} if named or config.database_url else None
    async with administering(config.kafka) as admin:
        found = await look(admin, config.kafka, passwords)
        if verb == "resume" and partner not in found.suspended():
            _say(f"{partner} is not suspended")
        known, wanted = declared(config, passwords, listed, found, settled=verb == "settle", resumed=partner)
        for user in sorted(set(passwords) - {*NAMES, *map(str, known)}):
            _say(f"the password of {user} is not used: there is no such partner")
        todo = difference(wanted, found)
        for line in [*todo.lines()] or ["nothing to do"]:
            _say(line)
        for remark in todo.remarks():
            _say(remark)
        if verb != "plan":
            await apply(admin, config.kafka, wanted, todo, config.durability)
            if given:
                await attempt(admin, given, _say)
    if verb == "resume" and partner and tell:
        await _in_delivery(config, partial(standing, partner=partner), "")


def told(environment: Mapping[str, str]) -> ProvisionSettings:
    """As ops are told: delivery's address stands beside the other services'. Raises SettingsError."""
    database = (
        addresses(["delivery"], environment)["delivery"].reveal() if environment.get(variable("delivery")) else ""
    )
    own = ("DATABASE_URL_FILE", "DATABASE_PASSWORD_FILE")
    return settings.load(
        ProvisionSettings,
        {**{name: value for name, value in environment.items() if name not in own}, "DATABASE_URL": database},
    )


async def wanting(config: ProvisionSettings) -> Difference:
    """What `plan` would say, for whoever only looks. Raises SettingsError, LogUnavailable, Refused, and what the database raises."""
    passwords = config.passwords()
    listed = set(await _partners_of_delivery(config)) if config.database_url else None
    async with administering(config.kafka) as admin:
        if config.kafka.protocol.has_users:
            found = await look(admin, config.kafka, passwords)
        else:
            # The embedded broker does not tell what topics are set to: those that are there are taken to be as they should.
            found = Found(
                {
                    topic: topic_configs(topic, compacted=topic in COMPACTED, durability=config.durability)
                    for topic in await admin.topics()
                }
            )
    return difference(declared(config, passwords, listed, found)[1], found)


def declared(
    config: ProvisionSettings,
    passwords: Mapping[str, Secret],
    listed: Collection[PartnerId] | None,
    found: Found,
    *,
    settled: bool = False,
    resumed: PartnerId | None = None,
) -> tuple[set[PartnerId], Declaration]:
    """The partners that are known, those of the cluster where nobody lists any; and what there is to be."""
    known = {*(partners_of(found.topics) if listed is None else listed), *found.suspended()}
    return known, declare(
        sorted(known, key=str),
        passwords if config.kafka.protocol.has_users else None,
        suspended=found.suspended() - {resumed},
        settled=settled,
        quota=config.quota,
        durability=config.durability,
    )


async def _partners_of_delivery(config: ProvisionSettings) -> list[PartnerId]:
    async with _delivery(config) as db:
        if db is None:
            return []
        async with db.acquire() as conn:
            return await partners.that_may_reply(conn)


async def _in_delivery(config: ProvisionSettings, do: Callable[[Database], Awaitable[str]], otherwise: str) -> None:
    async with _delivery(config) as db:
        if line := await do(db) if db else otherwise:
            _say(line)


@asynccontextmanager
async def _delivery(config: ProvisionSettings) -> AsyncIterator[Database | None]:
    if config.database_url is None:
        yield None
        return
    db = Database(config.database_url.reveal(), application="provision")
    await db.open()
    try:
        yield db
    finally:
        await db.close()


async def _patiently(doing: Callable[[], Awaitable[None]], wait_s: float) -> None:
    """Again and again while broker or database are away."""
    give_up_at = asyncio.get_running_loop().time() + wait_s
    while True:
        try:
            await doing()
            return
        except _AWAY as error:
            if asyncio.get_running_loop().time() + _RETRY_S > give_up_at:
                raise
            _say(f"waits: {reason(error)}")
        await asyncio.sleep(_RETRY_S)


def _say(line: str) -> None:
    print(line, flush=True)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.ops.provision", description=__doc__)
    parser.add_argument("verb", choices=("plan", "apply", "settle", "suspend", "resume", "renew-certificate"))
    parser.add_argument("of", nargs="?", metavar="ptn_…", help="whom to suspend or resume")
    parser.add_argument("--partner", action="append", default=[], metavar="ptn_…", help="a partner beside delivery's")
    parser.add_argument("--wait", type=float, default=30.0, metavar="S", help="seconds to wait for broker and database")
    arguments = parser.parse_args(argv)
    if (arguments.verb in ("suspend", "resume")) != (arguments.of is not None):
        parser.error(f"usage: {arguments.verb}" + (" ptn_…" if arguments.of is None else ""))
    logging.basicConfig(level=logging.CRITICAL, stream=sys.stderr)  # what matters is said here, in one line
    try:
        config = settings.load(ProvisionSettings)
        named = [PartnerId.parse(text) for text in arguments.partner]
        partner = PartnerId.parse(arguments.of) if arguments.of else None
        asyncio.run(_patiently(partial(run, arguments.verb, config, named, partner), arguments.wait))
    except settings.SettingsError as error:
        return settings.refused("provision", error)
    except FAULTS as error:
        print(reason(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
