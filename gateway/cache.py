"""A cache bounded by bytes: what was used least recently goes first."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")

# A place in the dictionary, the key's tuple, and the size beside the value.
_ENTRY_BYTES = 300


@dataclass(slots=True)
class Counts:
    """Read by the metrics when they are asked for, so that a hit costs an addition and no more."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    bytes: int = 0
    entries: int = 0

    def emptied(self) -> "Counts":
        """For a cache that takes the place of this one's."""
        return Counts(self.hits, self.misses, self.evictions)


@dataclass(slots=True)
class Cache(Generic[_K, _V]):
    """`limit` is in bytes. An entry that alone is larger is not kept."""

    limit: int
    counts: Counts = field(default_factory=Counts)
    _entries: OrderedDict[_K, tuple[_V, int]] = field(default_factory=OrderedDict)

    def get(self, key: _K) -> _V | None:
        found = self._entries.get(key)
        if found is None:
            self.counts.misses += 1
            return None
        self.counts.hits += 1
        self._entries.move_to_end(key)
        return found[0]

    def put(self, key: _K, value: _V, size: int) -> None:
        """`size`: an estimate in bytes of what the entry keeps alive beyond what is shared by all."""
        counts = self.counts
        self.discard(key)
        size += _ENTRY_BYTES
        if size > self.limit:
            return
        self._entries[key] = value, size
        counts.bytes += size
        while counts.bytes > self.limit:
            _, (_, freed) = self._entries.popitem(last=False)
            counts.bytes -= freed
            counts.evictions += 1
        counts.entries = len(self._entries)

    def discard(self, key: _K) -> None:
        known = self._entries.pop(key, None)
        if known is not None:
            self.counts.bytes -= known[1]
            self.counts.entries = len(self._entries)

    def clear(self) -> None:
        self._entries.clear()
        self.counts.bytes = self.counts.entries = 0
