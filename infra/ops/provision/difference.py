"""What has to be done to a cluster so that it is as declared. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from infra.ops.provision.declaration import Declaration, interdict
from services.contracts.delivery import PartnerId
from services.kit.ids import MalformedId, WrongKind
from services.kit.kafka.admin import Acl, Credential
from services.kit.secret import Secret


@dataclass(frozen=True, slots=True)
class Found:
    """What a cluster has. With `wrong_passwords` nobody can log in by the password that is declared."""

    topics: Mapping[str, Mapping[str, str]]
    passwords: frozenset[Credential] = frozenset()
    wrong_passwords: frozenset[Credential] = frozenset()
    acls: frozenset[Acl] = frozenset()
    quotas: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def suspended(self) -> set[PartnerId]:
        """By the interdicts that the cluster bears."""
        return {
            partner
            for acl in self.acls
            if acl.deny and (partner := _partner(acl.user)) is not None and acl == interdict(partner)
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """In the order in which it is done: what is taken comes before what is given, and rights are taken before passwords."""

    new_topics: tuple[str, ...]
    topic_settings: Mapping[str, Mapping[str, str]]
    new_interdicts: tuple[Acl, ...]
    lost_acls: tuple[Acl, ...]
    lost_passwords: tuple[Credential, ...]
    new_passwords: Mapping[Credential, Secret]
    new_acls: tuple[Acl, ...]
    quotas: Mapping[str, Mapping[str, float | None]]
    foreign_topics: tuple[str, ...]
    """There and not declared: left alone, for what they hold may be wanted."""
    kept_passwords: tuple[Credential, ...]
    """There for the image before, and left alone until that is settled."""

    def lines(self) -> Iterator[str]:
        """What changes, a line each."""
        yield from (f"+ topic {topic}" for topic in self.new_topics)
        for topic, settings in self.topic_settings.items():
            yield f"~ topic {topic}: {', '.join(f'{key}={value}' for key, value in settings.items())}"
        yield from (f"+ {acl}" for acl in self.new_interdicts)
        yield from (f"- {acl}" for acl in self.lost_acls)
        yield from (f"- password of {credential}" for credential in self.lost_passwords)
        yield from (f"+ password of {credential}" for credential in self.new_passwords)
        yield from (f"+ {acl}" for acl in self.new_acls)
        for user, values in self.quotas.items():
            for key, value in values.items():
                yield f"- quota of {user}: {key}" if value is None else f"+ quota of {user}: {key}={value:g}"

    def remarks(self) -> Iterator[str]:
        """What is there, is not as it is to be, and stays."""
        yield from (f"  topic {topic} is not declared and stays" for topic in self.foreign_topics)
        for credential in self.kept_passwords:
            yield f"  password of {credential} stays for the release before, and opens the partners' listener: `settle` ends it"


def difference(declared: Declaration, found: Found) -> Difference:
    gained, lost = sorted(declared.acls - found.acls), sorted(found.acls - declared.acls)
    kept = {each: password for each, password in declared.kept.items() if each in found.passwords}
    wanted = {**declared.passwords, **kept}
    return Difference(
        new_topics=tuple(topic for topic in declared.topics if topic not in found.topics),
        topic_settings={
            topic: changed
            for topic, wanted in declared.topics.items()
            if (present := found.topics.get(topic)) is not None
            and (changed := {key: value for key, value in wanted.items() if present.get(key) != value})
        },
        new_interdicts=tuple(acl for acl in gained if acl.deny),
        lost_acls=tuple(lost),
        lost_passwords=tuple(sorted(found.passwords - set(wanted))),
        new_passwords={
            each: password
            for each, password in wanted.items()
            if each not in found.passwords or each in found.wrong_passwords
        },
        new_acls=tuple(acl for acl in gained if not acl.deny),
        quotas=_quotas(declared.quotas, found.quotas),
        foreign_topics=tuple(sorted(set(found.topics) - set(declared.topics))),
        kept_passwords=tuple(sorted(kept)),
    )


def _quotas(
    declared: Mapping[str, Mapping[str, float]], found: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float | None]]:
    changes: dict[str, dict[str, float | None]] = {}
    for user in sorted({*declared, *found}):
        wanted, present = declared.get(user, {}), found.get(user, {})
        changed: dict[str, float | None] = {
            key: wanted.get(key) for key in sorted({*wanted, *present}) if wanted.get(key) != present.get(key)
        }
        if changed:
            changes[user] = changed
    return changes


def partners_of(topics: Collection[str]) -> set[PartnerId]:
    """Those whose topics are there."""
    return {
        partner
        for topic in topics
        if topic.startswith("partner.") and (partner := _partner(topic.split(".")[1])) is not None
    }


def _partner(text: str) -> PartnerId | None:
    try:
        return PartnerId.parse(text)
    except (MalformedId, WrongKind):
        return None
