"""WhatsApp's Cloud API as its documentation has it, against one that limits, fails, refuses and says yes without sending."""

from __future__ import annotations

import pytest

from services.contracts.amounts import Language
from services.kit.secret import Secret
from services.people.messages.port import Later, NotSent, Refused, Sent, Unclear
from services.people.messages.provider import Provider
from services.people.messages.whatsapp import Account, WhatsApp
from tests.worlds.providers import FakeProvider, Says, Silent, a_message

TAKEN = b'{"messaging_product":"whatsapp","contacts":[{"input":"+62","wa_id":"62"}],"messages":[{"id":"wamid.1"}]}'


def _channel(fake: FakeProvider, provider: Provider) -> WhatsApp:
    account = Account(f"{fake.url}/v25.0/", "1059", Secret("EAAJB"), "wlijo_code", "wlijo_notice")
    return WhatsApp(account, provider)


def _error(code: int, status: int = 400, **headers: str) -> Says:
    return Says(status, f'{{"error":{{"message":"(#{code}) no","code":{code},"fbtrace_id":"x"}}}}'.encode(), headers)


async def test_a_code_goes_by_the_authentication_template_in_body_and_button(
    fake: FakeProvider, provider: Provider
) -> None:
    fake.deeds = [Says(200, TAKEN)]
    assert await _channel(fake, provider).send(a_message()) == Sent("wamid.1")
    (heard,) = fake.heard
    assert (heard.method, heard.target) == ("POST", "/v25.0/1059/messages")
    assert heard.headers["authorization"] == "Bearer EAAJB"
    assert heard.json() == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+6281234567890",
        "type": "template",
        "template": {
            "name": "wlijo_code",
            "language": {"code": "id"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "481516"}]},
                {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "481516"}]},
            ],
        },
    }


async def test_a_notice_goes_by_the_utility_template_in_one_line(fake: FakeProvider, provider: Provider) -> None:
    fake.deeds = [Says(200, TAKEN)]
    message = a_message(code=None, text="New order\n\tLMJ-1     of Rp12,000", language=Language.EN)
    await _channel(fake, provider).send(message)
    assert fake.heard[0].json()["template"] == {
        "name": "wlijo_notice",
        "language": {"code": "en"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "New order LMJ-1 of Rp12,000"}]}],
    }


@pytest.mark.parametrize(
    ("deed", "fault", "pause_s"),
    [
        (_error(131026), Refused, None),
        (_error(131030), Refused, None),
        (_error(131026, 200), Refused, None),  # a yes with an error in it
        (_error(130429, 429), Later, None),
        (_error(131056, 400, **{"Retry-After": "6"}), Later, 6),
        (_error(190, 401), Later, 60),  # our token has ended: no fault of the number's
        (_error(132001, 404), Later, 60),  # nor is a template that is not there
        (_error(131000, 500), Later, None),
        (Says(429, b"slow down", {"Retry-After": "9"}), Later, 9),
        (Says(500, b"<html>"), Unclear, None),
        (Says(200, b"<html>"), Unclear, None),
        (Says(200, b"{}"), Unclear, None),
        (Says(200, b'{"messages":[]}'), Unclear, None),
        (Says(200, b'{"messages":[{"id":7}]}'), Unclear, None),
        (Says(200, b'{"error":"no"}'), Unclear, None),
    ],
)
async def test_what_went_wrong_is_told_by_the_code(
    fake: FakeProvider, provider: Provider, deed: Says, fault: type[NotSent], pause_s: float | None
) -> None:
    fake.deeds = [deed]
    with pytest.raises(fault) as told:
        await _channel(fake, provider).send(a_message())
    assert getattr(told.value, "retry_after_s", None) == pause_s
    assert "6281234567890" not in str(told.value)


async def test_a_provider_that_never_answers_is_left(fake: FakeProvider, hasty: Provider) -> None:
    fake.deeds = [Silent()]
    with pytest.raises(Unclear):
        await _channel(fake, hasty).send(a_message())


async def test_without_a_number_nothing_is_asked(fake: FakeProvider, provider: Provider) -> None:
    with pytest.raises(Refused):
        await _channel(fake, provider).send(a_message(phone=None))
    assert fake.heard == []
