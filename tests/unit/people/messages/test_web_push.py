"""Web Push: encrypted as RFC 8291's example is, signed by VAPID, to push services alone; a subscription that ended is Gone."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.jwk import ECKey

from services.people.domain.push import SERVICES, is_of
from services.people.messages import push_encryption as encryption
from services.people.messages.port import Gone, Later, NotSent, Refused, Sent, Subscription, Unclear
from services.people.messages.provider import Provider
from services.people.messages.web_push import Sender, WebPush, private_key, public_text
from tests.worlds.providers import NOW, Deed, FakeProvider, Heard, Resets, Says, a_message

KEY = ECKey.generate_key("P-256")
BROWSER = ec.generate_private_key(ec.SECP256R1())
SECRET = b"sixteen bytes ok"


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    encoding = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return key.public_key().public_bytes(*encoding)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _subscription(fake: FakeProvider) -> Subscription:
    return Subscription(f"{fake.url}/push/abc", _b64(_point(BROWSER)), _b64(SECRET))


def _channel(provider: Provider) -> WebPush:
    return WebPush(Sender(KEY, "mailto:ops@wlijo.example", ("127.0.0.1",)), provider)


def _read(body: bytes, key: ec.EllipticCurvePrivateKey, secret: bytes) -> bytes:
    """As a browser does it."""
    salt, length = body[:16], body[20]
    theirs = body[21 : 21 + length]
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    seed = encryption._derive(shared, secret, b"WebPush: info\x00" + _point(key) + theirs, 32)
    content_key = encryption._derive(seed, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = encryption._derive(seed, salt, b"Content-Encoding: nonce\x00", 12)
    return AESGCM(content_key).decrypt(nonce, body[21 + length :], None).rstrip(b"\x02")


def test_it_is_encrypted_as_the_example_of_rfc_8291_is() -> None:
    key = ec.derive_private_key(int.from_bytes(_raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1())
    body = encryption.encrypt(
        b"When I grow up, I want to be a watermelon",
        _raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        _raw("BTBZMqHH6r4Tts7J_aSIgg"),
        salt=_raw("DGv6ra1nlYgDCS1FRnbzlw"),
        key=key,
    )
    assert _b64(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


async def test_a_push_is_encrypted_and_signed_for_its_service(fake: FakeProvider, provider: Provider) -> None:
    fake.deeds = [Says(201, b"", {"Location": "https://push.example/m/1"})]
    message = a_message(code=None, text="Pesanan baru", subscriptions=(_subscription(fake),))
    assert await _channel(provider).send(message) == Sent("https://push.example/m/1")
    (heard,) = fake.heard
    assert msgspec.json.decode(_read(heard.body, BROWSER, SECRET))["text"] == "Pesanan baru"
    assert (heard.headers["ttl"], heard.headers["content-encoding"]) == ("300", "aes128gcm")
    assert len(heard.headers["topic"]) <= 32
    token, key = (part.partition("=")[2] for part in heard.headers["authorization"].removeprefix("vapid ").split(", "))
    assert key == public_text(KEY)
    claims: dict[str, Any] = jwt.decode(token, KEY, algorithms=["ES256"]).claims
    assert claims == {"aud": fake.url, "sub": "mailto:ops@wlijo.example", "exp": int(NOW.timestamp()) + 12 * 3_600}


@pytest.mark.parametrize(
    ("deed", "fault"),
    [
        (Says(404), Gone),
        (Says(410), Gone),
        (Says(403), Gone),
        (Says(413), Refused),
        (Says(429, headers={"Retry-After": "8"}), Later),
        (Says(401), Later),
        (Says(500), Unclear),
        (Resets(), Unclear),
    ],
)
async def test_what_the_service_says_of_it(
    fake: FakeProvider, provider: Provider, deed: Says | Resets, fault: type[NotSent]
) -> None:
    fake.deeds = [deed]
    with pytest.raises(NotSent) as told:
        await _channel(provider).send(a_message(code=None, subscriptions=(_subscription(fake),)))
    assert type(told.value) is fault


@pytest.mark.parametrize(
    "keys", [("", ""), ("!", "!"), (_b64(b"\x04" + b"\x00" * 64), _b64(SECRET)), ("BA", _b64(SECRET))]
)
async def test_keys_that_are_none_end_the_subscription(
    fake: FakeProvider, provider: Provider, keys: tuple[str, str]
) -> None:
    with pytest.raises(Gone):
        await _channel(provider).send(a_message(code=None, subscriptions=(Subscription(fake.url, *keys),)))
    assert fake.heard == []


@pytest.mark.parametrize(
    ("endpoint", "may"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://fcm.googleapis.com:443/x", True),
        ("https://fcm.googleapis.com:8080/x", False),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com@10.0.0.1/x", False),
        ("https://user@fcm.googleapis.com/x", False),
        ("https://evilfcm.googleapis.com.example/x", False),
        ("https://xfcm.googleapis.com/x", False),
        ("https://169.254.169.254/latest", False),
        ("http://127.0.0.1:4004/graphql", False),
        ("https://[::1", False),
        ("https://fcm.googleapis.com:port/x", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_an_address_is_a_push_services_or_is_not_called(endpoint: str, may: bool) -> None:
    assert is_of(endpoint, SERVICES) is may


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}', '{"crv":"P-256","d":"AA"}']
)
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        private_key(text)


async def test_it_has_left_when_one_browser_of_several_gets_it_and_those_that_are_gone_are_named(
    fake: FakeProvider, provider: Provider
) -> None:
    def decide(heard: Heard) -> Deed:
        return Says(201, headers={"Location": "m1"}) if heard.target == "/push/b" else Says(410)

    fake.decide = decide
    keys = _b64(_point(BROWSER)), _b64(SECRET)
    three = tuple(Subscription(f"{fake.url}/push/{name}", *keys) for name in "abc")
    sent = await _channel(provider).send(a_message(code=None, subscriptions=three))
    assert sent == Sent("m1", (three[0].endpoint, three[2].endpoint))
    with pytest.raises(Gone) as told:
        await _channel(provider).send(a_message(code=None, subscriptions=three[::2]))
    assert told.value.ended == (three[0].endpoint, three[2].endpoint)


async def test_one_that_may_come_later_is_tried_again_though_others_are_gone(
    fake: FakeProvider, provider: Provider
) -> None:
    fake.decide = lambda heard: Says(503) if heard.target == "/push/b" else Says(410)
    keys = _b64(_point(BROWSER)), _b64(SECRET)
    with pytest.raises(Later):
        await _channel(provider).send(
            a_message(code=None, subscriptions=tuple(Subscription(f"{fake.url}/push/{n}", *keys) for n in "ab"))
        )
