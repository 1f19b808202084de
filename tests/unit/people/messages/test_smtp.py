"""Mail: what the server's replies say, and one that breaks off or never answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email import message_from_string
from email.policy import default

import pytest

from infra.local.free_ports import free_port
from services.contracts.amounts import Language
from services.people.messages.port import Later, NotSent, Refused, Unclear
from services.people.messages.smtp import Security, Server, Smtp
from tests.worlds.providers import FakeMailServer, a_mail_server, a_message


@pytest.fixture
async def server() -> AsyncIterator[FakeMailServer]:
    async with a_mail_server() as made:
        yield made


def _channel(port: int, deadline_s: float = 90) -> Smtp:
    at = Server("127.0.0.1", port, Security.NONE, "Wlijo <kabar@wlijo.example>", "{number}@sms.example")
    return Smtp(at, deadline_s=deadline_s)


async def test_a_mail_goes_to_the_address_of_the_number(server: FakeMailServer) -> None:
    sent = await _channel(server.port).send(a_message(text="Kode 481516\r\n.\r\nMAIL FROM:<x>"))
    (mail,) = (message_from_string(each, policy=default) for each in server.mails)
    assert (mail["To"], mail["Subject"]) == ("6281234567890@sms.example", "Kode masuk Wlijo")
    assert sent.reference == mail["Message-ID"] == "<00000000-0000-0000-0000-000000000007@wlijo.example>"
    assert "MAIL FROM" in mail.get_content(), "the words ended the mail"


async def test_the_subject_is_in_the_persons_language_and_never_the_code(server: FakeMailServer) -> None:
    await _channel(server.port).send(a_message(code=None, text="Your order is here", language=Language.EN))
    assert message_from_string(server.mails[0], policy=default)["Subject"] == "News from Wlijo"


@pytest.mark.parametrize(
    ("verb", "reply", "fault"),
    [
        ("RCPT", "550 no such user", Refused),
        ("RCPT", "450 try later", Later),
        ("MAIL", "550 not you", Later),
        ("DATA", "451 busy", Later),
        (".", "554 spam", Refused),
        (".", "451 busy", Later),
        (".", None, Unclear),
        ("", "421 too many", Later),
    ],
)
async def test_a_reply_says_whether_it_may_come_later(
    server: FakeMailServer, verb: str, reply: str | None, fault: type[NotSent]
) -> None:
    server.replies = {verb: reply}
    with pytest.raises(fault) as told:
        await _channel(server.port).send(a_message())
    assert "628" not in str(told.value)


async def test_a_server_that_never_answers_is_left(server: FakeMailServer) -> None:
    server.replies = {".": ""}
    with pytest.raises(Unclear):
        await _channel(server.port, deadline_s=0.3).send(a_message())


async def test_a_server_that_is_not_there_has_surely_not_sent_it() -> None:
    with pytest.raises(Later):
        await _channel(free_port()).send(a_message())
