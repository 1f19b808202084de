"""What the administrator reads and sets on a cluster: users, their rights and quotas, the settings of topics."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NodeNotReadyError, SaslAuthenticationFailed, UnsupportedSaslMechanismError, for_code
from aiokafka.protocol import admin as protocol
from aiokafka.protocol.api import RequestStruct

from services.kit.kafka import wire
from services.kit.kafka.client import UNREACHABLE, try_connection, why_not
from services.kit.kafka.cluster import Cluster, Mechanism
from services.kit.messaging.relay import LogUnavailable
from services.kit.secret import Secret

_ITERATIONS, _SALT_BYTES = 4_096, 24
_SCRAM = {Mechanism.SCRAM_SHA_256: (1, "sha256"), Mechanism.SCRAM_SHA_512: (2, "sha512")}
_MECHANISMS = {code: mechanism for mechanism, (code, _) in _SCRAM.items()}
_TOPIC, _BROKER = 2, 4
_SET, _DELETE = 0, 1
_ANY, _ANY_PATTERN = 1, 1
_USER = "User:"


class Resource(IntEnum):
    """Kafka's codes."""

    TOPIC = 2
    GROUP = 3
    CLUSTER = 4
    TRANSACTIONAL_ID = 5


class Operation(IntEnum):
    """Kafka's codes. READ and WRITE imply DESCRIBE."""

    ALL = 2
    READ = 3
    WRITE = 4
    CREATE = 5
    DELETE = 6
    ALTER = 7
    DESCRIBE = 8
    CLUSTER_ACTION = 9
    DESCRIBE_CONFIGS = 10
    ALTER_CONFIGS = 11
    IDEMPOTENT_WRITE = 12


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """One right, or with `deny` one interdict, which beats every right. A prefix must end in a separator: `a.1` is one of `a.10` too."""

    user: str
    resource: Resource
    name: str
    operation: Operation
    prefixed: bool = False
    deny: bool = False

    def __str__(self) -> str:
        verb = "may not" if self.deny else "may"
        return (
            f"{self.user} {verb} {self.operation.name} {self.resource.name} {self.name}{'*' if self.prefixed else ''}"
        )


@dataclass(frozen=True, slots=True, order=True)
class Credential:
    """A user's password as a cluster keeps it: for one mechanism, and so for the listeners that take it."""

    user: str
    mechanism: Mechanism

    def __str__(self) -> str:
        return f"{self.user} ({self.mechanism})"


class Refused(Exception):
    """The cluster did not do what it was asked; the text says which and why."""


