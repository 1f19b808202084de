"""One request to a page: what was typed, who asks, and how it is answered."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote

import msgspec
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.web import problems
from services.web.answers import Outcome, Problem, Unit
from services.web.graph import Answer, Caller, Graph
from services.web.session import Session
from services.web.speaking import Speaking

MOST_FORM_BYTES = 64 * 1024
_MOST_FIELDS = 200
_MOST_TYPED = 2_000

T = TypeVar("T", bound=msgspec.Struct)


class SignInNeeded(Exception):
    """Who asks is nobody yet, and has to be somebody for this."""


class Refused(Exception):
    """What was sent is no form of ours, or too old a one. `status` is HTTP's."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(slots=True)
class Notes:
    """What is wrong with what was sent: by the field that it stands at, "" above the form. Each once."""

    said: dict[str, list[str]] = field(default_factory=dict)

    def add(self, where: str, text: str) -> None:
        at = self.said.setdefault(where, [])
        if text not in at:
            at.append(text)

    def at(self, *fields: str) -> list[str]:
        return [text for name in fields for text in self.said.get(name, ())]

    def but(self, *fields: str) -> list[str]:
        """All that stands at none of these fields."""
        return [text for name, texts in self.said.items() if name not in fields for text in texts]

    def __bool__(self) -> bool:
        return bool(self.said)


@dataclass(slots=True)
class Visit:
    http: Request
    graph: Graph
    session: Session
    speaking: Speaking
    templates: Environment
    address: str
    form: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""
    """What a form with a file has brought."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What all pages show: the address of the inbox in local mode."""

    # -- what was asked -----------------------------------------------------------------------------------------------

    def query(self, name: str) -> str:
        return self.http.query_params.get(name, "").strip()[:_MOST_TYPED]

    def typed(self, name: str) -> str:
        return self.form.get(name, "").strip()[:_MOST_TYPED]

    def path(self, name: str) -> str:
        return str(self.http.path_params[name])

    def must_be_signed_in(self) -> None:
        """Raises SignInNeeded."""
        if not self.session.signed_in:
            raise SignInNeeded

    # -- the graph ----------------------------------------------------------------------------------------------------

    @property
    def caller(self) -> Caller:
        tokens = self.session.tokens
        return Caller(tokens.access if tokens else None, self.address)

    @property
    def language(self) -> str:
        return self.speaking.language.graph

    async def ask(self, document: str, kind: type[T], /, **variables: Any) -> Answer[T]:
        """Raises NoAnswer."""
        return await self.graph.ask(self.caller, document, kind, **variables)

    async def change(self, document: str, /, **variables: Any) -> Outcome:
        """Raises NoAnswer."""
        return await self.graph.change(self.caller, document, **variables)

    def notes(self, found: Sequence[Problem], unit: Unit | None = None) -> Notes:
        notes = Notes()
        for problem in found:
            notes.add(problem.field or "", problems.say(problem, self.speaking, unit))
        return notes

    # -- answers ------------------------------------------------------------------------------------------------------

    def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        return HTMLResponse(self.render(template, **context), status)

    def render(self, template: str, **context: Any) -> str:
        said, self.session.said = self.session.said, ""
        return self.templates.get_template(template).render(
            {
                **self.facts,
                "session": self.session,
                "say": self.speaking,
                "problem": partial(problems.say, speaking=self.speaking),
                "said": said,
                "path": self.http.url.path,
                "here": self.here,
                "notes": Notes(),
                "cart_size": self.session.cart_size,
                "partial": False,
                **context,
            }
        )

    @property
    def here(self) -> str:
        """This page's address, to come back to."""
        url = self.http.url
        return f"{url.path}?{url.query}" if url.query else url.path

    def go(self, path: str, said: str = "") -> RedirectResponse:
        """To another page of ours, after a form. `said` is what that page says once."""
        self.session.said = said
        return RedirectResponse(local(path), 303)

    def sign_in(self) -> RedirectResponse:
        back = self.here if self.http.method == "GET" else local(self.typed("back") or "/")
        return RedirectResponse(f"/masuk?lanjut={quote(back, safe='')}", 303)


def local(path: str) -> str:
    """The path, if it is one of ours; else the first page. `//elsewhere` and `/\\elsewhere` are other sites to a browser."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if fine and len(path) <= _MOST_TYPED else "/"


async def form_of(http: Request) -> dict[str, str]:
    """What a form sent; of a name that is there twice the last. Raises Refused."""
    if http.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refused(415)
    body = bytearray()
    async for part in http.stream():
        body += part
        if len(body) > MOST_FORM_BYTES:
            raise Refused(413)
    try:
        return dict(parse_qsl(bytes(body).decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise Refused(400) from error


def check_ours(http: Request, session: Session, form: Mapping[str, str]) -> None:
    """That a page of ours sent it: by what its form carries, and by what the browser says of where it was. Raises Refused."""
    if http.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403)
    if not hmac.compare_digest(form.get("csrf", "").encode(), session.csrf.encode()):
        raise Refused(403)


Handler = Callable[[Visit], Awaitable[Response]]
