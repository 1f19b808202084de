"""What two records of a company's reply topic have in common when they are the same reply."""

from __future__ import annotations

from services.delivery.partner_event import MAX_EVENT_BYTES
from services.delivery.partner_topics import content
from services.kit.messaging.consumer import Record


def reply(
    *, id_: bytes = b"off_1.accept", type_: bytes = b"partner.accept.v1", body: bytes = b"{}", time: bytes = b"1"
) -> Record:
    headers = [("ce_time", time), ("ce_id", id_), ("ce_type", type_)]
    return Record("partner.ptn_1.replies.v1", 0, 0, b"dlv_1", body, headers, None)


def test_a_reply_is_the_same_whenever_it_is_sent() -> None:
    assert content(reply(time=b"1")) == content(reply(time=b"2"))


def test_another_id_type_or_body_is_another_reply() -> None:
    one = content(reply())
    assert one not in {
        content(reply(id_=b"off_2.accept")),
        content(reply(type_=b"partner.decline.v1")),
        content(reply(body=b"{} ")),
    }


def test_where_one_part_ends_and_the_next_begins_is_told_apart() -> None:
    assert content(reply(id_=b"off_1.ab", type_=b"c")) != content(reply(id_=b"off_1.a", type_=b"bc"))


def test_what_is_remembered_is_short_and_what_is_too_large_is_no_repeat() -> None:
    found = content(reply(body=b"x" * 16_384))
    assert found is not None
    assert len(found) == 16
    for large in (reply(body=b"x" * MAX_EVENT_BYTES), reply(id_=b"x" * (MAX_EVENT_BYTES + 1))):
        assert content(large) is None
