"""Being forgotten: proven by a code, at once or when the orders are over, and never half."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.contracts.ordering import BorneBy, CancelReason
from services.contracts.people import PersonErased, PersonId
from services.kit.database.db import transaction
from services.people import housekeeping
from services.people.commands import notices
from services.people.domain.notices import NoticeKind
from tests.worlds.notices import Market
from tests.worlds.outgoing import Post
from tests.worlds.payloads import PROBLEMS
from tests.worlds.people import GRANT, REFRESH, SIGN_IN, VIEWER, House

REQUEST = f"mutation {{ requestErasureCode {{ {PROBLEMS} expiresAt }} }}"
ERASE = f"mutation($code: String!) {{ eraseMe(code: $code) {{ {PROBLEMS} erasure {{ status waitsFor }} }} }}"
CANCEL = f"mutation {{ cancelErasure {{ {PROBLEMS} done }} }}"
ERASURE = "{ viewer { erasure { status waitsFor } } }"
_CONSENT = 'mutation { giveConsent(document: "terms", version: 1) { problems { code } consents { document } } }'
_NAME = f'mutation {{ updatePerson(name: "Siti Aminah") {{ {PROBLEMS} person {{ name }} }} }}'
_PREFER = "mutation { setNoticePreferences(preferences: [{kind: ORDER_ACCEPTED, channels: []}]) { problems { code } } }"
_PUSH = """INSERT INTO push_subscription (endpoint, person_id, p256dh, auth, made_at)
           VALUES ('https://push.test/' || $1::uuid, $1, 'x', 'x', now()) RETURNING true"""


class Somebody:
    def __init__(self, home: House, phone: str, signed: Any) -> None:
        self.home, self.phone, self.signed = home, phone, signed
        self.token = signed["tokens"]["accessToken"]
        self.id = PersonId.parse(signed["person"]["id"])

    async def code(self) -> str:
        await self.home.done(REQUEST, self.token)
        return await self.home.sent_code(self.phone)

    async def erase(self) -> Any:
        return await self.home.done(ERASE, self.token, code=await self.code())

    def market(self) -> Market:
        return Market(Post(self.home.db), self.id, PersonId.new())


async def _somebody(home: House, phone: str) -> Somebody:
    return Somebody(home, phone, await home.signed_in(phone, "Redmi of Siti"))


async def test_all_by_which_somebody_is_known_goes_at_once(home: House) -> None:
    siti = await _somebody(home, "+6281234560001")
    await home.data(_NAME, siti.token)
    await home.data(_CONSENT, siti.token)
    await home.data(_PREFER, siti.token)
    assert await home.value(_PUSH, siti.id)
    async with transaction(home.db) as conn:
        at = await conn.fetchval("SELECT wlijo_now()")
        facts: dict[str, str | int] = {"code": "LMJ-261128-0001", "cash_rupiah": 0}
        await notices.tell(conn, [str(siti.id)], NoticeKind.ORDER_ACCEPTED, "ord_x", facts, at, None)
    assert await siti.erase() == {"status": "DONE", "waitsFor": []}
    # What goes, column by column, is tried in test_personal.py.
    # What has ended is told on (services/people/ended.py), and says of whom no more.
    ended = await home.value(
        "SELECT array_agg(ended_because || coalesce(device, '')) FROM session WHERE person_id = $1", siti.id
    )
    assert ended == ["ERASED"]
    tokens = "SELECT count(*) FROM refresh_token JOIN session s ON s.id = session_id WHERE s.person_id = $1"
    assert await home.value(tokens, siti.id) == 0
    # What stays, stays under the id alone: that they agreed, and until when.
    assert await home.value("SELECT withdrawn_at IS NOT NULL FROM consent WHERE person_id = $1", siti.id)
    assert await home.refused(REFRESH, shown=siti.signed["tokens"]["refreshToken"]) == {"code": "SESSION_ENDED"}
    assert await home.refused(_NAME, siti.token) == {"code": "SESSION_ENDED"}
    assert await home.data(ERASURE, siti.token) == {"erasure": {"status": "DONE", "waitsFor": []}}


async def test_it_is_told_once_as_the_last_state_of_the_person(home: House) -> None:
    siti = await _somebody(home, "+6281234560101")
    await siti.erase()
    told = await home.value(
        "SELECT array_agg(type ORDER BY seq) FROM outbox WHERE aggregate = $1 AND topic = 'people.persons'",
        str(siti.id),
    )
    assert told[-1] == PersonErased.type
    await housekeeping.erase_waiting(home.db)
    assert (
        await home.value("SELECT count(*) FROM outbox WHERE type = $1 AND aggregate = $2", told[-1], str(siti.id)) == 1
    )


async def test_who_signs_in_again_with_the_number_is_somebody_new(home: House) -> None:
    siti = await _somebody(home, "+6281234560201")
    await siti.erase()
    again = await home.signed_in(siti.phone)
    assert again["isNew"] is True
    assert again["person"]["id"] != str(siti.id)
    assert (await home.data(VIEWER, again["tokens"]["accessToken"]))["consents"] == []
    assert await home.data(ERASURE, again["tokens"]["accessToken"]) == {"erasure": None}


async def test_it_needs_a_code_that_was_sent_for_it(home: House) -> None:
    siti, budi = await _somebody(home, "+6281234560301"), await _somebody(home, "+6281234560302")
    signing_in = await home.asked(siti.phone)
    mine = await siti.code()
    wrong = "000000" if mine != "000000" else "000001"
    for who, guess in ((siti, wrong), (siti, signing_in), (budi, mine), (siti, "")):
        if guess != mine or who is budi:
            assert (await home.refused(ERASE, who.token, code=guess))["code"] == "CODE_INVALID"
    if signing_in != mine:
        assert (await home.refused(SIGN_IN, phone=siti.phone, code=mine))["code"] == "CODE_INVALID"
    assert (await home.data(VIEWER, siti.token))["person"]["phone"] == siti.phone
    assert (await home.done(ERASE, siti.token, code=mine))["status"] == "DONE"


async def test_an_open_order_is_waited_for_and_that_is_said(home: House) -> None:
    siti = await _somebody(home, "+6281234560401")
    market = siti.market()
    await market.hear(market.merchant(), market.placed())
    waiting = {"status": "WAITING", "waitsFor": ["OPEN_ORDERS"]}
    assert await siti.erase() == waiting
    assert await home.data(ERASURE, siti.token) == {"erasure": waiting}
    await housekeeping.erase_waiting(home.db)
    assert (await home.data(VIEWER, siti.token))["person"]["phone"] == siti.phone
    await market.hear(await market.cancelled(CancelReason.NO_RIDER, BorneBy.NOBODY))
    await housekeeping.erase_waiting(home.db)
    assert await home.data(ERASURE, siti.token) == {"erasure": {"status": "DONE", "waitsFor": []}}
    assert await home.value("SELECT count(*) FROM notice WHERE subject = $1", str(siti.id)) == 0


async def test_it_may_be_cancelled_until_it_begins(home: House) -> None:
    siti = await _somebody(home, "+6281234560501")
    market = siti.market()
    await market.hear(market.merchant(), market.placed())
    await siti.erase()
    for _ in range(2):
        assert await home.done(CANCEL, siti.token) is True
    await market.hear(await market.cancelled(CancelReason.NO_RIDER, BorneBy.NOBODY))
    await housekeeping.erase_waiting(home.db)
    assert await home.data(ERASURE, siti.token) == {"erasure": None}
    assert (await home.data(VIEWER, siti.token))["person"]["phone"] == siti.phone
    assert (await siti.erase())["status"] == "DONE"
    assert await home.refused(CANCEL, siti.token) == {"code": "SESSION_ENDED"}
    said = await home.value("SELECT array_agg(action ORDER BY id) FROM audit WHERE person_id = $1", siti.id)
    assert said == ["ERASURE_ASKED", "ERASURE_CANCELLED", "ERASURE_ASKED", "ERASED"]


async def test_what_is_heard_later_is_told_to_nobody(home: House) -> None:
    siti = await _somebody(home, "+6281234560601")
    await siti.erase()
    market = siti.market()
    await market.hear(market.merchant(), market.placed())
    await market.hear(await market.cancelled(CancelReason.NO_RIDER, BorneBy.NOBODY))
    assert await home.value("SELECT count(*) FROM notice WHERE subject = $1", str(siti.id)) == 0


async def test_of_many_who_ask_at_once_one_is_erased_and_nothing_is_half(home: House) -> None:
    siti = await _somebody(home, "+6281234560701")
    code = await siti.code()
    refresh = siti.signed["tokens"]["refreshToken"]
    await asyncio.gather(
        *(home.ask(ERASE, siti.token, code=code) for _ in range(4)),
        home.ask(REFRESH, shown=refresh),
        home.ask(_PREFER, siti.token),
        home.ask(_PREFER, siti.token),
    )
    assert await home.data(ERASURE, siti.token) == {"erasure": {"status": "DONE", "waitsFor": []}}
    assert await home.value("SELECT count(*) FROM session WHERE person_id = $1 AND ended_at IS NULL", siti.id) == 0
    assert await home.value("SELECT count(*) FROM notice_preference WHERE subject = $1", str(siti.id)) == 0
    assert await home.value("SELECT count(*) FROM audit WHERE person_id = $1 AND action = 'ERASED'", siti.id) == 1


@pytest.fixture
async def ops(home: House) -> House:
    """Nobody of others' tests is of ops."""
    async with home.db.acquire() as conn:
        await conn.execute("DELETE FROM staff_role")
    return home


async def test_the_last_of_ops_stays_until_there_is_another(ops: House) -> None:
    siti = await _somebody(ops, "+6281234560801")
    async with ops.db.acquire() as conn:
        await conn.execute("INSERT INTO staff_role VALUES ($1, 'OPS', wlijo_now())", siti.id)
    assert await siti.erase() == {"status": "WAITING", "waitsFor": ["LAST_OF_OPS"]}
    refreshed = await ops.done(REFRESH, shown=siti.signed["tokens"]["refreshToken"])
    await ops.done(GRANT, refreshed["accessToken"], phone="+6281234560802", role="OPS")
    await housekeeping.erase_waiting(ops.db)
    assert (await ops.data(ERASURE, siti.token))["erasure"]["status"] == "DONE"
    assert await ops.value("SELECT count(*) FROM staff_role WHERE person_id = $1", siti.id) == 0
