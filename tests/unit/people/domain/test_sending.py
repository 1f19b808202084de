"""What becomes of a message that was not sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.people.domain.sending import CODE_TRIES, LEASE_S, NOTICE_TRIES, Attempt, Outcome, Step, after, order

BOTH = ("whatsapp", "sms")


def _code(outcome: Outcome, channel: str = "whatsapp", channels: tuple[str, ...] = BOTH, tried: int = 1) -> Step | None:
    return after(Attempt(outcome, channel, channels, tried, is_code=True))


def test_a_code_that_is_refused_goes_at_once_by_the_next_and_never_by_that_again() -> None:
    assert _code(Outcome.REFUSED) == Step("sms", ("sms",), 0)
    assert _code(Outcome.REFUSED, "sms", ("sms",)) is None


def test_a_code_that_may_come_later_goes_at_once_by_the_next_and_round() -> None:
    assert _code(Outcome.LATER) == Step("sms", BOTH, 0)
    assert _code(Outcome.LATER, "sms", tried=2) == Step("whatsapp", BOTH, 10)


def test_what_may_have_been_sent_is_left_alone_as_long_as_the_lease() -> None:
    assert _code(Outcome.UNCLEAR) == Step("sms", BOTH, LEASE_S)
    notice = after(Attempt(Outcome.UNCLEAR, "whatsapp", BOTH, 1, is_code=False))
    assert notice == Step("whatsapp", BOTH, LEASE_S)


def test_a_notice_waits_for_its_channel_as_long_as_that_asks_and_then_goes_on() -> None:
    later = Attempt(Outcome.LATER, "whatsapp", BOTH, 1, is_code=False, retry_after_s=900)
    assert after(later) == Step("whatsapp", BOTH, 900)
    third = Attempt(Outcome.LATER, "whatsapp", BOTH, 3, is_code=False, retry_after_s=900)
    assert after(third) == Step("sms", BOTH, 20)


def test_who_asks_again_gets_the_code_by_the_next_channel() -> None:
    assert [order(BOTH, sent) for sent in range(3)] == [BOTH, ("sms", "whatsapp"), BOTH]
    assert order((), 3) == ()


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.none() | st.floats(0, 3_600)), min_size=20, max_size=20), st.booleans(),
       st.lists(st.sampled_from(["whatsapp", "sms", "mail", "push"]), min_size=1, unique=True))  # fmt: skip
def test_it_ends_and_is_never_tried_where_it_was_refused(
    tries: list[tuple[Outcome, float | None]], is_code: bool, wanted: list[str]
) -> None:
    channel, channels, refused = wanted[0], tuple(wanted), set()
    for tried, (outcome, asked_s) in enumerate(tries, 1):
        if outcome is Outcome.REFUSED:
            refused.add(channel)
        step = after(Attempt(outcome, channel, channels, tried, is_code, asked_s))
        if step is None:
            assert refused == set(wanted) or tried == (CODE_TRIES if is_code else NOTICE_TRIES)
            return
        assert step.channel in step.channels
        assert set(step.channels) == set(wanted) - refused
        assert 0 <= step.pause_s <= 3_600
        if step.channel == channel and asked_s is not None and outcome is Outcome.LATER:
            assert step.pause_s >= asked_s
        channel, channels = step.channel, step.channels
    raise AssertionError("it never ends")
