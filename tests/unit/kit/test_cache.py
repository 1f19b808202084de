"""A cache within its bound, of entries or of bytes."""

from services.kit.cache import Cache


def test_the_entry_used_least_recently_goes_first() -> None:
    cache: Cache[str, int] = Cache.of_bytes(3_000)
    for name in "ab":
        cache.put(name, 1, 1_000)
    assert cache.get("a") == 1
    cache.put("c", 1, 1_000)
    assert [cache.get(name) for name in "abc"] == [1, None, 1]
    assert (cache.counts.entries, cache.counts.evictions, cache.counts.size) == (2, 1, 2_600)
    assert (cache.counts.hits, cache.counts.misses) == (3, 1)


def test_an_entry_that_is_larger_than_the_whole_cache_is_not_kept_and_drives_nothing_out() -> None:
    cache: Cache[str, int] = Cache.of_bytes(3_000)
    cache.put("a", 1, 1_000)
    cache.put("b", 1, 5_000)
    assert (cache.get("a"), cache.get("b"), cache.counts.evictions) == (1, None, 0)


def test_an_entry_that_is_put_again_is_counted_once() -> None:
    cache: Cache[str, int] = Cache.of_bytes(3_000)
    for size in (1_000, 500):
        cache.put("a", 1, size)
    assert (cache.counts.size, cache.counts.entries) == (800, 1)


def test_where_entries_have_no_size_so_many_are_kept_as_the_limit_says() -> None:
    cache: Cache[int, str] = Cache(2)
    for number in range(3):
        cache.put(number, "x")
    assert [cache.get(number) for number in range(3)] == [None, "x", "x"]
    cache.discard(1)
    cache.discard(1)
    assert (cache.counts.entries, cache.counts.size) == (1, 1)
    cache.clear()
    assert (cache.counts.entries, cache.counts.size, cache.get(2)) == (0, 0, None)
