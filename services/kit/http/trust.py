"""Whose tokens count, as settings name it: issuers, where their keys are, and what is taken from what each of them says."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import msgspec

_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
Word = Annotated[str, msgspec.Meta(min_length=1)]


class Trust(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One issuer.

    `issuer` is what its tokens say as `iss`, letter for letter; "" takes any, and then there is no other. Without `jwks_url` its discovery
    document says where its keys are; `file:///…` names a file of this machine. `audience` is what a token must name; None asks for none.
    `ended_url` is where it tells which sessions are over (services.kit.http.over); without one a token is good until its end.
    `subjects` is the namespace of its subjects: `keycloak` makes `keycloak:<sub>` of them. None and "" leave them as they are; issuers that
    name the same one share their people.
    `roles_claim` is the way to the roles, `realm_access.roles`, or a list of names where one has a dot in it. `roles` says what its roles
    are called here, and what is not in it is none.
    """

    issuer: Word
    jwks_url: str = ""
    audience: Word | None = None
    ended_url: str = ""
    subjects: str | None = None
    roles_claim: Word | Annotated[list[Word], msgspec.Meta(min_length=1)] | None = None
    roles: Mapping[str, Word] | None = None

    @property
    def prefix(self) -> str:
        return f"{self.subjects}:" if self.subjects else ""

    @property
    def roles_path(self) -> tuple[str, ...]:
        """Names from the claims down; none when this issuer gives no roles: one with a namespace of its own does not unless asked."""
        said = self.roles_claim
        if said is None:
            return ("roles",) if self.subjects is None or self.roles is not None else ()
        if isinstance(said, list):
            return tuple(said)
        return (said,) if "/" in said else tuple(said.split("."))  # an address is one name, as issuers have them


class Issuers:
    """The value of JWT_ISSUERS: a JSON list of Trust."""

    __slots__ = ("listed",)

    def __init__(self, listed: Iterable[Trust] = ()) -> None:
        self.listed = tuple(listed)

    @classmethod
    def of_text(cls, text: str) -> Issuers:
        """Raises ValueError."""
        try:
            return cls(msgspec.json.decode(text, type=list[Trust]))
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error


class Trusted(msgspec.Struct, frozen=True, kw_only=True):
    """All issuers of a process. `ca` (PEM) is trusted beside the system's; `plain_http`: from whatever machine, as in local mode."""

    issuers: tuple[Trust, ...]
    ca: str | None = None
    plain_http: bool = False

    def tls(self) -> ssl.SSLContext | None:
        """None: as the client has it. Raises ValueError."""
        if self.ca is None:
            return None
        context = ssl.create_default_context()
        try:
            context.load_verify_locations(cadata=self.ca)
        except ssl.SSLError as error:
            raise ValueError("JWT_CA is not a PEM certificate") from error
        return context

    def check(self) -> None:
        """Raises ValueError with all that is wrong, a line each."""
        self.tls()
        if wrong := list(self._wrong()):
            raise ValueError("\n".join(wrong))

    def _wrong(self) -> Iterator[str]:
        names = [each.issuer for each in self.issuers]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"JWT_ISSUERS names {name} twice"
        if "" in names and len(names) > 1:
            yield "JWT_ISSUER is missing: JWKS_URL without it takes tokens of any issuer, and HOME_ISSUER or JWT_ISSUERS names some"
        bare = [each.issuer for each in self.issuers if each.subjects is None]
        if len(bare) > 1:
            yield f'JWT_ISSUERS: of {", ".join(bare)} all but one need "subjects", which keeps those whom they know apart'
        for each in self.issuers:
            yield from _wrong_of(each, self.plain_http)


def _wrong_of(each: Trust, plain_http: bool) -> Iterator[str]:
    if each.subjects and not _NAMESPACE.fullmatch(each.subjects):
        yield f'JWT_ISSUERS: "subjects" of {each.issuer} is no word of small letters, digits and hyphens: {each.subjects}'
    if file_of(each.jwks_url):
        return
    what, url = ("JWKS_URL", each.jwks_url) if each.jwks_url else ("JWT_ISSUER", each.issuer)
    if reason := unfit(url, plain_http=plain_http):
        yield f"{what} {reason}: {url}"
    elif not each.jwks_url and (urlsplit(url).query or urlsplit(url).fragment):
        yield f"{what} has a query, so that nothing can be discovered below it: {url}"


def file_of(url: str) -> Path | None:
    """The file that `file:///…` names; None for every other address."""
    path = url.removeprefix("file://")
    return Path(unquote(path)) if path != url and path.startswith("/") else None


def unfit(url: str, *, plain_http: bool) -> str | None:
    """Why keys must not come from there: whoever stands between could give keys of his own and be anybody."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        return "is no address that begins with https://"
    if parts.scheme == "http" and not plain_http and not _is_loopback(host):
        return "is plain http to another machine: outside local and test mode it is https, or http on 127.0.0.1 alone"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
