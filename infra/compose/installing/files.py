"""Files of an installation, whole or not at all, for their owners alone."""

from __future__ import annotations

import os
from pathlib import Path


class InTheWay(Exception):
    """Something is there that we do not overwrite. The text says what."""


def owner_of(folder: Path) -> tuple[int, int]:
    state = folder.stat()
    return state.st_uid, state.st_gid


def write(file: Path, text: str, mode: int, owner: tuple[int, int] | None = None) -> None:
    """In the place of what is there. As root it is given to `owner`: in a container nobody else is the person of the host."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), mode)
        if owner is not None and os.geteuid() == 0:
            os.fchown(stream.fileno(), *owner)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)


def keep(folder: Path, name: str, text: str) -> bool:
    """A secret that somebody gave ops, in `keep`; whether it is new. Never overwrites one: raises InTheWay for another of the name."""
    there = read(folder, name)
    if there is not None:
        if there != text:
            raise InTheWay(
                f"{folder.name}/keep/{name} is there, and is another: remove it first if the new one is meant"
            )
        return False
    (folder / "keep").mkdir(mode=0o700, parents=True, exist_ok=True)
    write(folder / "keep" / name, text, 0o400)
    return True


def read(folder: Path, name: str) -> str | None:
    """None where there is none. Raises InTheWay for one that cannot be read."""
    file = folder / "keep" / name
    try:
        return file.read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InTheWay(f"{folder.name}/keep/{name} cannot be read: {error}") from error
