"""Alertmanager's configuration, out of what ops say in `.env`: to whom alerts go. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_TEXT = (
    '{{ range .Alerts }}{{ if eq .Status "resolved" }}ended: {{ end }}{{ .Labels.alertname }} ({{ .Labels.severity }})\n'
    "{{ .Annotations.summary }}\n{{ end }}"
)


class NotWhole(Exception):
    """Receivers lack something: the message has a line for each thing, which names its settings."""


def configuration(settings: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """What the file says. `secrets` are `smtp_password` and `telegram_token`, where they were given. Raises NotWhole.

    Pages come again each hour until they end, warnings twice a day.
    """
    if wrong := [*_wrong(settings, secrets)]:
        raise NotWhole("\n".join(wrong))
    receiver: dict[str, Any] = {"name": "people"}
    if url := settings.get("ALERT_WEBHOOK_URL"):
        receiver["webhook_configs"] = [{"url": url, "send_resolved": True}]
    if to := settings.get("ALERT_MAIL_TO"):
        receiver["email_configs"] = [_mail(to, settings, secrets)]
    if chat := settings.get("ALERT_TELEGRAM_CHAT_ID"):
        receiver["telegram_configs"] = [_telegram(chat, secrets)]
    return json.dumps({
        "route": {
            "receiver": "people",
            "group_by": ["alertname"],
            "group_wait": "10s",
            "group_interval": "1m",
            "repeat_interval": "12h",
            "routes": [{"matchers": ['severity="page"'], "receiver": "people", "repeat_interval": "1h"}],
        },
        "receivers": [receiver],
    }, indent=1)  # fmt: skip


def _wrong(settings: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[str]:
    if settings.get("ALERT_MAIL_TO"):
        if missing := [name for name in ("ALERT_MAIL_FROM", "ALERT_SMTP") if not settings.get(name)]:
            yield f"ALERT_MAIL_TO wants {' and '.join(missing)} beside it"
        if settings.get("ALERT_SMTP_USERNAME") and "smtp_password" not in secrets:
            yield "ALERT_SMTP_USERNAME wants its password in secrets/keep/alert_smtp_password"
    if chat := settings.get("ALERT_TELEGRAM_CHAT_ID"):
        try:
            int(chat)
        except ValueError:
            yield "ALERT_TELEGRAM_CHAT_ID is a number, negative for a group"
        if "telegram_token" not in secrets:
            yield "ALERT_TELEGRAM_CHAT_ID wants the bot's token in secrets/keep/alert_telegram_token"


def _mail(to: str, settings: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "to": to,
        "from": settings["ALERT_MAIL_FROM"],
        "smarthost": settings["ALERT_SMTP"],
        "send_resolved": True,
        "text": _TEXT,
        "html": "",
    }
    if username := settings.get("ALERT_SMTP_USERNAME"):
        found |= {"auth_username": username, "auth_password": secrets["smtp_password"]}
    return found


def _telegram(chat: str, secrets: Mapping[str, str]) -> dict[str, Any]:
    return {
        "chat_id": int(chat),
        "bot_token": secrets["telegram_token"],
        "message": _TEXT,
        "parse_mode": "",
        "send_resolved": True,
    }
