"""A session that its issuer says is over: its tokens count no more, what is open with them ends at once, and nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import KeySet

from services.kit.http.identity import TokenExpired
from services.kit.http.jwks import Jwks
from services.kit.http.over import UNHEARD, OverStream, SessionsOver
from services.kit.http.tokens import TokenVerifier
from services.kit.http.trust import Trust, Trusted
from services.kit.tasks import running
from tests.worlds.issuers import ForeignIssuer
from tests.worlds.over import Telling
from tests.worlds.waiting import until

HOME, OTHER = "http://people.test", "http://sso.test"


class World:
    """Two issuers with sessions of the same names, of which one tells; a verifier that hears and would look by itself in a year."""

    def __init__(self, url: str) -> None:
        self.home, self.other = ForeignIssuer("home"), ForeignIssuer("other")
        self.home.url, self.other.url = HOME, OTHER
        self.stream = OverStream(url)
        self.over = SessionsOver(self.stream.open, issuer=HOME)
        self.verifier = TokenVerifier(
            (Trust(issuer=HOME), _keys(self.home)),
            (Trust(issuer=OTHER, subjects="sso"), _keys(self.other)),
            over={HOME: self.over},
            streams=(self.stream,),
            look_s=31_536_000,
        )

    async def refuses(self, token: str) -> bool:
        try:
            await self.verifier.verify(token)
        except TokenExpired:
            return True
        return False

    async def open_with(self, token: str) -> asyncio.Task[None]:
        identity = await self.verifier.verify(token)
        return asyncio.create_task(self.verifier.ended(identity, f"Bearer {token}"))


def _keys(issuer: ForeignIssuer) -> Jwks:
    async def fetch() -> bytes:
        return orjson.dumps(KeySet([issuer.key]).as_dict(private=False))

    return Jwks(fetch)


@pytest.fixture
def telling() -> Telling:
    return Telling()


@asynccontextmanager
async def hearing(telling: Telling) -> AsyncIterator[World]:
    async with telling.served() as url:
        world = World(url)
        try:
            async with running(world.verifier.hear(), "hearing"):
                await until(lambda: _is(world.over.is_heard))
                yield world
        finally:
            await world.verifier.close()


async def _is(value: bool) -> bool:
    return value


async def test_a_token_of_an_ended_session_is_refused_and_what_is_open_with_it_ends(telling: Telling) -> None:
    async with hearing(telling) as world:
        seen, unseen = (world.home.token(sid="ses_1", jti=each) for each in ("a", "b"))
        staying = world.home.token(sid="ses_2")
        going, open_ = await world.open_with(seen), await world.open_with(staying)
        telling.end("ses_1")
        await asyncio.wait_for(going, 90)
        assert [await world.refuses(each) for each in (seen, unseen, staying)] == [True, True, False]
        assert not open_.done()
        open_.cancel()
        late = await asyncio.wait_for(world.open_with(staying), 90)
        telling.end("ses_2")
        await asyncio.wait_for(late, 90)


async def test_whoever_comes_later_is_told_what_was_over_before(telling: Telling) -> None:
    telling.end("ses_1")
    async with hearing(telling) as world:
        assert await world.refuses(world.home.token(sid="ses_1"))


async def test_a_session_of_the_same_name_of_another_issuer_goes_on(telling: Telling) -> None:
    telling.end("ses_1")
    async with hearing(telling) as world:
        assert not await world.refuses(world.other.token(sid="ses_1"))


@pytest.mark.parametrize("sid", [None, 7, ["ses_1"], {"ses_1": 1}, ""])
async def test_a_token_that_names_no_session_is_good_until_its_end(telling: Telling, sid: Any) -> None:
    telling.end("ses_1")
    async with hearing(telling) as world:
        token = world.home.token(sid=sid)
        assert not await world.refuses(token)
        open_ = await world.open_with(token)
        assert not open_.done()
        open_.cancel()


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_an_issuer_that_is_away_withdraws_nothing_and_is_asked_again(telling: Telling, status: int) -> None:
    telling.end("ses_1")
    async with hearing(telling) as world:
        over, going_on = world.home.token(sid="ses_1"), world.home.token(sid="ses_2")
        telling.over.clear()
        telling.status = status
        came = telling.came
        telling.cut()
        await until(lambda: _is(telling.came >= came + 2))
        assert "ended sessions of http://people.test are not heard" in world.verifier.note()
        assert [await world.refuses(each) for each in (over, going_on)] == [True, False]
        telling.end("ses_2")
        telling.status = 200
        await until(lambda: world.refuses(going_on))
        assert "are not heard" not in world.verifier.note()


NO_LINES = (
    b"{}\n", b"[]\n", b"oops\n", b'{"sid": 1, "for_s": 1}\n', b'{"sid": "", "for_s": 1}\n', b'{"sid": "x"}\n',
    b'{"sid": "x", "for_s": -1}\n', b'{"sid": "x", "for_s": 1e99}\n', b'{"sid": "x", "for_s": NaN}\n', b"\xff\n",
    b'"' + b"x" * 300_000 + b'"\n',
)  # fmt: skip


@pytest.mark.parametrize("line", NO_LINES, ids=range(len(NO_LINES)))
async def test_what_is_no_such_line_is_left_and_the_next_ones_are_heard(telling: Telling, line: bytes) -> None:
    async with hearing(telling) as world:
        came = telling.came
        telling.say(line)
        telling.over.clear()
        telling.end("ses_1")
        await until(lambda: world.refuses(world.home.token(sid="ses_1")))
        assert telling.came > came


def test_what_is_heard_is_kept_until_no_token_can_be_left() -> None:
    now = [0.0]
    over = SessionsOver(OverStream("").open, clock=lambda: now[0])
    over.hear(b'{"sid": "a", "for_s": 10}\n')
    over.hear(b'{"sid": "b", "for_s": 20}\n')
    now[0] = 15
    over.hear(b"\n")
    assert (over.has({"sid": "a"}), over.has({"sid": "b"})) == (False, True)
    over.hear(b'{"sid": "b", "for_s": 1}\n')  # said again: not forgotten sooner
    now[0] = 19
    over.hear(b"\n")
    assert over.has({"sid": "b"})


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 100), st.floats(0, 50))))
def test_no_session_comes_back_before_the_last_said_time(told: list[tuple[str, float, float]]) -> None:
    now = [0.0]
    over = SessionsOver(OverStream("").open, clock=lambda: now[0])
    until_: dict[str, float] = {}
    for sid, for_s, passed in told:
        over.hear(orjson.dumps({"sid": sid, "for_s": for_s}))
        until_[sid] = max(until_.get(sid, 0), now[0] + for_s)
        now[0] += passed
        over.hear(b"")
        assert all(over.has({"sid": each}) for each, ends in until_.items() if ends > now[0])


@given(st.binary(max_size=80))
def test_any_line_is_heard_or_refused(line: bytes) -> None:
    over = SessionsOver(OverStream("").open)
    with suppress(*UNHEARD):
        over.hear(line)


async def test_a_line_that_is_silent_for_long_is_broken_off(monkeypatch: pytest.MonkeyPatch, telling: Telling) -> None:
    monkeypatch.setattr("services.kit.http.over._SILENT_S", 0.05)
    async with hearing(telling):
        await until(lambda: _is(telling.came > 2))


async def test_nobody_who_watched_is_kept(telling: Telling) -> None:
    async with hearing(telling) as world:
        for sid in ("ses_1", "ses_2"):
            open_ = await world.open_with(world.home.token(sid=sid))
            await until(lambda: _is(bool(world.over._watchers)))
            if sid == "ses_1":
                telling.end(sid)
            else:
                open_.cancel()
            await asyncio.wait({open_}, timeout=90)
            assert world.over._watchers == {}


async def test_an_issuer_without_such_an_address_is_not_asked() -> None:
    verifier = TokenVerifier.of(Trusted(issuers=(Trust(issuer=HOME, jwks_url="file:///nowhere"),)))
    await asyncio.wait_for(verifier.hear(), 90)
    assert verifier.note().startswith(f"no keys of {HOME} (")
    await verifier.close()
