"""A generic SMS gateway: whatever words say, the request keeps its shape; a yes is told from a no by what the gateway says."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.secret import Secret
from services.people.messages.http_sms import Gateway, HttpSms, _body
from services.people.messages.port import Later, NotSent, Refused, Sent, Unclear
from services.people.messages.provider import Provider
from tests.worlds.providers import FakeProvider, Resets, Says, Silent, a_message

JSON = '{"to":"{number}","content":{"text":"{text}"},"client_id":"{id}","from":"Wlijo","flash":false}'


def _channel(fake: FakeProvider, provider: Provider, **changed: object) -> HttpSms:
    settings: dict[str, object] = {
        "url": f"{fake.url}/send",
        "method": "POST",
        "headers": {"Content-Type": Secret("application/json"), "X-Key": Secret("k")},
        "body": JSON,
        **changed,
    }
    return HttpSms(Gateway(**settings), provider)  # type: ignore[arg-type]  # any of its fields


async def test_a_body_of_json_is_filled_in(fake: FakeProvider, provider: Provider) -> None:
    assert await _channel(fake, provider).send(a_message(text='Kode "481516" \\ {phone}')) == Sent("")
    (heard,) = fake.heard
    assert heard.headers["x-key"] == "k"
    assert heard.json() == {
        "to": "6281234567890",
        "content": {"text": 'Kode "481516" \\ {phone}'},
        "client_id": "00000000-0000-0000-0000-000000000007",
        "from": "Wlijo",
        "flash": False,
    }


async def test_a_form_and_a_query_are_escaped(fake: FakeProvider, provider: Provider) -> None:
    form = _channel(fake, provider, body="to={phone}&msg={text}&sender=Wlijo")
    await form.send(a_message(text="a&to=+1 b"))
    query = _channel(fake, provider, method="GET", body=None, url=f"{fake.url}/send?to={{phone}}&msg={{text}}")
    await query.send(a_message(text="a&to=+1 b"))
    wanted = {"to": ["+6281234567890"], "msg": ["a&to=+1 b"]}
    assert parse_qs(fake.heard[0].body.decode()) == {**wanted, "sender": ["Wlijo"]}
    assert parse_qs(urlsplit(fake.heard[1].target).query) == wanted


@given(st.text())
def test_no_words_change_the_shape_of_the_body(text: str) -> None:
    import msgspec

    words = {"phone": "+62", "number": "62", "text": text, "id": "7"}
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # the database takes no such text
    assert msgspec.json.decode(_body(JSON, words))["content"] == {"text": text}
    assert parse_qs(_body("to={phone}&msg={text}", words).decode(), keep_blank_values=True) == {
        "to": ["+62"],
        "msg": [text],
    }


async def test_the_same_message_bears_the_same_id_when_it_is_sent_again(fake: FakeProvider, provider: Provider) -> None:
    fake.deeds = [Resets(), Says()]
    channel = _channel(fake, provider)
    with pytest.raises(Unclear):
        await channel.send(a_message())
    await channel.send(a_message())
    assert len({heard.json()["client_id"] for heard in fake.heard}) == 1


@pytest.mark.parametrize(
    ("deed", "fault"),
    [
        (Says(200, b'{"status":"error","reason":"no credit"}'), Unclear),
        (Says(200, b'{"status":"error","reason":"invalid number"}'), Refused),
        (Says(500, b'{"status":"error","reason":"invalid number"}'), Refused),
        (Says(429, b"", {"Retry-After": "5"}), Later),
        (Says(403, b""), Later),
        (Says(400, b""), Refused),
        (Says(500, b""), Unclear),
        (Says(200, b"\xff\xfe"), Unclear),
    ],
)
async def test_a_yes_with_an_error_in_it_is_no_yes(
    fake: FakeProvider, provider: Provider, deed: Says, fault: type[NotSent]
) -> None:
    fake.deeds = [deed]
    accepted, refused = re.compile(r'"status":"queued","id":"(\w+)"'), re.compile("invalid number")
    with pytest.raises(fault):
        await _channel(fake, provider, accepted=accepted, refused=refused).send(a_message())


async def test_the_reference_is_what_the_gateway_calls_it(fake: FakeProvider, provider: Provider) -> None:
    fake.deeds = [Says(200, b'{"status":"queued","id":"m42"}')]
    accepted = re.compile(r'"status":"queued","id":"(\w+)"')
    assert await _channel(fake, provider, accepted=accepted).send(a_message()) == Sent("m42")


async def test_a_gateway_that_never_answers_is_left(fake: FakeProvider, hasty: Provider) -> None:
    fake.deeds = [Silent()]
    with pytest.raises(Unclear):
        await _channel(fake, hasty).send(a_message())