class Admin:
    """Made by `administering`. Every call is one request for all that it is given."""

    def __init__(self, cluster: Cluster, client: AIOKafkaClient) -> None:
        self._cluster = cluster
        self._client = client

    async def acls(self) -> set[Acl]:
        """Raises Refused for a kind that this module has no word for: it must not be overlooked."""
        found = await self._ask(protocol.DescribeAclsRequest_v1(_ANY, None, _ANY_PATTERN, None, None, _ANY, _ANY))
        _check("ACLs", found.error_code, found.error_message)
        acls = set()
        for resource, name, pattern, rights in found.resources:
            for principal, host, operation, permission in rights:
                if host != "*" or not principal.startswith(_USER):
                    raise Refused(f"an ACL that was made by other hands: {principal} from {host} on {name}; remove it")
                user = principal.removeprefix(_USER)
                acls.add(Acl(user, Resource(resource), name, Operation(operation), pattern == 4, permission == 2))
        return acls

    async def create_acls(self, acls: Sequence[Acl]) -> None:
        if acls:
            answer = await self._ask(protocol.CreateAclsRequest_v1([_row(acl) for acl in acls]))
            for acl, (code, message) in zip(acls, answer.creation_responses, strict=True):
                _check(f"ACL {acl}", code, message)

    async def delete_acls(self, acls: Sequence[Acl]) -> None:
        if acls:
            answer = await self._ask(protocol.DeleteAclsRequest_v1([_row(acl) for acl in acls]))
            for acl, (code, message, _) in zip(acls, answer.filter_responses, strict=True):
                _check(f"ACL {acl}", code, message)

    async def credentials(self) -> set[Credential]:
        """Who has a password, and for which mechanism."""
        found = await self._ask(wire.DescribeUsers(None, {}))
        _check("users", found.error_code, found.error_message)
        return {
            Credential(user, _MECHANISMS[code])
            for user, _, _, credentials, _ in found.results
            for code, *_ in credentials
        }

    async def set_passwords(self, passwords: Mapping[Credential, Secret]) -> None:
        """The broker is given a salted hash, which it cannot log in with anywhere."""
        for some in _by_mechanism(passwords):
            await self._alter_users([], [_salted(each, passwords[each]) for each in some])

    async def delete_passwords(self, credentials: Iterable[Credential]) -> None:
        """Who is connected stays so until he has to authenticate again: take his ACLs first."""
        for some in _by_mechanism(credentials):
            await self._alter_users([(each.user, _SCRAM[each.mechanism][0], {}) for each in some], [])

    async def _alter_users(self, deletions: list[Any], upsertions: list[Any]) -> None:
        if deletions or upsertions:
            answer = await self._ask(wire.AlterUsers(deletions, upsertions, {}))
            for user, code, message, _ in answer.results:
                _check(f"user {user}", code, message)

    async def quotas(self) -> dict[str, dict[str, float]]:
        """Of each user that has any, in Kafka's names: bytes a second, and percent of a thread."""
        match_any = 2
        found = await self._ask(protocol.DescribeClientQuotasRequest_v0([("user", match_any, None)], True))
        _check("quotas", found.error_code, found.error_message)
        return {entity[0][1]: dict(values) for entity, values in found.entries or [] if entity[0][1] is not None}

    async def set_quotas(self, quotas: Mapping[str, Mapping[str, float | None]]) -> None:
        """None takes a quota away."""
        if quotas:
            rows = [
                ([("user", user)], [(key, value or 0.0, value is None) for key, value in values.items()])
                for user, values in quotas.items()
            ]
            answer = await self._ask(wire.AlterQuotas(rows, False))
            for code, message, entity in answer.entries:
                _check(f"quota of {entity[0][1]}", code, message)

    async def topics(self) -> dict[str, int]:
        """Every topic that is not Kafka's own, with its number of partitions."""
        found = await self._client.fetch_all_metadata()
        return {
            topic: len(found.partitions_for_topic(topic) or ())
            for topic in found.topics()
            if not topic.startswith("__")
        }

    async def topic_settings(self, wanted: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
        """The present values of the named settings of each topic."""
        if not wanted:
            return {}
        rows = [(_TOPIC, topic, list(names)) for topic, names in wanted.items()]
        found = await self._ask(protocol.DescribeConfigsRequest_v2(rows, False))
        settings: dict[str, dict[str, str]] = {}
        for code, message, _, topic, entries in found.resources:
            _check(f"topic {topic}", code, message)
            settings[topic] = {name: value for name, value, *_ in entries}
        return settings

    async def set_topic_settings(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        if settings:
            rows = [(_TOPIC, topic, [(k, _SET, v) for k, v in each.items()]) for topic, each in settings.items()]
            answer = await self._ask(wire.AlterSettings(rows, False))
            for code, message, _, topic in answer.responses:
                _check(f"topic {topic}", code, message)

    async def brokers(self) -> dict[int, str]:
        """Node -> the host by which we reach it."""
        found = await self._client.fetch_all_metadata()
        return {broker.nodeId: broker.host for broker in found.brokers()}

    async def broker_setting(self, node: int, name: str) -> str:
        """Its present value, or ''."""
        request = protocol.DescribeConfigsRequest_v2([(_BROKER, str(node), [name])], False)
        found = await self._client.send(node, wire.Ready(request))
        for code, message, _, _, entries in found.resources:
            _check(f"broker {node}", code, message)
            for _, value, *_ in entries:
                return value or ""
        return ""

    async def look_again(self, node: int, name: str) -> None:
        """A broker reads the files that its settings name anew when any of them changes, or is said to: this one is not set by anybody."""
        rows = [(_BROKER, str(node), [(name, _DELETE, None)])]
        answer = await self._client.send(node, wire.Ready(wire.AlterSettings(rows, False)))
        for code, message, _, _ in answer.responses:
            _check(f"broker {node}", code, message)

    async def knows(self, credential: Credential, password: Secret) -> bool:
        """Whether the user can log in with it: the cluster shows no password.

        Raises Refused when the listener does not take the mechanism, one of UNREACHABLE.
        """
        own = Cluster(
            self._cluster.bootstrap_servers,
            self._cluster.protocol,
            credential.mechanism,
            credential.user,
            password,
            self._cluster.ca,
        )
        try:
            await try_connection(own)
        except SaslAuthenticationFailed:
            return False
        except UnsupportedSaslMechanismError as error:
            raise Refused(
                f"the listener {own.bootstrap_servers} does not take {own.mechanism}: the broker was started with another file"
            ) from error
        return True

    async def _ask(self, request: RequestStruct) -> Any:
        node = self._client.get_random_node()
        if node is None:
            raise NodeNotReadyError("no broker is known")
        return await self._client.send(node, wire.Ready(request))


@asynccontextmanager
async def administering(cluster: Cluster) -> AsyncIterator[Admin]:
    """Raises LogUnavailable when the cluster cannot be reached, or does not take the user, now or in between."""
    client = AIOKafkaClient(**cluster.options())
    try:
        await client.bootstrap()
        yield Admin(cluster, client)
    except UNREACHABLE as error:
        raise LogUnavailable(f"no broker at {cluster}: {await why_not(cluster, error)}") from error
    finally:
        await client.close()


def _by_mechanism(credentials: Iterable[Credential]) -> list[list[Credential]]:
    """A broker refuses a request that names a user twice, be it for different mechanisms."""
    known = list(credentials)
    return [[each for each in known if each.mechanism is mechanism] for mechanism in _SCRAM]


def _row(acl: Acl) -> tuple[object, ...]:
    pattern, permission = 4 if acl.prefixed else 3, 2 if acl.deny else 3
    return (int(acl.resource), acl.name, pattern, _USER + acl.user, "*", int(acl.operation), permission)


def _salted(credential: Credential, password: Secret) -> tuple[object, ...]:
    code, digest = _SCRAM[credential.mechanism]
    salt = secrets.token_bytes(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac(digest, password.reveal().encode(), salt, _ITERATIONS)
    return (credential.user, code, _ITERATIONS, salt, salted, {})


def _check(what: str, code: int, message: str | None) -> None:
    if code:
        raise Refused(f"{what}: {message or for_code(code).__name__}")
