"""Messages leave once, by the first channel that works, in time or not at all; one provider's trouble is nobody else's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.kit.database.db import transaction
from services.kit.observe import telemetry
from services.people.domain.sending import LEASE_S
from services.people.messages import sender
from services.people.messages.port import ChannelName, Later, Refused, Sent, Unclear
from services.people.messages.sender import Lane, Pace
from services.people.store import sending as store
from tests.worlds.outgoing import PHONE, Post, Scripted
from tests.worlds.waiting import until

STILL = Pace(of_number_s=0)


async def test_a_code_goes_by_the_first_channel_and_its_words_are_gone(
    post: Post, whatsapp: Scripted, sms: Scripted
) -> None:
    code = await post.write()
    await post.step(whatsapp, sms)
    row = await post.row(code)
    assert (row["channel"], row["reference"], row["text"], row["code"]) == ("whatsapp", "ref", "", None)
    assert row["sent_at"]
    assert not row["failed_at"]
    assert [each.code for each in whatsapp.sent] == ["481516"]
    await post.step(whatsapp, sms)
    assert (len(whatsapp.sent), len(sms.sent)) == (1, 0)


@pytest.mark.parametrize("fault", [Refused("no"), Later("limit", 3_600.0)])
async def test_a_code_goes_on_at_once_when_the_first_does_not_work(
    post: Post, whatsapp: Scripted, sms: Scripted, fault: Refused | Later
) -> None:
    whatsapp.deeds = [fault]
    code = await post.write()
    await post.step(whatsapp)
    await post.step(sms)
    assert (await post.row(code))["channel"] == "sms"
    assert len(sms.sent) == 1


async def test_what_may_have_been_sent_is_sent_again_only_when_the_lease_is_over(
    post: Post, whatsapp: Scripted, sms: Scripted
) -> None:
    whatsapp.deeds = [Unclear("no answer")]
    code = await post.write()
    await post.step(whatsapp, sms)
    await post.step(whatsapp, sms)
    assert (len(whatsapp.sent), len(sms.sent)) == (1, 0)
    await post.move_clock(LEASE_S + 1)
    await post.step(whatsapp, sms)
    assert (await post.row(code))["channel"] == "sms"


async def test_a_worker_that_died_while_sending_leaves_it_to_another_after_the_lease(
    post: Post, whatsapp: Scripted
) -> None:
    whatsapp.held = asyncio.Event()
    code = await post.write()
    await sender.give_out(post.db, post.codes, post.notices)
    dying = Lane(whatsapp, post.db, STILL)
    stopping = asyncio.Event()
    running = asyncio.create_task(dying.run(stopping))
    await until(lambda: _is(len(whatsapp.sent) == 1))
    running.cancel()
    await asyncio.wait({running})
    another = Scripted(ChannelName.WHATSAPP)
    await post.step(another)
    assert another.sent == []
    await post.move_clock(LEASE_S + 1)
    await post.step(another)
    assert [each.id for each in another.sent] == [code.uuid]


async def test_one_that_was_sent_after_its_lease_is_sent_all_the_same(post: Post, whatsapp: Scripted) -> None:
    """Slow, and then a yes: whoever holds it by then is told."""
    whatsapp.held = asyncio.Event()
    code = await post.write()
    await sender.give_out(post.db, post.codes, post.notices)
    lane = Lane(whatsapp, post.db, STILL)
    await lane.start_due()
    await until(lambda: _is(len(whatsapp.sent) == 1))
    await post.move_clock(LEASE_S + 1)
    second = Scripted(ChannelName.WHATSAPP, [Later("limit")])
    other = Lane(second, post.db, STILL)
    await other.start_due()
    whatsapp.held.set()
    await lane.drain()
    await other.drain()
    row = await post.row(code)
    assert row["sent_at"]
    await post.move_clock(600)
    await post.step(second)
    assert len(second.sent) == 1


async def test_two_workers_do_not_send_the_same(post: Post) -> None:
    codes = [await post.write(phone=f"+62812345678{n:02}") for n in range(40)]
    await sender.give_out(post.db, post.codes, post.notices)
    both = [Scripted(ChannelName.WHATSAPP), Scripted(ChannelName.WHATSAPP)]
    lanes = [Lane(each, post.db, Pace(at_once=5, of_number_s=0)) for each in both]

    async def all_sent() -> bool:
        await asyncio.gather(*(lane.start_due() for lane in lanes))
        return sum(len(each.sent) for each in both) >= len(codes)

    await until(all_sent)
    for lane in lanes:
        await lane.drain()
    sent = [message.id for each in both for message in each.sent]
    assert sorted(sent) == sorted(code.uuid for code in codes)


async def test_a_code_that_has_expired_is_not_sent(post: Post, whatsapp: Scripted) -> None:
    code = await post.write(lives_s=300)
    await post.move_clock(301)
    await post.step(whatsapp)
    row = await post.row(code)
    assert (row["failed_at"] is not None, row["text"], whatsapp.sent) == (True, "", [])


async def test_a_message_that_nobody_takes_comes_to_an_end(post: Post, whatsapp: Scripted, sms: Scripted) -> None:
    whatsapp.deeds, sms.deeds = [Later("limit")], [Later("limit")]
    notice = await post.write("order_placed", lives_s=10**6)
    for _ in range(20):
        await post.step(whatsapp, sms)
        await post.move_clock(3_601)
    row = await post.row(notice)
    assert (row["failed_at"] is not None, row["tried"]) == (True, 8)
    assert len(whatsapp.sent) + len(sms.sent) == 8
    assert whatsapp.sent
    assert sms.sent


async def test_a_slow_provider_holds_nobody_else(post: Post, whatsapp: Scripted, sms: Scripted) -> None:
    post.codes = (ChannelName.SMS,)
    post.notices = (ChannelName.WHATSAPP,)
    whatsapp.held = asyncio.Event()
    for n in range(20):
        await post.write("order_placed", phone=f"+62812345678{n:02}")
    code = await post.write()
    await sender.give_out(post.db, post.codes, post.notices)
    lane = Lane(whatsapp, post.db, STILL)
    await lane.start_due()
    await post.step(sms)
    assert (await post.row(code))["sent_at"]
    whatsapp.held.set()
    await lane.drain()


async def test_notices_leave_room_in_the_lane_for_codes(post: Post, whatsapp: Scripted) -> None:
    whatsapp.held = asyncio.Event()
    for n in range(20):
        await post.write("order_placed", phone=f"+62812345678{n:02}")
    await sender.give_out(post.db, post.codes, post.notices)
    lane = Lane(whatsapp, post.db, Pace(at_once=4, of_number_s=0))
    assert await lane.start_due() == 3
    assert await lane.start_due() == 0
    await post.write()
    await sender.give_out(post.db, post.codes, post.notices)
    assert await lane.start_due() == 1
    whatsapp.held.set()
    await lane.drain()


async def test_of_a_days_budget_a_part_is_kept_for_codes(post: Post, whatsapp: Scripted) -> None:
    pace = Pace(a_day=4, of_number_s=0)
    for n in range(6):
        await post.write("order_placed", phone=f"+62812345678{n:02}", lives_s=10**6)
    codes = [await post.write(phone=f"+62812345679{n:02}", lives_s=10**6) for n in range(3)]
    for _ in range(4):
        await post.step(whatsapp, pace=pace)
    assert sorted(each.id for each in whatsapp.sent) == sorted(code.uuid for code in codes)
    await post.move_clock(86_400)
    await post.step(whatsapp, pace=pace)
    await post.step(whatsapp, pace=pace)
    assert len(whatsapp.sent) == 6  # three of the notices, the fourth place is kept


async def test_two_notices_to_one_person_keep_their_distance_and_a_code_does_not(
    post: Post, whatsapp: Scripted
) -> None:
    pace = Pace(of_number_s=6)
    siti, agus = await post.person(), await post.person("+6281234567899")
    for _ in range(3):
        await post.write("order_placed", person_id=siti)
    await post.write("order_placed", person_id=agus)
    await post.step(whatsapp, pace=pace)
    await post.step(whatsapp, pace=pace)
    assert len(whatsapp.sent) == 2
    await post.write()
    await post.step(whatsapp, pace=pace)
    assert whatsapp.sent[-1].kind == "sign_in_code"
    await post.move_clock(7)
    await post.step(whatsapp, pace=pace)
    assert len(whatsapp.sent) == 4


async def test_a_notice_goes_to_the_number_that_is_the_persons_when_it_is_sent(post: Post, whatsapp: Scripted) -> None:
    """Numbers come back with other owners: what waits is not for them."""
    siti = await post.person()
    await post.write("order_placed", phone=None, person_id=siti, lives_s=10**6)
    await post.give_number(await post.person(phone=None), PHONE)
    await post.step(whatsapp)
    assert [each.phone for each in whatsapp.sent] == [None]


async def test_who_asks_for_a_code_again_gets_it_by_another_channel(
    post: Post, whatsapp: Scripted, sms: Scripted
) -> None:
    """The provider said yes, and perhaps did not send."""
    await post.write()
    await post.step(whatsapp, sms)
    again = await post.write()
    await post.step(whatsapp, sms)
    assert (await post.row(again))["channel"] == "sms"


async def test_a_channel_that_is_no_longer_there_leaves_its_messages_to_the_others(
    post: Post, whatsapp: Scripted, sms: Scripted
) -> None:
    whatsapp.deeds = [Later("limit")]
    notice = await post.write("order_placed", lives_s=10**6)
    await post.step(whatsapp)
    post.codes = post.notices = (ChannelName.SMS,)
    await post.move_clock(60)
    await post.step(sms)
    assert (await post.row(notice))["channel"] == "sms"


async def test_without_a_channel_messages_wait_and_are_counted(post: Post) -> None:
    post.codes = post.notices = ()
    await post.write()
    await post.step()
    await post.move_clock(100)
    async with post.db.acquire() as conn:
        await sender.count(conn, (), 100)
    assert sender.WAITING.labels("", "code")._value.get() == 1
    assert sender.OLDEST.labels("", "code")._value.get() >= 100


async def test_a_fault_of_an_adapters_own_is_of_unknown_outcome_and_ends_no_lane(
    post: Post, whatsapp: Scripted
) -> None:
    whatsapp.deeds = [ZeroDivisionError(), Sent("ref")]
    first = await post.write(phone="+6281234567801")
    await post.step(whatsapp)
    second = await post.write(phone="+6281234567802")
    await post.step(whatsapp)
    assert (await post.row(second))["sent_at"]
    assert (await post.row(first))["pause_s"] > 0


async def test_a_lane_sends_until_it_is_told_to_stop(post: Post, whatsapp: Scripted) -> None:
    code = await post.write()
    await sender.give_out(post.db, post.codes, post.notices)
    stopping = asyncio.Event()
    running = asyncio.create_task(Lane(whatsapp, post.db, STILL).run(stopping))

    async def is_sent() -> bool:
        return bool((await post.row(code))["sent_at"])

    await until(is_sent)
    stopping.set()
    await asyncio.wait_for(running, 90)


async def _is(value: bool) -> bool:
    return value


async def test_a_lane_that_is_full_goes_on_as_soon_as_one_is_done(post: Post, whatsapp: Scripted) -> None:
    """A pause between two rounds would be all that a town can be sent: eight each fifth of a second."""
    for number in range(3):
        await post.write(phone=f"+62812345678{number:02}")
    await sender.give_out(post.db, post.codes, post.notices)
    whatsapp.held = asyncio.Event()
    lane = Lane(whatsapp, post.db, Pace(at_once=1, of_number_s=0))
    assert await lane.start_due() == 1
    waiting = asyncio.create_task(lane.start_due())
    await asyncio.sleep(0)
    whatsapp.held.set()
    assert await waiting == 1, "room was made, and nobody came"
    assert await lane.start_due() == 1
    await lane.drain()
    assert len(whatsapp.sent) == 3


def looks(node: dict[str, Any]) -> Iterator[int]:
    """How often each step of a plan was begun."""
    yield node["Actual Loops"]
    for each in node.get("Plans", ()):
        yield from looks(each)


async def test_what_waits_for_one_person_is_not_looked_at_again_for_each_of_it(post: Post) -> None:
    """A seller with two thousand notices that keep their distance made every look of the channel one second of the database."""
    siti, many = await post.person(), 500
    async with transaction(post.db) as conn:
        await conn.execute(
            """INSERT INTO messages (id, kind, language, text, created_at, expires_at, not_before, person_id, channel, sent_at)
               SELECT gen_random_uuid(), 'order_placed', 'id', 'x', wlijo_now(), wlijo_now() + interval '1 hour', wlijo_now(), $1,
                      'whatsapp', CASE WHEN n % 2 = 0 THEN wlijo_now() - interval '10 minutes' END
               FROM generate_series(1, $2) n""",
            siti,
            many,
        )
        due_notices = await conn.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'due_notices'")
        (said,) = await conn.fetch(f"EXPLAIN (ANALYZE, FORMAT json) {due_notices}", "whatsapp", 100, 6.0)
        (found,) = json.loads(said["QUERY PLAN"]) if isinstance(said["QUERY PLAN"], str) else said["QUERY PLAN"]
    assert max(looks(found["Plan"])) < 10


async def _look(post: Post) -> store.Work:
    async with post.db.acquire() as conn:
        return await store.work(conn, sorted({*post.codes, *post.notices}), post.notices)


async def test_plain_notices_are_given_out_with_the_look_and_the_rest_is_left_to_who_decides(post: Post) -> None:
    plain, code = await post.write("order_placed"), await post.write()
    chosen, of_none = await post.write("order_placed"), await post.write("order_placed")
    async with post.db.acquire() as conn:
        await conn.execute("UPDATE messages SET channels = '{sms}' WHERE id = $1", chosen)
        await conn.execute("UPDATE messages SET channel = 'gone', channels = '{gone,sms}' WHERE id = $1", of_none)
    assert (await _look(post)).unrouted
    channels = {each: (await post.row(each))["channel"] for each in (plain, code, chosen, of_none)}
    assert channels == {plain: "whatsapp", code: None, chosen: None, of_none: "gone"}
    await sender.give_out(post.db, post.codes, post.notices)
    assert not (await _look(post)).unrouted
    assert [(await post.row(each))["channel"] for each in (chosen, of_none)] == ["sms", "sms"]


async def test_without_a_channel_for_notices_they_wait(post: Post) -> None:
    post.notices = ()
    plain = await post.write("order_placed")
    assert (await _look(post)).unrouted
    assert (await post.row(plain))["channels"] is None


async def test_two_workers_who_look_and_send_side_by_side_send_each_notice_once(post: Post) -> None:
    for n in range(40):
        await post.write("order_placed", person_id=await post.person(f"+62812345678{n:02}"), phone=None)
    both = [Scripted(ChannelName.WHATSAPP), Scripted(ChannelName.WHATSAPP)]
    lanes = [Lane(each, post.db, Pace(at_once=6, of_number_s=0)) for each in both]

    async def all_sent() -> bool:
        await asyncio.gather(_look(post), _look(post), *(lane.start_due() for lane in lanes))
        return sum(len(each.sent) for each in both) >= 40

    await until(all_sent)
    for lane in lanes:
        await lane.drain()
    sent = [each.id for scripted in both for each in scripted.sent]
    assert len(sent) == len(set(sent)) == 40
    async with post.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM messages WHERE sent_at IS NOT NULL AND tried = 1") == 40
        assert await conn.fetchval("SELECT taken FROM message_day") == 40


async def test_what_is_sent_in_one_breath_is_written_down_at_once(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [await post.write(phone=f"+6281234567{n:03}") for n in range(5)]
    await _look(post)
    await sender.give_out(post.db, post.codes, post.notices)
    strange = Sent("a\0b\ud800")
    lane = Lane(Scripted(ChannelName.WHATSAPP, [Sent("one"), Refused("no"), strange, Sent("")]), post.db, STILL)
    written: list[int] = []
    were_sent = store.were_sent

    async def counting(conn: Any, channel: str, left: Any, **how: Any) -> None:
        written.append(len(left))
        await were_sent(conn, channel, left, **how)

    monkeypatch.setattr(store, "were_sent", counting)
    assert await lane.start_due() == 5
    await lane.drain()
    assert written == [4]
    rows = [await post.row(each) for each in ids]
    assert sorted(row["reference"] or "" for row in rows if row["sent_at"]) == ["", "", "a\\0b\\ud800", "one"]
    assert [row["sent_at"] is None for row in rows].count(True) == 1


async def test_a_channel_that_never_sent_has_sent_nothing_as_it_is_told(post: Post) -> None:
    """What is not told at all is no zero: nothing would be more than it, and a channel that fails from the start would call nobody."""
    Lane(Scripted(ChannelName.PUSH), post.db, STILL)
    for outcome in ("sent", "later", "unclear", "undelivered", "unheard"):
        told = {"channel": "push", "kind": "code", "outcome": outcome}
        assert telemetry.REGISTRY.get_sample_value("wlijo_messages_total", told) == 0
