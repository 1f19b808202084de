"""What is wrong is refused by name, and what is nobody's business is out of reach."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from tests.compose.stack import Stack

_TRY = "import socket,sys; s=socket.socket(); s.settimeout(3); sys.exit(s.connect_ex((sys.argv[1], int(sys.argv[2]))) != 0)"


async def refused(stack: Stack, said: Callable[[str], None]) -> list[str]:
    """The rows of the operations' table that need a stack; those that do not hold, in words."""
    wrong = []
    for check in (
        _missing_setting, _malformed_setting, _taken_port, _weak_secret, _newer_database, _skipped_release, _own_secrets,
        _no_way_out, _stranger_at_the_broker,
    ):  # fmt: skip
        found = await asyncio.to_thread(check, stack)
        said(f"{check.__name__.strip('_').replace('_', ' ')}: {'FAILED ' + found if found else 'refused'}")
        if found:
            wrong.append(f"{check.__name__}: {found}")
    return wrong


def _missing_setting(stack: Stack) -> str:
    stack = Stack(
        stack.home,
        stack.ports,
        project=stack.project,
        settings={**stack.settings, "JWT_ISSUER": "", "HOME_ISSUER": ""},
        env_files=(Path(os.devnull),),
    )
    return _says(stack, ("run", "--rm", "--no-deps", "delivery-api"), "JWT_ISSUER is missing, or HOME_ISSUER")


def _malformed_setting(stack: Stack) -> str:
    wanted = "OFFER_SECONDS is malformed"
    return _says(stack, ("run", "--rm", "--no-deps", "-e", "OFFER_SECONDS=soon", "delivery-api"), wanted)


def _taken_port(stack: Stack) -> str:
    settings = {**stack.settings, "COMPOSE_PROJECT_NAME": f"{stack.project}-other"}
    other = Stack(stack.home, stack.ports, project=f"{stack.project}-other", settings=settings)
    try:
        return _says(other, ("up", "--detach", "--no-deps", "gateway"), str(stack.ports.gateway))
    finally:
        other.down()


def _weak_secret(stack: Stack) -> str:
    file = stack.secrets / "keep/database_catalog"
    handed = stack.secrets / "for/catalog-api/database"
    good, before = file.read_text(), handed.read_text()
    with _replaced(file, "secret", good):
        found = _says(stack, ("run", "--rm", "prepare"), "keep/database_catalog is weak")
    return found or ("" if handed.read_text() == before else "it was handed out all the same")


def _newer_database(stack: Stack) -> str:
    _sql(stack, "catalog", "INSERT INTO schema_migration VALUES ('catalog/9999_later.sql', 'x')")
    try:
        return _says(stack, ("run", "--rm", "--no-deps", "catalog-migrate"), "the database is newer than this version")
    finally:
        _sql(stack, "catalog", "DELETE FROM schema_migration WHERE name = 'catalog/9999_later.sql'")


def _skipped_release(stack: Stack) -> str:
    _sql(stack, "catalog", "INSERT INTO release_applied VALUES ('99.0.0', now() + interval '1 hour')")
    try:
        return _says(stack, ("run", "--rm", "--no-deps", "catalog-migrate"), "release 99.0.0")
    finally:
        _sql(stack, "catalog", "DELETE FROM release_applied WHERE version = '99.0.0'")


def _own_secrets(stack: Stack) -> str:
    seen = stack.compose("exec", "-T", "catalog-api", "ls", "/run/secrets").split()
    user = stack.compose("exec", "-T", "catalog-api", "id", "-u").strip()
    written = stack.try_compose("exec", "-T", "catalog-api", "touch", "/app/mine").returncode == 0
    return (
        ""
        if (seen, user, written) == (["database", "media_key", "people.jwks.json"], "10001", False)
        else f"{seen}, user {user}, root written {written}"
    )


def _no_way_out(stack: Stack) -> str:
    """From a worker, whose networks are all internal, to a container of another network."""
    gateway = stack.container("gateway").addresses["edge"]
    reached = stack.try_compose("exec", "-T", "catalog-worker", "python", "-c", _TRY, gateway, "4000").returncode == 0
    inside = stack.try_compose("exec", "-T", "catalog-worker", "python", "-c", _TRY, "postgres", "5432").returncode == 0
    return "" if inside and not reached else f"the gateway reached {reached}, its database reached {inside}"


def _stranger_at_the_broker(stack: Stack) -> str:
    """A neighbour of the inner listener who does not say who he is."""

    async def bootstrap() -> str:
        client = AIOKafkaClient(bootstrap_servers="kafka:9092", request_timeout_ms=4_000)
        try:
            await client.bootstrap()
        except (KafkaError, OSError, TimeoutError):
            return ""
        finally:
            await client.close()
        return "he was answered"

    return asyncio.run(bootstrap())


def _says(stack: Stack, arguments: tuple[str, ...], wanted: str) -> str:
    done = stack.try_compose(*arguments)
    said = done.stdout + done.stderr
    if done.returncode == 0:
        return "it was accepted"
    return "" if wanted in said else f"{wanted!r} was not said: {said[-300:]}"


def _sql(stack: Stack, service: str, statement: str) -> None:
    stack.compose(
        "exec",
        "-T",
        "-u",
        "postgres",
        "postgres",
        "psql",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        service,
        "-c",
        statement,
    )


@contextmanager
def _replaced(file: Path, text: str, afterwards: str) -> Iterator[None]:
    def write(content: str) -> None:
        file.unlink()
        file.write_text(content)
        file.chmod(0o400)

    write(text)
    try:
        yield
    finally:
        write(afterwards)
