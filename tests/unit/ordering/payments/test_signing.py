"""SNAP's signatures, against values that were made without our code, by OpenSSL and by hand from the definition."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from services.ordering.payments.signing import is_signed_by, sign_token_request, sign_transaction, timestamp
from tests.worlds.paying import key_of

AT = "2026-11-28T09:10:11+07:00"
BODY = b'{"partnerReferenceNo":"W1","amount":{"value":"69500.00","currency":"IDR"}}'
PATH = "/v1.0/qr/qr-mpm-generate"


def test_a_time_is_said_in_wib_to_the_second() -> None:
    assert timestamp(datetime(2026, 11, 28, 2, 10, 11, 987_654, tzinfo=UTC)) == AT


def test_a_transaction_is_signed_over_method_path_token_body_and_time() -> None:
    # H=$(printf '%s' "$BODY" | sha256sum | cut -d' ' -f1)
    # printf '%s' "POST:$PATH:tok:$H:$AT" | openssl dgst -sha512 -hmac secret -binary | base64 -w0
    assert sign_transaction("secret", "POST", PATH, "tok", BODY, AT) == (
        "h4AhiEHBr+XMFBhtk7O6+1XJYHu8dJZugqHpZ4fW4mLR8+RL2YqodWp+w9TUpZmMcCmXJbBiY4ZInY9H067wIA=="
    )


def test_the_definition_by_hand_says_the_same() -> None:
    said = ":".join(("POST", PATH, "tok", hashlib.sha256(BODY).hexdigest().lower(), AT))
    expected = base64.b64encode(hmac.digest(b"secret", said.encode(), "sha512")).decode()
    assert sign_transaction("secret", "POST", PATH, "tok", BODY, AT) == expected


def test_the_very_bytes_count() -> None:
    spaced = BODY.replace(b":", b": ", 1)
    assert sign_transaction("secret", "POST", PATH, "tok", spaced, AT) != sign_transaction(
        "secret", "POST", PATH, "tok", BODY, AT
    )


def test_a_token_is_asked_for_with_client_and_time_signed_by_our_key() -> None:
    ours, theirs = key_of("ours"), key_of("theirs")
    signature = sign_token_request(ours, "client", AT)
    ours.public_key().verify(base64.b64decode(signature), f"client|{AT}".encode(), padding.PKCS1v15(), hashes.SHA256())
    assert is_signed_by(ours.public_key(), "client", AT, signature)
    for key, client, at, said in (
        (theirs.public_key(), "client", AT, signature),
        (ours.public_key(), "another", AT, signature),
        (ours.public_key(), "client", AT[:-1], signature),
        (ours.public_key(), "client", AT, signature[:-4] + "AAA="),
        (ours.public_key(), "client", AT, ""),
        (ours.public_key(), "client", AT, "kein base64"),
    ):
        assert not is_signed_by(key, client, at, said)
