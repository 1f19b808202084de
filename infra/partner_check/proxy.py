"""A proxy before the platform, which spoils what a company's system hears as the contract allows: events come twice, with fields and types
of tomorrow, other jobs' in between; a cursor is forgotten; answers to replies are lost. What the system makes of it is noted."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.partner_check.platform import request

_MAX_BYTES = 100_000
_AWAY = b'{"status":503,"code":"SERVICE_UNAVAILABLE","detail":"try again"}'
LOST = ("partner.accept.v1", "partner.picked_up.v1", "partner.delivered.v1")
"""Of these the first answer of each does not come."""


@dataclass
class Seen:
    """What came to the proxy. `lost`: replies of which the answer was kept back, by id, until they come again."""

    reads: int = 0
    replies: int = 0
    lost: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    changed: dict[str, str] = field(default_factory=dict)


class Proxy:
    """`spoils` is switched on for the second round."""

    def __init__(self, upstream: str, port: int) -> None:
        self.upstream = upstream.rstrip("/")
        self.spoils = False
        self.seen = Seen()
        self._lock = threading.Lock()
        self._cursor_lost = False
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[Proxy]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(*proxy.get(self.path, self._headers()))

            def do_POST(self) -> None:
                body = self.rfile.read(min(int(self.headers.get("content-length") or 0), _MAX_BYTES))
                self._answer(*proxy.post(self.path, body, self._headers()))

            def _headers(self) -> dict[str, str]:
                kept = ("authorization", "content-type", "accept", "traceparent")
                return {name: value for name in kept if (value := self.headers.get(name)) is not None}

            def _answer(self, status: int, body: bytes, wait_s: float) -> None:
                try:
                    self.send_response(status or 502)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(body)))
                    if wait_s:
                        self.send_header("retry-after", str(int(wait_s)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # it did not wait

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def get(self, path: str, headers: dict[str, str]) -> tuple[int, bytes, float]:
        reads = path.startswith("/partner/v1/events")
        if reads:
            with self._lock:
                self.seen.reads += 1
                forget = self.spoils and not self._cursor_lost and "after=evt" in path
                self._cursor_lost |= forget
            if forget:
                path = "/partner/v1/events?wait=0"  # as a cursor of a database that was rebuilt
        status, body, wait_s = request("GET", self.upstream + path, None, headers)
        if reads and status == 200 and self.spoils:
            body = json.dumps(spoilt(json.loads(body))).encode()
        return status, body, wait_s

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, float]:
        status, said, wait_s = request("POST", self.upstream + path, body, headers)
        if path == "/partner/v1/replies" and status == 200 and self._keeps_back(body):
            return 503, _AWAY, 1.0
        return status, said, wait_s

    def _keeps_back(self, body: bytes) -> bool:
        """Whether the answer of this reply, which was taken, is not to come."""
        try:
            event = json.loads(body)
            reply_id, kind = str(event["id"]), str(event["type"])
        except (ValueError, KeyError, TypeError):
            return False
        with self._lock:
            self.seen.replies += 1
            if reply_id in self.seen.lost:
                self.seen.again.add(reply_id)
                if json.dumps(event.get("data")) != json.dumps(json.loads(self.seen.lost[reply_id][1]).get("data")):
                    self.seen.changed[reply_id] = kind
                return False
            if not self.spoils or kind not in LOST:
                return False
            self.seen.lost[reply_id] = (kind, body)
            return True


def spoilt(page: dict[str, Any]) -> dict[str, Any]:
    """Each event twice, with a field of tomorrow, an event of tomorrow behind the first, and the jobs in another order, each job's own
    events in theirs."""
    jobs: dict[str, list[dict[str, Any]]] = {}
    for event in page["events"]:
        jobs.setdefault(event.get("subject", ""), []).append(event)
    events: list[dict[str, Any]] = []
    for own in reversed(list(jobs.values())):
        for event in own:
            data = {**event["data"], "of_tomorrow": {"a": [1]}}
            events += [{**event, "data": data, "oftomorrow": "x"}] * 2
    if events:
        first = events[0]
        unknown = {
            **first,
            "id": f"{first['id']}_of_tomorrow",
            "type": "partner.of_tomorrow.v1",
            "data": {"test": True},
        }
        events.insert(1, unknown)
    return {**page, "events": events, "of_tomorrow": 1}
