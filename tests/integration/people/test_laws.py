"""What holds in whatever order things are done: a code and a token are good once, and nobody guesses more than may be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.people.domain.code import MOST_TRIES
from tests.worlds.people import REFRESH, SIGN_IN, House, house
from tests.worlds.servers import TestDatabase

_FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_phones = iter(range(10**7))


def _phone() -> str:
    return f"+62812{next(_phones) + 50_000_000:08}"


@_FEW
@given(shown=st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=3), min_size=1, max_size=6))
def test_a_session_goes_on_by_its_newest_token_alone(made: TestDatabase, shown: list[list[int]]) -> None:
    """Each inner list is shown at once; numbers count back from the newest token."""

    async def play(home: House) -> None:
        tokens = [(await home.signed_in(_phone()))["tokens"]["refreshToken"]]
        is_open = True
        for together in shown:
            places = [max(0, len(tokens) - 1 - back) for back in together]
            newest = len(tokens) - 1
            answers = await asyncio.gather(
                *(home.data(REFRESH, shown=tokens[place], address=f"10.2.0.{n}") for n, place in enumerate(places))
            )
            won = [each["tokens"]["refreshToken"] for each in answers if not each["problems"]]
            # The newest is good once, unless another came before it; any other, and any repeat, ends the session.
            assert len(won) <= (is_open and newest in places)
            assert not is_open or places != [newest] or len(won) == 1
            is_open = is_open and places == [newest]
            tokens += won
            if not is_open:
                for each in tokens:
                    assert (await home.data(REFRESH, shown=each))["problems"], "a session that has ended goes on"
                return

    asyncio.run(_at(made, play))


@_FEW
@given(
    guesses=st.lists(st.lists(st.booleans(), min_size=1, max_size=4), min_size=1, max_size=5),
    codes=st.integers(1, 2),
)
def test_a_number_is_proved_once_and_within_the_tries(
    made: TestDatabase, guesses: list[list[bool]], codes: int
) -> None:
    """Each inner list is guessed at once: right or wrong."""

    async def play(home: House) -> None:
        phone = _phone()
        sent = [await home.asked(phone) for _ in range(codes)]
        wrong = next(each for each in map("{:06}".format, range(10)) if each not in sent)
        wrongs, proved = 0, 0
        for together in guesses:
            answers = await asyncio.gather(
                *(
                    home.data(SIGN_IN, phone=phone, code=sent[0] if right else wrong, address=f"10.2.1.{n}")
                    for n, right in enumerate(together)
                )
            )
            before, wrongs = wrongs, wrongs + together.count(False)
            done = sum(not each["problems"] for each in answers)
            if before >= MOST_TRIES:
                assert done == 0
            elif proved == 0 and True in together and wrongs < MOST_TRIES:
                assert done == 1
            proved += done
        assert proved <= 1

    asyncio.run(_at(made, play))


async def _at(made: TestDatabase, play: Callable[[House], Awaitable[None]]) -> None:
    async with house(made) as home:
        await play(home)
