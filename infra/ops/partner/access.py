"""One company's access to Kafka: its topics, rights, quotas and password, and nothing of anybody else."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path

from infra.ops.provision.__main__ import ProvisionSettings, declared
from infra.ops.provision.apply import apply, look
from infra.ops.provision.declaration import Declaration
from infra.ops.provision.difference import Difference, difference
from infra.ops.trouble import Trouble
from services.contracts.delivery import PartnerId
from services.kit.kafka.admin import Acl, administering
from services.kit.secret import Secret


async def give(config: ProvisionSettings, partner: PartnerId, *, anew: bool, applied: bool) -> list[str]:
    """What is done, a line each. The password is a file first: what Kafka is set to is never lost. Raises Trouble, SettingsError,
    LogUnavailable, Refused."""
    if not config.kafka.protocol.has_users:
        raise Trouble("this broker knows no users: a company has its topics on the embedded one, and no password")
    user, known = str(partner), config.passwords()
    if anew and user not in known:
        raise Trouble(f"{partner} has no access to Kafka: `partner add` gives it some")
    password = Secret(secrets.token_hex(24)) if anew or user not in known else known[user]
    passwords = {**known, user: password}
    async with administering(config.kafka) as admin:
        found = await look(admin, config.kafka, passwords)
        if partner in found.suspended():
            raise Trouble(f"{partner} is suspended: `partner resume` first")
        todo = only(difference(declared(config, passwords, [partner], found)[1], found), partner)
        new = user not in known or anew
        lines = [f"+ file of its password: {_file(config, user)}"] if new else []
        lines += todo.lines()
        if applied:
            if new:
                write(_file(config, user), password)
            mine = Declaration(topics={name: {} for name in todo.new_topics})
            await apply(admin, config.kafka, mine, todo, config.durability)
    return lines


async def suspended(config: ProvisionSettings) -> set[PartnerId]:
    if not config.kafka.protocol.has_users:
        return set()
    async with administering(config.kafka) as admin:
        return (await look(admin, config.kafka, {})).suspended()


def only(todo: Difference, partner: PartnerId) -> Difference:
    user, prefix = str(partner), f"partner.{partner}."

    def ours(acl: Acl) -> bool:
        return acl.user == user or acl.name.startswith(prefix)

    return replace(
        todo,
        new_topics=tuple(each for each in todo.new_topics if each.startswith(prefix)),
        topic_settings={each: found for each, found in todo.topic_settings.items() if each.startswith(prefix)},
        new_interdicts=tuple(filter(ours, todo.new_interdicts)),
        lost_acls=tuple(filter(ours, todo.lost_acls)),
        lost_passwords=tuple(each for each in todo.lost_passwords if each.user == user),
        new_passwords={each: found for each, found in todo.new_passwords.items() if each.user == user},
        new_acls=tuple(filter(ours, todo.new_acls)),
        quotas={each: values for each, values in todo.quotas.items() if each == user},
        foreign_topics=(),
        kept_passwords=(),
    )


def _file(config: ProvisionSettings, user: str) -> Path:
    return Path(config.kafka_partners_dir or config.kafka_users_dir or ".") / user


def write(file: Path, password: Secret) -> None:
    """Whole or not at all, readable by its owner alone. Raises Trouble when there is no place for it."""
    draft = file.with_name(f".{file.name}.new")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as stream:
            stream.write(password.reveal())
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError as error:
        raise Trouble(
            f"{file} cannot be written: {error.strerror}; docker compose up --wait makes its folder"
        ) from error
