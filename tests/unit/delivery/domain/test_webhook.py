"""What an endpoint may be, how a message is signed, and when it is tried again."""

from __future__ import annotations

import pytest

from services.delivery.domain.webhook import (
    AT_ONCE,
    FAILURES_TO_REST,
    UrlIsInvalid,
    WebhookId,
    checked_url,
    pause_s,
    rest_s,
    room,
    secret,
    signature,
)
from services.kit.secret import Secret

# The vector with which libraries of Standard Webhooks are tried.
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_ID, _AT, _BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
_SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_is_signed_as_the_libraries_verify_it() -> None:
    assert signature([_SECRET], _ID, _AT, _BODY) == _SIGNED


def test_two_secrets_sign_beside_one_another_and_anything_else_signs_otherwise() -> None:
    other = secret(Secret("key"), WebhookId.seeded("a"), 1)
    first, second = signature([other, _SECRET], _ID, _AT, _BODY).split(" ")
    assert second == _SIGNED
    assert first != _SIGNED
    for id_, at, body in ((_ID + "x", _AT, _BODY), (_ID, _AT + 1, _BODY), (_ID, _AT, _BODY + b" ")):
        assert signature([_SECRET], id_, at, body) != _SIGNED


def test_secrets_are_of_the_endpoint_and_its_number_and_the_key() -> None:
    key, one, two = Secret("key"), WebhookId.seeded("a"), WebhookId.seeded("b")
    made = {secret(each, of, n) for each in (key, Secret("other"), None) for of in (one, two) for n in (1, 2)}
    assert len(made) == 12
    assert secret(key, one, 1) == secret(key, one, 1)
    assert all(each.startswith("whsec_") and len(each) == len("whsec_") + 44 for each in made)


@pytest.mark.parametrize(
    "url",
    ["https://ojek.example/hook", "https://ojek.example:8443/a?b=c", " https://ojek.example ", "https://a.b.id/%20"],
)
def test_an_address_on_the_internet_is_taken(url: str) -> None:
    assert checked_url(url, near=False) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "", "http://ojek.example/", "ftp://ojek.example/", "https://", "https:///x", "//ojek.example", "ojek.example",
        "https://user:secret@ojek.example/", "https://user@ojek.example/", "https://@ojek.example/", "https://ojek.example/#a",
        "https://localhost/", "https://ojek/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://ojek.example:22/", "https://ojek.example:99999/",
        "https://ojek.example/ x", "https://ojek.example\\@intern/", "https://ojek.exämple/", "https://ojek.example/\n", "https://[/",
        "https://ojek.example/" + "x" * 500,
    ],
)  # fmt: skip
def test_what_is_none_is_refused(url: str) -> None:
    with pytest.raises(UrlIsInvalid):
        checked_url(url if url.strip() == url else url + "\n\nx", near=False)


def test_near_is_for_developers() -> None:
    assert checked_url("http://127.0.0.1:8000/hook", near=True)
    with pytest.raises(UrlIsInvalid):
        checked_url("http://127.0.0.1:8000/hook", near=False)


def test_pauses_double_to_an_hour_and_what_the_endpoint_asks_for_is_obeyed() -> None:
    for attempts, most in ((1, 1), (2, 2), (5, 16), (12, 2048), (13, 3600), (500, 3600)):
        assert all(most / 2 <= pause_s(attempts) <= most for _ in range(20))
    assert len({pause_s(4) for _ in range(20)}) > 1
    assert pause_s(1, 120) == 120
    assert pause_s(1, 10**6) == 3600


def test_an_endpoint_that_fails_rests_longer_and_longer_and_is_probed_by_one() -> None:
    assert [rest_s(each) for each in range(FAILURES_TO_REST)] == [None] * FAILURES_TO_REST
    for failures, most in ((FAILURES_TO_REST, 10), (FAILURES_TO_REST + 1, 20), (FAILURES_TO_REST + 100, 300)):
        assert all(0.75 * most <= (rest_s(failures) or 0) <= most for _ in range(20))
    assert (room(0), room(FAILURES_TO_REST - 1), room(FAILURES_TO_REST)) == (AT_ONCE, AT_ONCE, 1)
