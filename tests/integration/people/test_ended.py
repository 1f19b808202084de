"""Sessions that end, by whatever way, end at once for everybody who verifies tokens of people; with people away, nothing else ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import orjson
import pytest

from services.contracts.people import PersonId, StaffRole
from services.kit.database.db import transaction
from services.kit.http.identity import TokenExpired
from services.kit.http.tokens import TokenVerifier
from services.kit.tasks import running
from services.people.commands import staff
from services.people.domain.session import ACCESS_S, MOST_SESSIONS
from services.people.ended import Told
from tests.worlds.asgi import request
from tests.worlds.http_server import served
from tests.worlds.payloads import PROBLEMS
from tests.worlds.people import REFRESH, SIGN_OUT, House, own_verifier
from tests.worlds.waiting import until

_SESSIONS = "{ viewer { sessions { id isCurrent } } }"
_END = f"mutation($id: ID!) {{ endSession(id: $id) {{ {PROBLEMS} }} }}"
_END_OTHERS = f"mutation {{ endOtherSessions {{ {PROBLEMS} }} }}"
_FORGOTTEN_S = ACCESS_S + 120


class Elsewhere:
    """What another service, and the gateway, know of people's tokens."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self.verifier = verifier

    async def refuses(self, token: str) -> bool:
        try:
            await self.verifier.verify(token)
        except TokenExpired:
            return True
        return False

    async def opened(self, token: str) -> asyncio.Task[None]:
        """A subscription: over when what is open must end."""
        identity = await self.verifier.verify(token)
        return asyncio.create_task(self.verifier.ended(identity, f"Bearer {token}"))

    async def hears(self) -> bool:
        return "are not heard" not in self.verifier.note()


@asynccontextmanager
async def elsewhere(home: House) -> AsyncIterator[Elsewhere]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(home.live.run(), "live views"))
        port = await stack.enter_async_context(served(home.app))
        stack.callback(home.live.drain)
        found = Elsewhere(own_verifier(home.config.signer(), f"http://127.0.0.1:{port}/ended-sessions"))
        stack.push_async_callback(found.verifier.close)
        await stack.enter_async_context(running(found.verifier.hear(), "hearing"))
        await until(found.hears)
        yield found


async def _session_of(home: House, token: str) -> str:
    (mine,) = [each["id"] for each in (await home.data(_SESSIONS, token))["sessions"] if each["isCurrent"]]
    return str(mine)


async def signed_out(home: House, phone: str, gone: Any, _: Any) -> None:
    await home.data(SIGN_OUT, gone["accessToken"])


async def ended_on_another_phone(home: House, phone: str, gone: Any, kept: Any) -> None:
    await home.data(_END, kept["accessToken"], id=await _session_of(home, gone["accessToken"]))


async def all_others_ended(home: House, phone: str, gone: Any, kept: Any) -> None:
    await home.data(_END_OTHERS, kept["accessToken"])


async def revoked(home: House, phone: str, gone: Any, _: Any) -> None:
    assert (await home.form("/oauth2/revoke", token=gone["refreshToken"])).status == 200


async def a_token_used_twice(home: House, phone: str, gone: Any, _: Any) -> None:
    await home.data(REFRESH, shown=gone["refreshToken"])
    assert (await home.data(REFRESH, shown=gone["refreshToken"]))["problems"]


async def one_too_many(home: House, phone: str, gone: Any, kept: Any) -> None:
    # The one that is to stay was used last.
    await home.data(REFRESH, shown=kept["refreshToken"])
    for _ in range(MOST_SESSIONS - 1):
        await home.signed_in(phone)


WAYS = (signed_out, ended_on_another_phone, all_others_ended, revoked, a_token_used_twice, one_too_many)


