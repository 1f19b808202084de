"""Whether a webhook is Wlijo's: its signature, after Standard Webhooks. Python 3.11 or later, nothing to install.

    WLIJO_WEBHOOK_SECRET=whsec_… python webhook.py 8080

Answers at once, and does the work afterwards: here it prints the event's type. Put it behind your own https.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = os.environ.get("WLIJO_WEBHOOK_SECRET", "")
LATE_S = 300
known: set[str] = set()  # keep it for 7 days where your jobs are kept


def is_wlijos(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Over the very bytes that came. Of several signatures one has to fit: for a day after a change of the secret there are two."""
    name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdecimal() or abs(time.time() - int(at)) > LATE_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(digest)
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(wanted, each) for each in given)


def take(event: dict[str, Any]) -> None:
    """Your own system hears of it from here on: what `hear` of ojek.py does, for one."""
    print(event["type"], event["subject"], flush=True)


class Endpoint(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length") or 0), 1_000_000))
        if not is_wlijos(SECRET, {name.lower(): value for name, value in self.headers.items()}, body):
            self.send_response(401)
        else:
            event = json.loads(body)
            if event["id"] not in known:
                known.add(event["id"])  # into a table or queue, before the answer
                take(event)
            self.send_response(204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(sys.argv[1])), Endpoint).serve_forever()
