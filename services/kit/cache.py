"""A cache bounded by the sum of its entries' sizes: what was used least recently goes first."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")

# What an entry takes of itself, where sizes are bytes: a place in the dictionary, the key's tuple, the size beside the value.
ENTRY_BYTES = 300


@dataclass(slots=True)
class Counts:
    """Read by the metrics when they are asked for, so that a hit costs an addition and no more."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    size: int = 0
    entries: int = 0

    def emptied(self) -> "Counts":
        """For a cache that takes the place of this one's."""
        return Counts(self.hits, self.misses, self.evictions)


@dataclass(slots=True)
class Cache(Generic[_K, _V]):
    """`limit` is of entries where each has the size 1, or of bytes. An entry that alone is larger is not kept.

    `overhead` is added to the size of each entry.
    """

    limit: int
    overhead: int = 0
    counts: Counts = field(default_factory=Counts)
    _entries: OrderedDict[_K, tuple[_V, int]] = field(default_factory=OrderedDict)

    @classmethod
    def of_bytes(cls, limit: int) -> "Cache[_K, _V]":
        return cls(limit, ENTRY_BYTES)

    def get(self, key: _K) -> _V | None:
        found = self._entries.get(key)
        if found is None:
            self.counts.misses += 1
            return None
        self.counts.hits += 1
        self._entries.move_to_end(key)
        return found[0]

    def peek(self, key: _K) -> _V | None:
        """Without a count, and without a word on when it was used."""
        found = self._entries.get(key)
        return found[0] if found is not None else None

    def put(self, key: _K, value: _V, size: int = 1) -> None:
        """`size`: of what the entry keeps alive beyond what is shared by all."""
        counts = self.counts
        self.discard(key)
        size += self.overhead
        if size > self.limit:
            return
        self._entries[key] = value, size
        counts.size += size
        while counts.size > self.limit:
            _, (_, freed) = self._entries.popitem(last=False)
            counts.size -= freed
            counts.evictions += 1
        counts.entries = len(self._entries)

    def discard(self, key: _K) -> None:
        known = self._entries.pop(key, None)
        if known is not None:
            self.counts.size -= known[1]
            self.counts.entries = len(self._entries)

    def clear(self) -> None:
        self._entries.clear()
        self.counts.size = self.counts.entries = 0
