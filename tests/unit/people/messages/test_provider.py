"""Whatever a provider does ends in a bounded time as one of the port's words."""

from __future__ import annotations

import pytest

from infra.local.free_ports import free_port
from services.people.messages.port import Later, Refused, Unclear
from services.people.messages.provider import Answer, Provider, check
from tests.worlds.providers import Endless, FakeProvider, Resets, Says, Silent


async def _ask(provider: Provider, fake: FakeProvider) -> Answer:
    return await provider.ask("POST", fake.url, {}, b"{}")


async def test_one_that_never_answers_has_perhaps_sent_it(fake: FakeProvider, hasty: Provider) -> None:
    fake.deeds = [Silent()]
    with pytest.raises(Unclear):
        await _ask(hasty, fake)


async def test_one_that_breaks_the_line_has_perhaps_sent_it(fake: FakeProvider, provider: Provider) -> None:
    fake.deeds = [Resets()]
    with pytest.raises(Unclear):
        await _ask(provider, fake)
    assert len(fake.heard) == 1, "a request of unknown outcome was repeated"


async def test_an_answer_without_end_is_cut(fake: FakeProvider, provider: Provider) -> None:
    fake.deeds = [Endless()]
    with pytest.raises(Unclear, match="without end"):
        await _ask(provider, fake)


async def test_one_that_is_not_there_has_surely_not_sent_it(provider: Provider) -> None:
    with pytest.raises(Later):
        await provider.ask("POST", f"http://127.0.0.1:{free_port()}", {}, b"{}")


async def test_an_address_that_is_none_is_for_ops_to_mend(provider: Provider) -> None:
    with pytest.raises(Later):
        await provider.ask("POST", "gateway.example/send", {}, b"{}")


async def test_nobody_is_sent_on_to_elsewhere(fake: FakeProvider, provider: Provider) -> None:
    fake.deeds = [Says(307, headers={"Location": f"{fake.url}/elsewhere"})]
    answer = await _ask(provider, fake)
    assert (answer.status, len(fake.heard)) == (307, 1)
    with pytest.raises(Later):
        check(answer)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "99999999999999999999"}, 3_600),
        ({"Retry-After": "Sat, 28 Nov 2026 03:00:40 GMT", "Date": "Sat, 28 Nov 2026 03:00:10 GMT"}, 30),
        ({"Retry-After": "Sat, 28 Nov 2026 03:00:00 GMT", "Date": "Sat, 28 Nov 2026 03:00:10 GMT"}, 0),
        ({"Retry-After": "Sat, 28 Nov 2026 03:00:00 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
async def test_a_pause_is_the_one_that_the_provider_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    answer = Answer(429, headers, b"")
    assert answer.retry_after_s == seconds
    with pytest.raises(Later) as told:
        check(answer)
    assert told.value.retry_after_s == seconds


@pytest.mark.parametrize(
    ("status", "fault"),
    [(200, None), (204, None), (429, Later), (503, Later), (401, Later), (302, Later), (500, Unclear), (502, Unclear),
     (400, Refused), (404, Refused), (422, Refused)],
)  # fmt: skip
def test_a_status_says_whether_it_was_sent(status: int, fault: type[Exception] | None) -> None:
    if fault is None:
        check(Answer(status, {}, b""))
        return
    with pytest.raises(fault):
        check(Answer(status, {}, b""))
