"""People come to a merchant by a code that its owner hands on, are made more or less, and go; an owner is always left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.catalog.domain import membership, merchant
from services.catalog.domain.ids import MemberId
from services.catalog.store import merchants
from services.contracts.catalog import MerchantChanged, MerchantId, MerchantStatus
from services.contracts.people import PersonId
from services.kit import handed_on
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.worlds import servers
from tests.worlds.catalog import SRI, Graph, stock_up, told
from tests.worlds.payloads import PROBLEMS, refused
from tests.worlds.waiting import until

SHOWN = "merchant { id members { id name role isMe } invitations { id role } }"
INVITE = f"""mutation($id: ID!, $as: MemberRole! = STAFF) {{
  answer: inviteToMerchant(id: $id, role: $as) {{ {PROBLEMS} code expiresAt {SHOWN} }} }}"""
WITHDRAW = f"""mutation($id: ID!, $invitation: ID!) {{
  answer: withdrawMerchantInvitation(id: $id, invitationId: $invitation) {{ {PROBLEMS} {SHOWN} }} }}"""
JOIN = f"""mutation($code: String!, $called: String! = "Anak Tun") {{
  answer: joinMerchant(code: $code, name: $called) {{ {PROBLEMS} {SHOWN} }} }}"""
CHANGE = f"""mutation($id: ID!, $member: ID!, $as: MemberRole!) {{
  answer: changeMerchantMember(id: $id, memberId: $member, role: $as) {{ {PROBLEMS} {SHOWN} }} }}"""
REMOVE = f"""mutation($id: ID!, $member: ID!) {{
  answer: removeMerchantMember(id: $id, memberId: $member) {{ {PROBLEMS} {SHOWN} }} }}"""
LOOK = f"query($id: ID!) {{ {SHOWN.replace('merchant {', 'merchant(id: $id) {')} }}"
OWNER = "bu-sri"
_OWNED = """WITH made AS (
    INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, lat, lng, umkm_class, always_open, auto_accept, accept_within_s,
                          prep_time_s)
    VALUES ($1, $1::uuid::text, 'Toko', 'HOME', 'APPLIED', '35.08.10', -8.1, 113.2, 'MIKRO', false, false, 300, 600) RETURNING id)
    INSERT INTO merchant_member (merchant_id, subject, role) SELECT id, $2, 'OWNER' FROM made"""


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened)
    async with transaction(opened) as conn:
        await conn.execute("DELETE FROM outbox")  # what the seed told
    yield opened
    await opened.close()


class Shop:
    """Bu Sri's, and whoever asks for something there."""

    def __init__(self, db: Database, merchant: MerchantId = SRI) -> None:
        self.db = db
        self.graph = Graph.over(db)
        self.id = str(merchant)

    async def ask(self, document: str, name: str = OWNER, role: str = "merchant", **variables: Any) -> Any:
        named = {"id": self.id} if "$id" in document else {}
        return (await self.graph.data(document, role=role, name=name, **named, **variables))["answer"]

    async def done(self, document: str, name: str = OWNER, role: str = "merchant", **variables: Any) -> Any:
        answer = await self.ask(document, name, role, **variables)
        assert answer["problems"] == []
        return answer

    async def code(self, **variables: Any) -> str:
        code: str = (await self.done(INVITE, **variables))["code"]
        return code

    async def seen_by(self, name: str, role: str = "merchant") -> Any:
        return (await self.graph.data(LOOK, role=role, name=name, id=self.id))["merchant"]

    async def member(self, name: str) -> str:
        (found,) = [each["id"] for each in (await self.seen_by(name))["members"] if each["isMe"]]
        return str(found)


@pytest.fixture
def shop(db: Database) -> Shop:
    return Shop(db)


def _roles(shown: Any) -> list[tuple[str | None, str]]:
    return [(each["name"], each["role"]) for each in shown["members"]]


async def test_somebody_comes_by_a_code_and_that_is_told(shop: Shop) -> None:
    before = len(await told(shop.db))
    code = await shop.code()
    assert len((await shop.seen_by(OWNER))["invitations"]) == 1
    came = (await shop.done(JOIN, "anak-tun", code=code.lower().replace("-", " ")))["merchant"]
    assert _roles(came) == [(None, "OWNER"), ("Anak Tun", "STAFF")]
    assert came["invitations"] == []  # staff do not see them, and there is none
    (kind, payload), *more = (await told(shop.db))[before:]
    assert more == []
    members = {each.subject: each.role for each in decode(MerchantChanged, payload).members}
    assert members[str(PersonId.seeded("anak-tun"))] == "STAFF"
    assert kind == MerchantChanged.type


