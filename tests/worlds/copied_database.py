"""A database whose log is archived and which is copied by what ops type; and other hosts to which its copies are brought."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local import postgres, unprivileged
from infra.local.state import ROOT

SCRIPTS = ROOT / "infra" / "compose"
SEGMENT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Server:
    """A database of the test's own, whose socket lies in `socket` and whose copies go to `backup`."""

    data: Path
    backup: Path
    socket: Path

    def run(self, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{postgres.programs()}:{os.environ['PATH']}"}
        environment |= {"PGDATA": str(self.data), "BACKUP": str(self.backup), "PGHOST": str(self.socket)}
        as_ordinary = (sys.executable, "-I", "-S", unprivileged.__file__, str(self.data))
        return subprocess.run(
            [*as_ordinary, "/bin/sh", *command],
            cwd=self.data, env={**environment, **settings}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def sure(self, *command: str, **settings: str) -> str:
        done = self.run(*command, **settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def script(self, name: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return self.run(str(SCRIPTS / name), *arguments, **settings)

    def ask(self, statement: str) -> str:
        return self.sure("-c", 'exec psql -X -q -A -t -h "$PGHOST" -U postgres -c "$1"', "sh", statement)

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.socket} -c shared_buffers=16MB -c fsync=off"
        archive = f"-c archive_mode=on -c archive_command='sh {SCRIPTS}/archive %p %f'"
        self.sure("-c", f'exec pg_ctl -s -w -l {self.socket}/log start -o "{options} {archive}"')

    def stop(self) -> None:
        self.run("-c", "exec pg_ctl -s -w -m immediate stop")

    def archived(self) -> None:
        """Until all that was written is in the archive."""
        self.ask("SELECT pg_logical_emit_message(true, 'a', 'so that there is something to end')")
        wanted = self.ask("SELECT pg_walfile_name(pg_switch_wal())")
        self.sure(
            "-c",
            f'until psql -X -q -A -t -h "$PGHOST" -U postgres -c "{_ARCHIVED.format(wanted)}" | grep -q t; do sleep 0.05; done',
        )


_ARCHIVED = "SELECT last_archived_wal >= '{}' FROM pg_stat_archiver"


def empty(folder: Path, backup: Path) -> Server:
    for name in ("data", "socket"):
        (folder / name).mkdir(parents=True, mode=0o700)
    return Server(folder / "data", backup, folder / "socket")


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Ten orders before the copy, ten after it, each ten followed by the end of a segment."""
    backup = folder / "backup"
    for name in ("base", "wal", "checked"):
        (backup / name).mkdir(parents=True)
    server = empty(folder, backup)
    server.sure("-c", "exec initdb -U postgres -A trust -E UTF8 --locale=C --no-instructions --wal-segsize=1")
    server.start()
    try:
        server.ask("CREATE DATABASE ordering")
        server.ask("CREATE TABLE orders AS SELECT generate_series(1, 10) AS id")
        server.sure(str(SCRIPTS / "backup"))
        for _ in range(3):
            server.ask("INSERT INTO orders SELECT generate_series(11, 20)")
            server.archived()
        yield server
    finally:
        server.stop()
