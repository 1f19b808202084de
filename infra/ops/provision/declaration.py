"""The declaration: which topics, users, rights and quotas there are to be, given the partners and the passwords. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from infra.ops.heard import heard_by
from services.contracts.delivery import PartnerId
from services.contracts.partner import Topics
from services.contracts.registry import COMPACTED, NAMES, topics
from services.kit.kafka import LOG_TOPIC, Durability
from services.kit.kafka.admin import Acl, Credential, Operation, Resource
from services.kit.kafka.cluster import Mechanism
from services.kit.kafka.topics import topic_configs
from services.kit.secret import Secret

HEARD_BEFORE: Mapping[str, tuple[str, ...]] = {}
"""What the image before hears and this one no longer. Its rights stay for one release: in a rolling upgrade, and after a
rollback, its worker runs on the cluster that this image has provisioned."""

OF_SERVICES, OF_PARTNERS = Mechanism.SCRAM_SHA_256, Mechanism.SCRAM_SHA_512
"""The partners' listener takes theirs alone, so that a service's password opens nothing there."""

BEFORE: Mechanism | None = Mechanism.SCRAM_SHA_512
"""By which services of the image before log in. Where they can do so it stays, until `settle` gives up the way back; none is made."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What a partner may take, on each broker: bytes a second, and percent of a request thread. Beyond it he is slowed down."""

    producer_byte_rate: float = 262_144
    consumer_byte_rate: float = 1_048_576
    request_percentage: float = 25

    def values(self) -> dict[str, float]:
        return {
            "producer_byte_rate": self.producer_byte_rate,
            "consumer_byte_rate": self.consumer_byte_rate,
            "request_percentage": self.request_percentage,
        }


@dataclass(frozen=True, slots=True)
class Declaration:
    """What there is to be. Topics with their settings; users with their passwords.

    `kept` passwords may be there: they are not made, but follow when a password changes.
    """

    topics: Mapping[str, Mapping[str, str]]
    passwords: Mapping[Credential, Secret] = field(default_factory=dict)
    kept: Mapping[Credential, Secret] = field(default_factory=dict)
    acls: frozenset[Acl] = frozenset()
    quotas: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def declare(
    partners: Collection[PartnerId],
    passwords: Mapping[str, Secret] | None,
    *,
    suspended: Collection[PartnerId] = (),
    settled: bool = False,
    quota: Quota = Quota(),
    durability: Durability = Durability(),
) -> Declaration:
    """Without passwords, on a cluster that knows no users, there are topics alone.

    Services need a password each. A partner without one has no access to Kafka, and its topics all the same: it may work over HTTP.
    A suspended one keeps topics and quotas, and bears an interdict by which the cluster itself remembers the suspension.
    When it is `settled` that the image before does not come back, nothing is kept of its passwords.
    """
    shapes = {
        topic: topic_configs(topic, compacted=topic in COMPACTED, durability=durability)
        for topic in sorted({*topics(partners), LOG_TOPIC})
    }
    if passwords is None:
        return Declaration(shapes)
    admitted = [each for each in partners if str(each) in passwords and each not in suspended]
    acls = {acl for service in NAMES for acl in rights_of_service(service)}
    acls |= {acl for partner in partners for acl in rights_over_partner(partner)}
    acls |= {acl for partner in admitted for acl in rights_of_partner(partner)}
    acls |= {interdict(partner) for partner in suspended}
    known = {*NAMES, *(str(each) for each in admitted)}
    before = None if settled else BEFORE
    return Declaration(
        topics=shapes,
        passwords={credential(user): password for user, password in passwords.items() if user in known},
        kept={Credential(name, before): passwords[name] for name in NAMES if before and name in passwords},
        acls=frozenset(acls),
        quotas={str(each): quota.values() for each in partners if str(each) in passwords},
    )


def credential(user: str) -> Credential:
    """A service's or a partner's."""
    return Credential(user, OF_SERVICES if user in NAMES else OF_PARTNERS)


def rights_of_service(service: str) -> set[Acl]:
    """It tells into its own topics, hears those of others that it or the image before has handlers for, and knows which log it is."""
    heard = (*heard_by(service), *HEARD_BEFORE.get(service, ()))
    return {
        Acl(service, Resource.TOPIC, f"{service}.", Operation.WRITE, prefixed=True),
        *(Acl(service, Resource.TOPIC, topic, Operation.READ) for topic in (*heard, LOG_TOPIC)),
        # Groups are `<consumer>.<log>`; consumers are called after their service: `delivery`, `delivery-replies`, `ordering-2`.
        Acl(service, Resource.GROUP, f"{service}.", Operation.READ, prefixed=True),
        Acl(service, Resource.GROUP, f"{service}-", Operation.READ, prefixed=True),
    }


def rights_over_partner(partner: PartnerId) -> set[Acl]:
    """Delivery tells a partner and hears him, and cannot speak in his place."""
    jobs, replies, locations = Topics.of(partner)
    return {
        Acl("delivery", Resource.TOPIC, jobs, Operation.WRITE),
        Acl("delivery", Resource.TOPIC, replies, Operation.READ),
        Acl("delivery", Resource.TOPIC, locations, Operation.READ),
    }


def rights_of_partner(partner: PartnerId) -> set[Acl]:
    """A partner reads its own topics, in groups of its own, and writes its own replies and positions."""
    _, replies, locations = Topics.of(partner)
    prefix = f"partner.{partner}."
    return {
        Acl(str(partner), Resource.TOPIC, prefix, Operation.READ, prefixed=True),
        Acl(str(partner), Resource.TOPIC, replies, Operation.WRITE),
        Acl(str(partner), Resource.TOPIC, locations, Operation.WRITE),
        Acl(str(partner), Resource.GROUP, prefix, Operation.READ, prefixed=True),
    }


def interdict(partner: PartnerId) -> Acl:
    return Acl(str(partner), Resource.TOPIC, f"partner.{partner}.", Operation.ALL, prefixed=True, deny=True)
