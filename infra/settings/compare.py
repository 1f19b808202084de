"""Whether the settings that the code reads, what is said of them, `.env.example` and docker-compose.yml are the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.settings.composed import Composed
from infra.settings.readers import ADDRESSED, Reader, reader_of

IN_THE_IMAGE = {"HOST", "PORT", "SUPERGRAPH_FILE"}
"""The image says them, and what is in it."""
COMPOSES_OWN = {"COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"}
"""Read by Compose itself."""
NOT_IN_COMPOSE: Mapping[str, str] = {
    "KAFKA_DOORBELL_DIR": "the embedded broker alone, which wakes nobody",
    "KAFKA_OFFSETS_PARTITIONS": "tests of an upgrade alone",
    "SECRETS_DIR": "the folder is mounted where it is looked for",
    "DATABASE_PORT": "the stack's own database has the usual one",
    "DATA_VOLUME": "restore-check has none to hand back",
    "BACKUP_AT": "`offsite` has another job, by the same script",
    "RESTORE_CHECK_AT": "`offsite` has another job, by the same script",
    "OFFSITE_AT": "the keeper has other jobs, by the same script",
    "DOCTOR_KEYS_DIR": "a developer's machine",
    "DOCTOR_PROCESSES": "in compose they are called by their containers' names",
    "DOCTOR_PROCESSES_HELD": "a container does not see the ports of its host",
    "NO_COLOR": "of who types",
    "PATH": "the image's",
    "PARTNERS_CERTIFICATE": "`provision` alone renews it",
    "KAFKA_PARTNERS_DIR": "`ops` alone writes there",
    "DATABASE_URL": "a command of ops is told every service's by its own name",
    "JWKS_URL": "the issuer has its own keys",
}
"""Settings that a container of ours reads and is not told, and why: by name, for whichever container lacks it."""
BY_OTHERS: Mapping[str, frozenset[str]] = {
    "postgres": frozenset({"POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"}),
}
"""What the image of somebody else reads."""
NEVER_NEEDED = frozenset({"DATABASE_URL"})
ROBOTS_OWN = frozenset({"STEP_S", "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_PASSWORD_FILE"})


def told(readers: Mapping[str, Reader], composed: Composed, words: Mapping[str, str]) -> list[str]:
    return [*_unexplained(readers, composed, words), *_containers(readers, composed), *_example(composed)]


def _unexplained(readers: Mapping[str, Reader], composed: Composed, words: Mapping[str, str]) -> Iterator[str]:
    read = {name for each in readers.values() for name in each.settings()}
    for name in sorted(name for name in read if not {name, name.removesuffix("_FILE")} & set(words)):
        who = [each.name for each in readers.values() if name in each.settings()]
        yield f"infra/settings: {name}, which {who[0]} reads, is not explained"
    known = read | set(composed.asked) | COMPOSES_OWN
    for name in sorted(set(words) - known):
        yield f"infra/settings: {name} is explained, and nothing reads it"
    for name in sorted(set(composed.asked) - set(words)):
        if name.removesuffix("_FILE") not in words:
            yield f"infra/settings: {name}, which docker-compose.yml asks for, is not explained"


def _containers(readers: Mapping[str, Reader], composed: Composed) -> Iterator[str]:
    read = {name: each for reader in readers.values() for name, each in reader.settings().items()}
    for container, environment in composed.environments.items():
        reader = readers.get(reader_of(container) or "")
        if reader is None:
            continue
        settings = reader.settings()
        for name in environment:
            all_told = read if name in composed.shared else settings
            if not _reads(name, all_told) and name not in BY_OTHERS.get(container, ()):
                yield f"docker-compose.yml: {container} is told {name}, which nothing in it reads"
        if reader.name in ("robots", "restore"):
            continue  # one reads a part, and is told the rest by its own start
        for name, setting in settings.items():
            lacking = "<" not in name and composed.given(container, name) is None and name not in IN_THE_IMAGE
            if lacking and (name not in NOT_IN_COMPOSE or (setting.default is None and name not in NEVER_NEEDED)):
                yield f"docker-compose.yml: {container} reads {name}, and is not told it"


def _reads(name: str, settings: Mapping[str, object]) -> bool:
    if name in settings or (name in ROBOTS_OWN and "STEP_S" in settings):
        return True
    if name.endswith("_FILE") and name.removesuffix("_FILE") in settings:
        return True
    if name.endswith("DATABASE_PASSWORD_FILE"):
        return _reads(name.replace("PASSWORD_FILE", "URL"), settings)
    if name.endswith("_DATABASE_URL"):
        return "<SERVICE>_DATABASE_URL" in settings
    return any(name.endswith(f"_{what}") and f"<NAME>_{what}" in settings for what in ADDRESSED)


def _example(composed: Composed) -> Iterator[str]:
    for name in sorted(composed.example - set(composed.asked) - COMPOSES_OWN):
        yield f".env.example: {name} is there, and docker-compose.yml does not ask for it"
    for name in sorted(set(composed.asked) - composed.example):
        yield f".env.example: {name}, which docker-compose.yml asks for, is not there"
