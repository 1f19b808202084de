"""What the embedded way keeps on disk: the folder `.wlijo` with keys, data, logs, stamps and the present run."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from services.kit.process.settings import Mode

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Home:
    """One embedded installation. Two homes on one machine run side by side when their ports differ."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def pgdata(self) -> Path:
        return self.path / "pgdata"

    @property
    def media(self) -> Path:
        """Files of photos; of the rows in `pgdata`, and of no use without them."""
        return self.path / "media"

    @property
    def broker(self) -> Path:
        """The disk of a broker that has one."""
        return self.path / "broker"

    @property
    def state(self) -> Path:
        return self.run / "state.json"

    @property
    def stamps(self) -> Path:
        """What has been done to the data in `pgdata`; dropped together with it."""
        return self.path / "stamps.json"

    def make(self) -> None:
        """Raises PermissionError when the folder belongs to somebody else."""
        for folder in (self.path, self.logs, self.keys, self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def log_of(self, process: str) -> Path:
        return self.logs / f"{process}.log"

    def run_id(self) -> str:
        """A random name of this home, carried in the environment of all that it starts: by it we know our own."""
        file = self.run / "id"
        if not file.exists():
            write_private(file, secrets.token_hex(16))
        return file.read_text().strip()


def home() -> Home:
    chosen = os.environ.get("WLIJO_HOME")
    return Home(Path(chosen).resolve() if chosen else ROOT / ".wlijo")


def version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def write_private(file: Path, text: str) -> None:
    """Whole or not at all, readable by the owner alone."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    draft.replace(file)


def read_json(file: Path) -> dict[str, Any]:
    """Empty when there is none, or when it is no JSON object."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def begun_as(home: Home) -> Mode | None:
    """In which mode the data that is there was begun; None where there is none. It stays so: a seed has no place in production."""
    stamps = read_json(home.stamps)
    # What was begun before modes were noted is seeded.
    return Mode(stamps["mode"]) if "mode" in stamps else Mode.LOCAL if "seeds" in stamps else None


class Lock:
    """Held by the one supervisor of a home. The kernel frees it when the holder dies, however it dies."""

    def __init__(self, home: Home) -> None:
        self._file = home.run / "lock"
        self._stream: IO[str] | None = None

    def take(self) -> bool:
        stream = self._file.open("a")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.close()
            return False
        self._stream = stream
        return True

    def release(self) -> None:
        if self._stream:
            self._stream.close()
            self._stream = None


def supervisor_runs(home: Home) -> bool:
    if not home.run.exists():
        return False
    lock = Lock(home)
    if lock.take():
        lock.release()
        return False
    return True
