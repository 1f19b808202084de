"""Providers that tell what became of messages, as their documentation shows it, and people's address for it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.applications import Starlette

from services.kit.secret import Secret
from services.people.messages import receipts
from services.people.messages.settings import Pattern, ReceiptSettings
from tests.worlds import asgi
from tests.worlds.asgi import Answer
from tests.worlds.outgoing import Post

APP_SECRET = "of-the-app-0123456789"
VERIFY = "agreed-between-both-0123"
KEY = "of-the-gateway-012345"
TOLD = ReceiptSettings(
    whatsapp_app_secret=Secret(APP_SECRET),
    whatsapp_verify_token=Secret(VERIFY),
    sms_receipt_key=Secret(KEY),
    sms_receipt_reference="messageId",
    sms_delivered=Pattern(re.compile("(?i)^deliv")),
    sms_undelivered=Pattern(re.compile("(?i)undeliv|reject|expired")),
)


def notification(*statuses: tuple[str, str]) -> bytes:
    """Of the Cloud API, as its reference shows one: `statuses` are ids and words."""
    told = [
        {
            "id": reference,
            "status": status,
            "timestamp": "1764300000",
            "recipient_id": "6281234567890",
            **({"errors": [{"code": 131026, "title": "Message undeliverable"}]} if status == "failed" else {}),
        }
        for reference, status in statuses
    ]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62811", "phone_number_id": "1059"},
        "statuses": told,
    }
    return orjson.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"value": value, "field": "messages"}]}],
        }
    )


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-hub-signature-256": "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex(),
    }


@dataclass
class Ear:
    """People's api, as far as providers reach it."""

    post: Post
    settings: ReceiptSettings = TOLD

    def __post_init__(self) -> None:
        self.app = Starlette(routes=list(receipts.routes(self.post.db, self.settings)))

    async def whatsapp(self, *statuses: tuple[str, str]) -> Answer:
        body = notification(*statuses)
        return await asgi.request(self.app, "POST", "/receipts/whatsapp", headers=signed(body), body=body)

    async def sms(self, body: Any = b"", *, query: str = "", key: str = KEY) -> Answer:
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return await asgi.request(self.app, "POST", "/receipts/sms", query=query, headers=headers, body=raw)

    async def state(self) -> list[tuple[Any, ...]]:
        """All that a report can change."""
        async with self.post.db.acquire() as conn:
            rows = await conn.fetch(
                """SELECT m.id, m.channel, m.channels, m.sent_at, m.failed_at, m.delivered_at, m.receipt_by, m.text, m.code, r.reference,
                          r.outcome, r.heard_at, n.outcome AS told FROM messages m LEFT JOIN message_receipt r ON r.message_id = m.id
                   LEFT JOIN notice n ON n.id = m.notice_id ORDER BY m.id, r.channel"""
            )
        return [tuple(row.values()) for row in rows]

    async def at_once(self, times: int, *statuses: tuple[str, str]) -> list[int]:
        return [each.status for each in await asyncio.gather(*(self.whatsapp(*statuses) for _ in range(times)))]