@pytest.mark.parametrize("way", WAYS, ids=lambda each: each.__name__)
async def test_a_session_that_ends_closes_what_is_open_with_it_and_the_other_phone_goes_on(
    home: House, way: Callable[[House, str, Any, Any], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By being woken: nobody looks by himself here."""
    monkeypatch.setattr("services.people.ended._LOOK_S", 31_536_000)
    monkeypatch.setattr("services.kit.http.over._SILENT_S", 31_536_000)
    phone = f"+62812345311{WAYS.index(way):02}"
    gone, kept = [(await home.signed_in(phone))["tokens"] for _ in range(2)]
    async with elsewhere(home) as there:
        going, staying = [await there.opened(each["accessToken"]) for each in (gone, kept)]
        await way(home, phone, gone, kept)
        await asyncio.wait_for(going, 90)
        assert await there.refuses(gone["accessToken"])
        assert not await there.refuses(kept["accessToken"])
        assert not staying.done()
        staying.cancel()


async def test_a_role_that_is_withdrawn_ends_the_sessions_whose_tokens_say_it(home: House) -> None:
    signed = await home.signed_in("+6281234531201")
    person = PersonId.parse(signed["person"]["id"])
    async with transaction(home.db) as conn:
        await staff.grant(conn, home.config.sessions.lasting(), "+6281234531201", StaffRole.OFFICER, actor="test")
    tokens = (await home.signed_in("+6281234531201"))["tokens"]
    async with elsewhere(home) as there:
        assert "officer" in (await there.verifier.verify(tokens["accessToken"])).roles
        open_ = await there.opened(tokens["accessToken"])
        async with transaction(home.db) as conn:
            await staff.withdraw(conn, person, StaffRole.OFFICER, actor="test")
        await asyncio.wait_for(open_, 90)
        assert await there.refuses(tokens["accessToken"])
        again = (await home.signed_in("+6281234531201"))["tokens"]
        assert "officer" not in (await there.verifier.verify(again["accessToken"])).roles


async def test_whoever_starts_later_is_told_those_that_can_still_have_tokens(home: House) -> None:
    forgotten, late = [(await home.signed_in("+6281234531301"))["tokens"]["accessToken"] for _ in range(2)]
    await home.data(SIGN_OUT, forgotten)
    await home.move_clock(_FORGOTTEN_S)
    await home.data(SIGN_OUT, late)
    async with elsewhere(home) as there:
        assert await there.refuses(late)
        assert not await there.refuses(forgotten)  # by its own end, which the moved clock has passed, it is over anyway


async def test_what_a_slow_transaction_ended_is_told_when_it_has_committed(home: House) -> None:
    """Though a session that ended after it was told long before."""
    first, second = [(await home.signed_in("+6281234531401"))["tokens"]["accessToken"] for _ in range(2)]
    slow = await _session_uuid(home, first)
    async with elsewhere(home) as there:
        conn = await asyncpg.connect(home.owner_url)
        try:
            async with conn.transaction():
                ended = "UPDATE session SET ended_at = wlijo_now(), ended_because = 'ENDED' WHERE id = $1"
                await conn.execute(ended, slow)
                await home.data(SIGN_OUT, second)
                await until(lambda: there.refuses(second))
                assert not await there.refuses(first)
        finally:
            await conn.close()
        await until(lambda: there.refuses(first))  # by the look each second: this one woke nobody


async def _session_uuid(home: House, token: str) -> Any:
    from services.people.domain.ids import SessionId

    return SessionId.parse(await _session_of(home, token))


async def test_people_that_comes_back_tells_what_ended_in_the_meantime(home: House) -> None:
    gone, kept = [(await home.signed_in("+6281234531501"))["tokens"]["accessToken"] for _ in range(2)]
    async with elsewhere(home) as there:
        home.live.drain()
        await until(lambda: _not(there.hears))
        assert [await there.refuses(each) for each in (gone, kept)] == [False, False]
        await home.data(SIGN_OUT, gone)
        home.live.draining = False
        await until(lambda: there.refuses(gone))
        assert not await there.refuses(kept)


async def _not(condition: Callable[[], Awaitable[bool]]) -> bool:
    return not await condition()


async def test_each_ending_is_told_once_to_whoever_listens_and_never_by_its_number(home: House) -> None:
    token = (await home.signed_in("+6281234531601"))["tokens"]["accessToken"]
    mine = await _session_of(home, token)
    told = Told(home.db)
    await told.news(_FORGOTTEN_S)
    await home.data(SIGN_OUT, token)
    lines = [orjson.loads(each) for each in (await told.news(60)).splitlines()]
    assert [each["sid"] for each in lines] == [mine]
    assert set(lines[0]) == {"sid", "for_s"}
    assert 0 < lines[0]["for_s"] <= ACCESS_S + 60
    assert await told.news(60) == b"\n"
    assert await told.news(_FORGOTTEN_S) == b"\n"


async def test_a_database_that_is_away_is_no_list_of_nobody(home: House) -> None:
    await home.db.close()
    answer = await request(home.app, "GET", "/ended-sessions")
    assert answer.status == 503