async def test_who_used_a_code_may_say_it_again_and_nobody_else(shop: Shop) -> None:
    code = await shop.code()
    await shop.done(JOIN, "anak-tun", code=code)
    before = len(await told(shop.db))
    again = (await shop.done(JOIN, "anak-tun", code=code))["merchant"]
    assert len(again["members"]) == 2
    assert refused(await shop.ask(JOIN, "cak-di", code=code)) == {"code": "CODE_INVALID", "field": "code"}
    assert len(await told(shop.db)) == before


async def test_of_many_who_have_one_code_one_comes(shop: Shop) -> None:
    code = await shop.code()
    answers = await asyncio.gather(*(shop.ask(JOIN, f"anak-{number}", code=code) for number in range(6)))
    assert sorted(len(each["problems"]) for each in answers) == [0, 1, 1, 1, 1, 1]
    assert len((await shop.seen_by(OWNER))["members"]) == 2


async def test_a_code_that_was_withdrawn_or_is_over_opens_nothing(shop: Shop) -> None:
    code = await shop.code()
    (invitation,) = (await shop.seen_by(OWNER))["invitations"]
    for _ in range(2):
        assert (await shop.done(WITHDRAW, invitation=invitation["id"]))["merchant"]["invitations"] == []
    over = await shop.code()
    async with transaction(shop.db) as conn:
        await conn.execute("UPDATE merchant_invitation SET expires_at = wlijo_now()")
    for each in (code, over, "0000-0000-0000", "x"):
        assert refused(await shop.ask(JOIN, "anak-tun", code=each)) == {"code": "CODE_INVALID", "field": "code"}
    assert (await shop.seen_by(OWNER))["invitations"] == []


async def test_staff_invited_to_be_an_owner_are_one_and_an_owner_stays_one(shop: Shop) -> None:
    await shop.done(JOIN, "anak-tun", code=await shop.code())
    made = await shop.done(JOIN, "anak-tun", code=await shop.code(**{"as": "OWNER"}), called="Tun")
    assert _roles(made["merchant"]) == [(None, "OWNER"), ("Tun", "OWNER")]
    stays = await shop.done(JOIN, "anak-tun", code=await shop.code())
    assert _roles(stays["merchant"]) == [(None, "OWNER"), ("Anak Tun", "OWNER")]


async def test_the_last_owner_neither_goes_nor_becomes_staff(shop: Shop) -> None:
    await shop.done(JOIN, "anak-tun", code=await shop.code())
    sri, tun = await shop.member(OWNER), await shop.member("anak-tun")
    for document, more in ((REMOVE, {}), (CHANGE, {"as": "STAFF"})):
        assert refused(await shop.ask(document, member=sri, **more)) == {"code": "LAST_OF_ITS_KIND"}
    await shop.done(CHANGE, member=tun, **{"as": "OWNER"})
    left = await shop.done(REMOVE, member=sri)
    assert await shop.seen_by(OWNER) == {"id": shop.id, "members": [], "invitations": []} == left["merchant"]
    assert refused(await shop.ask(REMOVE, "anak-tun", member=tun)) == {"code": "LAST_OF_ITS_KIND"}


async def test_two_owners_who_go_at_once_leave_one(shop: Shop) -> None:
    await shop.done(JOIN, "anak-tun", code=await shop.code(**{"as": "OWNER"}))
    sri, tun = await shop.member(OWNER), await shop.member("anak-tun")
    answers = await asyncio.gather(shop.ask(REMOVE, member=sri), shop.ask(REMOVE, "anak-tun", member=tun))
    assert sorted(len(each["problems"]) for each in answers) == [0, 1]


async def test_staff_leave_by_themselves_and_put_nobody_out(shop: Shop) -> None:
    await shop.done(JOIN, "anak-tun", code=await shop.code())
    await shop.done(JOIN, "mbak-yu", code=await shop.code())
    tun, yu = await shop.member("anak-tun"), await shop.member("mbak-yu")
    not_theirs = {"code": "NOT_FOUND"}
    assert refused(await shop.ask(REMOVE, "anak-tun", member=yu)) == not_theirs
    assert refused(await shop.ask(CHANGE, "anak-tun", member=tun, **{"as": "OWNER"})) == not_theirs
    assert refused(await shop.ask(INVITE, "anak-tun")) == not_theirs
    assert refused(await shop.ask(REMOVE, "cak-di", member=yu)) == not_theirs
    assert refused(await shop.ask(REMOVE, member=str(MemberId.new()))) == not_theirs
    await shop.done(REMOVE, "anak-tun", member=tun)
    assert [each["isMe"] for each in (await shop.seen_by("mbak-yu"))["members"]] == [False, True]


