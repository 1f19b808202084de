"""To whom alerts go: what ops say in `.env` is what Alertmanager is told, or ops hear what is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.compose.alerting import NotWhole, configuration

MAIL = {
    "ALERT_MAIL_TO": "ops@example.org",
    "ALERT_MAIL_FROM": "wlijo@example.org",
    "ALERT_SMTP": "mail.example.org:587",
}


def receiver(settings: dict[str, str], **secrets: str) -> dict[str, Any]:
    found = json.loads(configuration(settings, secrets))["receivers"]
    assert len(found) == 1
    return dict(found[0])


def test_nobody_is_called_until_somebody_is_named() -> None:
    assert receiver({"ALERT_WEBHOOK_URL": "", "ALERT_MAIL_TO": ""}) == {"name": "people"}


def test_each_way_stands_beside_the_others() -> None:
    settings = {**MAIL, "ALERT_WEBHOOK_URL": "https://hook.example.org/a", "ALERT_TELEGRAM_CHAT_ID": "-100"}
    found = receiver(settings, telegram_token="1:a")
    assert found["webhook_configs"][0]["url"] == "https://hook.example.org/a"
    assert (found["email_configs"][0]["to"], found["email_configs"][0]["smarthost"]) == (
        "ops@example.org",
        "mail.example.org:587",
    )
    assert "auth_username" not in found["email_configs"][0]
    assert (found["telegram_configs"][0]["chat_id"], found["telegram_configs"][0]["bot_token"]) == (-100, "1:a")


def test_a_mail_server_that_wants_a_name_gets_it_with_the_password() -> None:
    (found,) = receiver({**MAIL, "ALERT_SMTP_USERNAME": "wlijo"}, smtp_password="s3cret")["email_configs"]
    assert (found["auth_username"], found["auth_password"]) == ("wlijo", "s3cret")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ALERT_MAIL_TO": "ops@example.org"}, "ALERT_MAIL_TO wants ALERT_MAIL_FROM and ALERT_SMTP beside it"),
        ({**MAIL, "ALERT_SMTP_USERNAME": "wlijo"}, "its password in secrets/keep/alert_smtp_password"),
        ({"ALERT_TELEGRAM_CHAT_ID": "-100"}, "the bot's token in secrets/keep/alert_telegram_token"),
        ({"ALERT_TELEGRAM_CHAT_ID": "@wlijo"}, "is a number, negative for a group"),
    ],
)
def test_a_receiver_that_lacks_something_is_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(NotWhole, match=said):
        configuration(settings, {})


def test_all_that_receivers_lack_is_said_at_once() -> None:
    settings = {"ALERT_MAIL_TO": "ops@example.org", "ALERT_SMTP_USERNAME": "wlijo", "ALERT_TELEGRAM_CHAT_ID": "@wlijo"}
    with pytest.raises(NotWhole) as refused:
        configuration(settings, {})
    assert str(refused.value).splitlines() == [
        "ALERT_MAIL_TO wants ALERT_MAIL_FROM and ALERT_SMTP beside it",
        "ALERT_SMTP_USERNAME wants its password in secrets/keep/alert_smtp_password",
        "ALERT_TELEGRAM_CHAT_ID is a number, negative for a group",
        "ALERT_TELEGRAM_CHAT_ID wants the bot's token in secrets/keep/alert_telegram_token",
    ]
