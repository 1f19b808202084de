"""Kafka: whether it answers, is the one that was stamped, and has the topics, users, rights and quotas that are declared."""

from __future__ import annotations

import time

from infra.ops.doctor.finding import Finding, page, unseen, warn, well
from infra.ops.doctor.place import Place
from infra.ops.provision.__main__ import ProvisionSettings, told, wanting
from services.kit.database.db import TRANSIENT, reason
from services.kit.kafka.admin import Refused
from services.kit.kafka.stamps import newest_stamps
from services.kit.messaging.relay import LogUnavailable
from services.kit.process.settings import SettingsError

_AHEAD_S = 5
_SHOWN = 4


async def broker(place: Place) -> list[Finding]:
    if not place.environment.get("KAFKA_BOOTSTRAP_SERVERS"):
        return [unseen("broker", "KAFKA_BOOTSTRAP_SERVERS is not told")]
    try:
        config = told(place.environment)
    except SettingsError as error:
        return [unseen("broker", f"as its administrator: {'; '.join(str(error).splitlines())}")]
    plan = (
        "docker compose run --rm provision python -m infra.ops provision plan"
        if place.in_compose
        else place.command("provision plan")
    )
    try:
        found = await _declared(place, config, plan)
        return [*found, *await _clock(config)] or [well("broker", "topics, users, rights and quotas are as declared")]
    except LogUnavailable as error:
        return [
            page("broker-away", reason(error), f"{place.logs('kafka' if place.in_compose else 'broker')}; {place.up()}")
        ]
    except Refused as error:
        return [page("broker-refuses", reason(error), plan)]
    except SettingsError as error:
        return [page("kafka-password-file", "; ".join(str(error).splitlines()), place.up())]
    except TRANSIENT as error:
        return [unseen("topics", f"delivery's database, which knows the companies, is away: {reason(error)}")]


async def _declared(place: Place, config: ProvisionSettings, plan: str) -> list[Finding]:
    todo = await wanting(config)
    apply = place.up() if place.in_compose else "make down; make up"
    found = []
    for judge, name, what, several in (
        (page, "topics-missing", "topics are missing", todo.new_topics),
        (warn, "topic-settings", "topics are set otherwise than declared", todo.topic_settings),
        (page, "users-missing", "users have no password, or another than in secrets/", todo.new_passwords),
        (page, "users-undeclared", "users are there that nobody declares", todo.lost_passwords),
        (page, "rights-missing", "rights are missing", (*todo.new_acls, *todo.new_interdicts)),
        (page, "rights-undeclared", "rights are there that nobody declares", todo.lost_acls),
        (warn, "quotas-differ", "quotas are not as declared, of", todo.quotas),
    ):
        if several:
            shown = ", ".join(map(str, list(several)[:_SHOWN]))
            more = f" and {len(several) - _SHOWN} more" if len(several) > _SHOWN else ""
            found.append(judge(name, f"{what}: {shown}{more}", f"{plan}; {apply}"))
    if not config.kafka.protocol.has_users:
        found.append(unseen("rights", "this broker knows no users: the embedded one"))
    return found


async def _clock(config: ProvisionSettings) -> list[Finding]:
    """A record is stamped when it is appended: one of the future tells of a clock that is ahead. One that is behind shows nothing."""
    stamps = await newest_stamps(config.kafka)
    ahead, topic = max(((stamp / 1000 - time.time(), topic) for topic, stamp in stamps.items()), default=(0.0, ""))
    if ahead > _AHEAD_S:
        said = f"a record of {topic} is stamped {ahead:.0f} s ahead of this machine's clock"
        return [
            page(
                "broker-clock",
                said,
                "timedatectl, on both hosts; chronyc makestep, or systemctl restart systemd-timesyncd",
            )
        ]
    return []
