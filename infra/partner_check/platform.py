"""The platform as a company's machine reaches it."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

_TIMEOUT_S = 40.0
_TRIES = 5


class CannotRun(Exception):
    """The check itself cannot be done; the message says why, and what to do."""


class Platform:
    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self.url = url.rstrip("/")
        self._basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._token = ""

    def graph(self, document: str, **variables: Any) -> dict[str, Any]:
        """`data`. Raises CannotRun."""
        said = self._ask(
            "POST",
            "/graphql",
            json.dumps({"query": document, "variables": variables}).encode(),
            {"content-type": "application/json"},
        )
        if said.get("errors"):
            raise CannotRun(
                f"the graph answers {said['errors'][0].get('message')}: {json.dumps(said['errors'][0])[:300]}"
            )
        data: dict[str, Any] = said["data"]
        return data

    def events(self) -> list[dict[str, Any]]:
        """All that the company was told and that is still there. Raises CannotRun."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self._ask("GET", f"/partner/v1/events?after={urllib.parse.quote(cursor)}&wait=0", None, {})
            if not page["events"]:
                return found
            found += page["events"]
            cursor = page["cursor"]

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
        for tried in range(_TRIES):
            if not self._token:
                self._sign_in()
            status, text, wait_s = request(
                method, self.url + path, body, {**headers, "authorization": f"Bearer {self._token}"}
            )
            if status == 401:
                self._token = ""
            elif status == 200:
                answer: dict[str, Any] = json.loads(text)
                return answer
            elif 400 <= status < 500 and status != 429:
                raise CannotRun(f"{path} answers {status}: {text[:300].decode(errors='replace')}")
            else:
                time.sleep(wait_s or 2**tried / 4)
        raise CannotRun(
            f"{self.url}{path.partition('?')[0]} does not answer: is the address right, and the platform up?"
        )

    def _sign_in(self) -> None:
        form = {"authorization": f"Basic {self._basic}", "content-type": "application/x-www-form-urlencoded"}
        status, text, wait_s = request("POST", f"{self.url}/oauth2/token", b"grant_type=client_credentials", form)
        if status == 200:
            self._token = json.loads(text)["access_token"]
        elif status in (400, 401):
            raise CannotRun(
                "the credentials are not taken (CLIENT_ID, CLIENT_SECRET): make some on the page Sambungan of your company"
            )
        else:
            time.sleep(wait_s or 1)


def request(method: str, url: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes, float]:
    """Status, body, and for how long not to ask again; status 0 when nobody answered."""
    asked = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=_TIMEOUT_S) as answer:
            return int(answer.status), answer.read(), 0.0
    except urllib.error.HTTPError as error:
        return error.code, error.read(), _seconds(error.headers.get("retry-after"))
    except (OSError, ValueError):
        return 0, b"", 0.0


def _seconds(said: str | None) -> float:
    return float(said) if said and said.isdecimal() else 0.0
