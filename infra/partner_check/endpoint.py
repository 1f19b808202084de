"""A webhook's endpoint, tried by posts of our own: what is well signed is to be taken, however often; what is not is to be refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

from infra.partner_check.platform import request

_SLOW_S = 15.0
_LATE_S = 3_600


class Endpoint:
    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        self._key = base64.b64decode(secret.removeprefix("whsec_"))

    def post(
        self, event: dict[str, Any], *, late_s: int = 0, spoil: bool = False, beside: bool = False
    ) -> tuple[int, float]:
        """Status and seconds. `beside`: a signature of another secret stands before ours, as for a day after a change of it."""
        body = json.dumps(event).encode()
        at = str(int(time.time()) - late_s)
        digest = hmac.new(self._key, f"{event['id']}.{at}.".encode() + body, hashlib.sha256).digest()
        signature = "v1," + base64.b64encode(digest[::-1] if spoil else digest).decode()
        if beside:
            signature = "v1," + base64.b64encode(digest[::-1]).decode() + " " + signature
        headers = {
            "content-type": "application/cloudevents+json",
            "webhook-id": event["id"],
            "webhook-timestamp": at,
            "webhook-signature": signature,
        }
        began = time.monotonic()
        status, _, _ = request("POST", self.url, body, headers)
        return status, time.monotonic() - began

    def findings(self, partner_id: str) -> Iterator[str]:
        """What is wrong with it, and what to do."""
        ping = _ping(partner_id)
        status, took_s = self.post(ping)
        if status == 0:
            yield f"{self.url} does not answer: is it running, and reached from here?"
            return
        if not 200 <= status < 300:
            yield (
                f"a well signed event was answered {status}, and is to be answered 2xx: verify webhook-signature over the very bytes of "
                "the body, `id.timestamp.body`, with the key that is the base64 behind whsec_"
            )
            return
        if took_s > _SLOW_S:
            yield f"it answered after {took_s:.0f} s, and has 15: take the event into a queue, answer, then do the work"
        tried = (
            (self.post(ping), True, "the same event again (same webhook-id)", "know it by its id, and answer 2xx"),
            (
                self.post({**_ping(partner_id), "type": "partner.of_tomorrow.v1", "data": {"test": True}}),
                True,
                "an event of a type that is not known",
                "ignore it, and answer 2xx: what is not taken is sent again for seven days, and keeps back what follows",
            ),
            (
                self.post(_ping(partner_id), beside=True),
                True,
                "an event with two signatures, the second of them right",
                "webhook-signature holds several, with a space between; one that fits is enough",
            ),
            (
                self.post(_ping(partner_id), spoil=True),
                False,
                "an event with a wrong signature",
                "refuse it with 401: anybody can post to your address",
            ),
            (
                self.post(_ping(partner_id), late_s=_LATE_S),
                False,
                "an event that was signed an hour ago",
                "refuse what is more than 5 minutes off: it may be a recording",
            ),
        )
        for (status, _), takes, what, do in tried:
            if (200 <= status < 300) is not takes:
                yield f"{what} was answered {status}, and is to be {'taken' if takes else 'refused'}: {do}"


def _ping(partner_id: str) -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "specversion": "1.0",
        "id": f"evt_check{uuid.uuid4().hex}",
        "source": "wlijo/delivery",
        "type": "partner.pinged.v1",
        "time": now,
        "subject": f"{partner_id}:{partner_id}",
        "aggregateseq": 1,
        "epoch": 1,
        "stream": "facts",
        "datacontenttype": "application/json",
        "data": {"test": True, "sent_at": now},
    }
