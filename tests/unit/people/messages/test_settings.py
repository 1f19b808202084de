"""A channel that is named and lacks something keeps the worker from starting, by name and without a secret; the inbox is for trying."""

from __future__ import annotations

import json

import pytest
from joserfc.jwk import ECKey, OKPKey

from services.kit.process.settings import Mode, SettingsError, load
from services.people.messages.port import ChannelName
from services.people.messages.settings import PeopleWorker
from services.people.settings import PeopleApi

BASE = {"PORT": "4104", "DATABASE_URL": "postgresql://x@localhost/people", "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092"}
WHATSAPP = {
    "WHATSAPP_PHONE_NUMBER_ID": "1059",
    "WHATSAPP_TOKEN": "EAAJB-hidden",
    "WHATSAPP_CODE_TEMPLATE": "wlijo_code",
    "WHATSAPP_NOTICE_TEMPLATE": "wlijo_notice",
}
VAPID = {
    "VAPID_KEY": json.dumps(ECKey.generate_key("P-256").as_dict(private=True)),
    "VAPID_CONTACT": "mailto:ops@wlijo.example",
}
SMTP = {"SMTP_HOST": "mail.example", "SMTP_FROM": "kabar@wlijo.example", "SMTP_TO": "{number}@sms.example"}
SMS = {
    "SMS_URL": "https://sms.example/send",
    "SMS_HEADERS": '{"X-Key":"hidden"}',
    "SMS_BODY": '{"to":"{phone}","text":"{text}"}',
    "SMS_ACCEPTED": '"ok":true',
}


def _load(**env: str) -> PeopleWorker:
    return load(PeopleWorker, {**BASE, **env})


def test_where_nothing_is_said_it_is_the_inbox_for_trying_and_nothing_in_production() -> None:
    local = _load(WLIJO_MODE="local")
    assert local.messages.names(Mode.LOCAL) == (ChannelName.INBOX,)
    assert _load().messages.names(Mode.PRODUCTION) == ()


def test_channels_go_in_the_order_in_which_they_are_named() -> None:
    made = _load(
        CODE_CHANNELS="sms, whatsapp", NOTICE_CHANNELS="push,whatsapp,mail", **WHATSAPP, **VAPID, **SMTP, **SMS
    )
    assert made.messages.codes_by(made.mode) == (ChannelName.SMS, ChannelName.WHATSAPP)
    assert {made.messages.channel(name).name for name in made.messages.names(made.mode)} == {
        ChannelName.SMS,
        ChannelName.WHATSAPP,
        ChannelName.PUSH,
        ChannelName.MAIL,
    }


@pytest.mark.parametrize(
    ("env", "complaint"),
    [
        ({"CODE_CHANNELS": "inbox"}, "not in production mode"),
        ({"CODE_CHANNELS": "pigeon"}, "CODE_CHANNELS is malformed"),
        ({"CODE_CHANNELS": "sms,sms", **SMS}, "named twice"),
        ({"CODE_CHANNELS": "push", **VAPID}, "a push goes to none"),
        ({"CODE_CHANNELS": "whatsapp", **WHATSAPP, "WHATSAPP_TOKEN": ""}, "WHATSAPP_TOKEN is missing"),
        ({"CODE_CHANNELS": "whatsapp", **WHATSAPP, "WHATSAPP_URL": "http://graph.example"}, "WHATSAPP_URL is no https"),
        ({"CODE_CHANNELS": "sms", **SMS, "SMS_URL": "http://sms.example"}, "SMS_URL is no https"),
        ({"CODE_CHANNELS": "sms", **SMS, "SMS_HEADERS": "hidden"}, "SMS_HEADERS is no JSON"),
        ({"CODE_CHANNELS": "sms", **SMS, "SMS_HEADERS": '{"X-Key":"hidden\\r\\nHost: x"}'}, "line break"),
        ({"CODE_CHANNELS": "sms", **SMS, "SMS_ACCEPTED": "("}, "SMS_ACCEPTED is malformed"),
        ({"CODE_CHANNELS": "mail", **SMTP, "SMTP_TO": "nowhere"}, "SMTP_TO is no address"),
        ({"NOTICE_CHANNELS": "push", **VAPID, "VAPID_KEY": '{"kty":"hidden"}'}, "VAPID_KEY cannot be used"),
        ({"NOTICE_CHANNELS": "push", **VAPID, "VAPID_CONTACT": "me"}, "VAPID_CONTACT"),
    ],
)
def test_what_a_channel_lacks_is_said_by_name(env: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint) as told:
        _load(**env)
    assert "hidden" not in str(told.value)


TOLD = {"WHATSAPP_APP_SECRET": "0123456789abcdef", "WHATSAPP_VERIFY_TOKEN": "agreed-between-both"}
API = {
    "PORT": "4004",
    "DATABASE_URL": "postgresql://x@localhost/people",
    "HOME_ISSUER": "http://127.0.0.1:4000",
    "PEOPLE_ISSUER": "http://127.0.0.1:4000",
    "TOKEN_SIGNING_KEYS": json.dumps(
        OKPKey.generate_key("Ed25519", {"kid": "people-1", "use": "sig"}).as_dict(private=True)
    ),
    "SIGN_IN_CODE_KEY": "hidden",
}


def test_receipts_are_waited_for_of_channels_that_tell() -> None:
    made = _load(RECEIPT_CHANNELS="whatsapp", CODE_RECEIPT_SECONDS="20").messages.receipts()
    assert made.wait_s("whatsapp", is_code=True) == 20
    assert made.wait_s("whatsapp", is_code=False) == 600
    assert made.wait_s("sms", is_code=True) is None
    assert _load().messages.receipts().channels == frozenset()
    with pytest.raises(SettingsError, match="receipts come by whatsapp and sms alone"):
        _load(RECEIPT_CHANNELS="mail")


@pytest.mark.parametrize(
    ("env", "complaint"),
    [
        ({"WHATSAPP_APP_SECRET": "0123456789abcdef"}, "said both or neither"),
        ({**TOLD, "WHATSAPP_APP_SECRET": "short"}, "shorter than 16"),
        ({"SMS_RECEIPT_KEY": "0123456789abcdef"}, "needs SMS_DELIVERED and SMS_UNDELIVERED"),
        (
            {"SMS_RECEIPT_KEY": "0123456789abcdef", "SMS_DELIVERED": "(", "SMS_UNDELIVERED": "x"},
            "no regular expression",
        ),
    ],
)
def test_receipts_that_are_half_said_keep_the_api_from_starting(env: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint) as told:
        load(PeopleApi, {**API, **env})
    assert "0123456789abcdef" not in str(told.value)


def test_an_api_without_receipts_starts() -> None:
    assert load(PeopleApi, API).receipts.whatsapp_app_secret is None
    assert load(PeopleApi, {**API, **TOLD}).receipts.whatsapp_app_secret is not None
