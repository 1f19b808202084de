"""Roles and databases of a compose installation: made when missing, passwords set at every start.

python -m infra.compose.roles. DATABASE_HOST and DATABASE_PORT name the server; SECRETS_DIR holds one password file for each role, and
the superuser's as `admin`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import asyncpg

from infra.local import postgres
from services.kit.database.db import TRANSIENT, reason

_WAIT_S = 60.0
# Read only: it is still being restored.
_AWAY: tuple[type[Exception], ...] = (*TRANSIENT, asyncpg.exceptions.ReadOnlySQLTransactionError)


async def run(folder: Path, host: str, port: int) -> None:
    """Raises OSError, and what asyncpg raises."""
    passwords = {name: (folder / name).read_text("ascii").strip() for name in postgres.ROLES}
    passwords[postgres.ADMIN] = (folder / "admin").read_text("ascii").strip()
    deadline = asyncio.get_running_loop().time() + _WAIT_S
    while True:
        try:
            await postgres.make_databases(port, passwords, host=host)
            return
        except _AWAY as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            print(f"waiting for the database: {reason(error)}", file=sys.stderr)
        await asyncio.sleep(1)


def main() -> int:
    folder = Path(os.environ.get("SECRETS_DIR") or "/run/secrets")
    try:
        asyncio.run(
            run(folder, os.environ.get("DATABASE_HOST") or "postgres", int(os.environ.get("DATABASE_PORT") or 5432))
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        print(f"no roles: {reason(error)}", file=sys.stderr)
        if isinstance(error, asyncpg.InvalidPasswordError):
            print(
                "secrets/keep/database_admin is not the superuser's password: see docs/operations.md",
                file=sys.stderr,
            )
        return 1
    print("roles and databases are there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
