"""The token bucket."""

import pytest

from services.kit.http.rate import RateLimit, RateLimited


def test_a_burst_passes_and_then_one_at_a_time() -> None:
    now = [100.0]
    limit = RateLimit(burst=2, per_second=0.5, clock=lambda: now[0])
    limit.take("budi")
    limit.take("budi")
    with pytest.raises(RateLimited) as raised:
        limit.take("budi")
    assert raised.value.retry_after_ms == 2001
    now[0] += 2.001
    limit.take("budi")
    with pytest.raises(RateLimited):
        limit.take("budi")


def test_one_callers_haste_is_not_anothers() -> None:
    limit = RateLimit(burst=1, per_second=1, clock=lambda: 0.0)
    limit.take("budi")
    limit.take("sri")


def test_rest_fills_the_bucket_no_higher_than_the_burst() -> None:
    now = [0.0]
    limit = RateLimit(burst=2, per_second=1, clock=lambda: now[0])
    limit.take("budi")
    now[0] = 1000
    limit.take("budi")
    limit.take("budi")
    with pytest.raises(RateLimited):
        limit.take("budi")


def test_the_memory_is_bounded() -> None:
    limit = RateLimit(burst=1, per_second=0.001, callers=2, clock=lambda: 0.0)
    for caller in ("a", "b", "c"):
        limit.take(caller)
    limit.take("a")  # forgotten, so full again
    with pytest.raises(RateLimited):
        limit.take("c")


def test_where_nothing_is_allowed_at_once_nothing_is() -> None:
    limit = RateLimit(burst=0, per_second=0.001, clock=lambda: 0.0)
    with pytest.raises(RateLimited):
        limit.take("budi")


def test_what_is_given_back_can_be_taken_again_and_no_more_than_a_burst() -> None:
    limit = RateLimit(burst=2, per_second=0.001, clock=lambda: 0.0)
    limit.give_back("budi")  # took nothing
    for _ in range(50):
        limit.take("budi")
        limit.give_back("budi")
    limit.give_back("budi")
    limit.take("budi", 2)
    with pytest.raises(RateLimited):
        limit.take("budi")