async def test_strangers_see_nobody_and_the_platform_everybody(shop: Shop) -> None:
    await shop.code()
    for name, role in (("cak-di", "merchant"), ("siti", "buyer")):
        assert await shop.seen_by(name, role) == {"id": shop.id, "members": [], "invitations": []}
    for role in ("ops", "officer"):
        seen = await shop.seen_by("staff", role)
        assert (len(seen["members"]), len(seen["invitations"])) == (1, 1)
        assert not seen["members"][0]["isMe"]


async def test_operators_help_a_merchant_that_has_lost_its_people(shop: Shop) -> None:
    async with transaction(shop.db) as conn:
        await conn.execute("DELETE FROM merchant_member WHERE merchant_id = $1", SRI)
    code = (await shop.done(INVITE, "ops", "ops", **{"as": "OWNER"}))["code"]
    assert _roles((await shop.done(JOIN, "anak-sri", code=code))["merchant"]) == [("Anak Tun", "OWNER")]


async def test_there_is_room_for_so_many_and_so_many_invitations(shop: Shop) -> None:
    for number in range(membership.MAX_MEMBERS - 1):
        await shop.done(JOIN, f"anak-{number}", code=await shop.code())
    full = refused(await shop.ask(JOIN, "one-more", code=await shop.code()))
    assert full == {"code": "TOO_MANY_MEMBERS", "limit": membership.MAX_MEMBERS, "unit": "PERSON"}
    for _ in range(membership.MAX_INVITATIONS - 1):
        await shop.code()
    many = refused(await shop.ask(INVITE))
    assert many == {"code": "TOO_MANY_INVITATIONS", "limit": membership.MAX_INVITATIONS, "unit": "INVITATION"}


async def test_who_is_made_an_owner_while_they_apply_has_no_more_than_may_be(shop: Shop) -> None:
    await shop.done(JOIN, "anak-tun", code=await shop.code())
    member, subject = await shop.member("anak-tun"), str(PersonId.seeded("anak-tun"))
    async with transaction(shop.db) as conn:
        for _ in range(merchant.MAX_OWN - 1):
            await conn.execute(_OWNED, MerchantId.new(), subject)
    async with transaction(shop.db) as applies:  # as `applyAsMerchant` does it, and not yet done
        await merchants.lock_owner(applies, subject)
        merchant.check_room(await merchants.count_own(applies, subject))
        await applies.execute(_OWNED, MerchantId.new(), subject)
        changes = asyncio.create_task(shop.ask(CHANGE, member=member, **{"as": "OWNER"}))

        async def waits_or_is_done() -> bool:
            async with shop.db.acquire() as looking:
                return changes.done() or await looking.fetchval(
                    """SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                           WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)"""
                )

        await until(waits_or_is_done)
    full = {"code": "TOO_MANY_OWN_MERCHANTS", "limit": merchant.MAX_OWN, "unit": "MERCHANT"}
    assert refused(await changes) == full
    async with shop.db.acquire() as after:
        assert await merchants.count_own(after, subject) == merchant.MAX_OWN


async def test_a_closed_merchant_invites_nobody_and_nobody_comes(shop: Shop) -> None:
    code = await shop.code()
    async with transaction(shop.db) as conn:
        await conn.execute("UPDATE merchant SET status = 'CLOSED' WHERE id = $1", SRI)
    closed = {"code": "WRONG_STATE", "status": str(MerchantStatus.CLOSED)}
    assert refused(await shop.ask(INVITE)) == closed
    assert refused(await shop.ask(JOIN, "anak-tun", code=code)) == closed


async def test_the_code_itself_is_kept_nowhere(shop: Shop) -> None:
    code = await shop.code()
    async with shop.db.acquire() as conn:
        for kept in (code, code.replace("-", "")):
            held = "SELECT count(*) FROM merchant_invitation t WHERE t::text ILIKE '%' || $1 || '%'"
            assert await conn.fetchval(held, kept) == 0
        digest = handed_on.digest(code).hex()
        assert await conn.fetchval(held, digest) == 1  # what is looked for can be found
