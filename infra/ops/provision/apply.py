"""Reads what a cluster has, and does to it what the difference says."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping

from infra.ops.provision.declaration import Declaration, interdict
from infra.ops.provision.difference import Difference, Found
from services.contracts.delivery import PartnerId
from services.contracts.registry import COMPACTED
from services.kit.kafka import Durability, create_topics
from services.kit.kafka.admin import Admin, Credential, Refused
from services.kit.kafka.cluster import Cluster
from services.kit.secret import Secret

_LOGINS_AT_ONCE = 8
_KNOWN_TRIES, _KNOWN_EVERY_S = 600, 0.1
"""A minute: of hundreds at once a busy broker learns the last ones late."""
_COMPARED = frozenset(
    {
        "cleanup.policy", "retention.ms", "retention.bytes", "segment.bytes", "min.insync.replicas", "max.message.bytes",
        "message.timestamp.type",
    }
)  # fmt: skip


async def look(admin: Admin, cluster: Cluster, passwords: Mapping[str, Secret]) -> Found:
    """Raises LogUnavailable through `administering`, and Refused."""
    there = await admin.topics()
    settings = await admin.topic_settings(dict.fromkeys(there, _COMPARED))
    if not cluster.protocol.has_users:
        return Found(settings)
    there_for = await admin.credentials()
    one_of_few = asyncio.Semaphore(_LOGINS_AT_ONCE)

    async def wrong(credential: Credential) -> bool:
        async with one_of_few:
            return not await admin.knows(credential, passwords[credential.user])

    tried = sorted(each for each in there_for if each.user in passwords)
    refused = await asyncio.gather(*map(wrong, tried))
    return Found(
        settings,
        passwords=frozenset(there_for),
        wrong_passwords=frozenset(itertools.compress(tried, refused)),
        acls=frozenset(await admin.acls()),
        quotas=await admin.quotas(),
    )


async def apply(
    admin: Admin, cluster: Cluster, declared: Declaration, todo: Difference, durability: Durability
) -> None:
    """Each part is whole or raises; what was done stays done, and a second run goes on from there."""
    await create_topics(cluster, declared.topics, compacted=COMPACTED, durability=durability)
    await admin.set_topic_settings(todo.topic_settings)
    await admin.create_acls(todo.new_interdicts)
    await admin.delete_acls(todo.lost_acls)
    await admin.delete_passwords(todo.lost_passwords)
    await admin.set_passwords(todo.new_passwords)
    await admin.create_acls(todo.new_acls)
    await admin.set_quotas(todo.quotas)
    one_of_few = asyncio.Semaphore(_LOGINS_AT_ONCE)

    async def known(credential: Credential) -> None:
        async with one_of_few:
            await _until_known(admin, credential, todo.new_passwords[credential])

    try:
        async with asyncio.TaskGroup() as all_of_them:
            for each in todo.new_passwords:
                all_of_them.create_task(known(each))
    except ExceptionGroup as several:
        raise several.exceptions[0] from None  # what is wrong with one is wrong with all, and is said once


async def _until_known(admin: Admin, credential: Credential, password: Secret) -> None:
    """The controller has it; a broker learns of it a moment later, and who connects in between would be refused."""
    for _ in range(_KNOWN_TRIES):
        if await admin.knows(credential, password):
            return
        await asyncio.sleep(_KNOWN_EVERY_S)
    raise Refused(f"user {credential}: the broker has not learnt the password")


async def suspend(admin: Admin, partner: PartnerId, say: Callable[[str], None], *, apply: bool = True) -> None:
    """At once: his rights end first, which his open connections feel, then his password. Doing it again changes nothing."""
    user, mark = str(partner), interdict(partner)
    acls = await admin.acls()
    gained = [] if mark in acls else [mark]
    lost = sorted(acl for acl in acls if acl.user == user and acl != mark)
    passwords = sorted(each for each in await admin.credentials() if each.user == user)
    if apply:
        await admin.create_acls(gained)
        await admin.delete_acls(lost)
        await admin.delete_passwords(passwords)
    lines = [f"+ {acl}" for acl in gained]
    lines += [f"- {acl}" for acl in lost]
    lines += [f"- password of {credential}" for credential in passwords]
    for line in lines or ["nothing to do"]:
        say(line)
