"""Where files of photos are kept: what is asked of any such place, and a folder."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, ParamSpec, Protocol, TypeVar

_PAGE: Final = 1_000
_P = ParamSpec("_P")
_T = TypeVar("_T")


class StorageAway(Exception):
    """It does not answer, or is full."""


class Storage(Protocol):
    """Keys are ours (`names.key_of`): letters, digits, hyphens, dots, and `/` between folders. All raise StorageAway."""

    async def put(self, key: str, content: bytes) -> None:
        """Whole or not at all. What is there under this key has the same content."""

    async def get(self, key: str) -> bytes | None: ...

    async def delete(self, keys: Sequence[str]) -> None:
        """Such as are not there are no trouble."""

    def keys(self, folder: str) -> AsyncIterator[list[str]]:
        """All below `folder`, in pages, in no order."""


class LocalStorage:
    """A folder. Several processes may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, content: bytes) -> None:
        await asyncio.to_thread(_tried, self._put, key, content)

    async def get(self, key: str) -> bytes | None:
        return await asyncio.to_thread(_tried, self._get, key)

    async def delete(self, keys: Sequence[str]) -> None:
        await asyncio.to_thread(_tried, self._delete, keys)

    async def keys(self, folder: str) -> AsyncIterator[list[str]]:
        pages = await asyncio.to_thread(_tried, self._pages, folder)
        for page in pages:
            yield page

    def _put(self, key: str, content: bytes) -> None:
        file = self._root / key
        file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        try:
            with draft.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _get(self, key: str) -> bytes | None:
        try:
            return (self._root / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            (self._root / key).unlink(missing_ok=True)

    def _pages(self, folder: str) -> list[list[str]]:
        found = sorted(self._files(folder))
        return [found[at : at + _PAGE] for at in range(0, len(found), _PAGE)]

    def _files(self, folder: str) -> Iterator[str]:
        """Drafts of a process that ended while it wrote are files too: they are nobody's, and go."""
        for path, _, names in os.walk(self._root / folder):
            below = Path(path).relative_to(self._root)
            yield from (str(below / name) for name in names)


def _tried(work: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
    """Raises StorageAway."""
    try:
        return work(*arguments, **named)
    except OSError as error:
        raise StorageAway(errno.errorcode.get(error.errno or 0, type(error).__name__)) from error
