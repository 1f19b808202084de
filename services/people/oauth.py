"""The issuer as OAuth 2 and OpenID Connect know one: discovery, keys, and the token endpoint (RFC 6749, 7009, 8414) for apps that have a
library, and for machines of delivery companies. What it decides, `commands.signing_in` and `commands.clients` decide."""

from __future__ import annotations

import base64
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.contracts.amounts import Language
from services.kit.database import fair
from services.kit.database.db import TRANSIENT, transaction
from services.kit.http.address import address_of
from services.kit.http.problem import answer, away
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.ids import MalformedId, WrongKind
from services.people.commands import clients, signing_in
from services.people.commands.signing_in import Opened
from services.people.domain import person
from services.people.domain.client import ACCESS_S as MACHINE_S
from services.people.domain.code import CodeIsWrong, typed
from services.people.domain.ids import ClientId
from services.people.domain.limits import TooManyCodes, TooManyGuesses
from services.people.domain.phone import CountryIsNotServed, PhoneIsInvalid
from services.people.domain.session import ACCESS_S, SessionHasEnded
from services.people.schema.context import Means
from services.people.tokens import ALGORITHM

_log = logging.getLogger(__name__)
PHONE_CODE = "urn:wlijo:params:oauth:grant-type:phone-code"
"""The extension grant (RFC 6749 §4.5): `phone` and `code`, and `device` where the app has a name for it."""
_CLIENT: Final = "client_credentials"
# Of one machine: a token is good for minutes.
_TOKENS_AT_ONCE: Final = 30
_TOKENS_PER_S: Final = 0.5
_MAX_BODY = 8_192
_FORM = "application/x-www-form-urlencoded"

Form = Mapping[str, str]


class OAuthError(Exception):
    """RFC 6749 §5.2. `error` is one of its codes."""

    def __init__(self, error: str, description: str, status: int = 400, retry_after_ms: int | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.status = status
        self.retry_after_ms = retry_after_ms
        self.challenged = False

    def response(self) -> Response:
        response = answer({"error": self.error, "error_description": str(self)}, self.status)
        if self.retry_after_ms is not None:
            response.headers["retry-after"] = str(-(-self.retry_after_ms // 1_000))
        if self.challenged:
            response.headers["www-authenticate"] = 'Basic realm="wlijo"'
        return response


def routes(means: Means) -> list[BaseRoute]:
    """`/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server`, `/oauth2/jwks.json`, `/oauth2/token`,
    `/oauth2/revoke`."""
    issuer = means.signer.issuer
    discovered = {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/oauth2/jwks.json",
        "token_endpoint": f"{issuer}/oauth2/token",
        "revocation_endpoint": f"{issuer}/oauth2/revoke",
        "grant_types_supported": ["refresh_token", PHONE_CODE, _CLIENT],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
    }
    keys = means.signer.jwks()

    async def discovery(_: Request) -> Response:
        return _public(discovered)

    async def jwks(_: Request) -> Response:
        return _public(keys)

    haste = RateLimit(burst=_TOKENS_AT_ONCE, per_second=_TOKENS_PER_S)

    async def token(request: Request, form: Form, address: str) -> Response:
        grant = _needed(form, "grant_type")
        if grant == _CLIENT:
            return await _to_machine(means, haste, request, form, address)
        if grant == "refresh_token":
            return _granted(means, await _refreshed(means, form))
        if grant == PHONE_CODE:
            return _granted(means, await _signed_in(means, form, address))
        raise OAuthError("unsupported_grant_type", f"grant_type is refresh_token, {_CLIENT} or {PHONE_CODE}")

    async def revoke(_: Request, form: Form, address: str) -> Response:
        """A token that is none, or is over, is revoked already (RFC 7009 §2.2)."""
        shown = _needed(form, "token")
        async with transaction(means.db) as conn:
            await signing_in.revoke(conn, shown)
        return answer({})

    return [
        Route("/.well-known/openid-configuration", discovery),
        Route("/.well-known/oauth-authorization-server", discovery),
        Route("/oauth2/jwks.json", jwks),
        Route("/oauth2/token", _posted(token), methods=["POST"]),
        Route("/oauth2/revoke", _posted(revoke), methods=["POST"]),
    ]


def _posted(handle: Callable[[Request, Form, str], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def handled(request: Request) -> Response:
        address = address_of(request)
        fair.speak_for(address)  # each request is a task of its own
        try:
            return await handle(request, await _form(request), address)
        except OAuthError as error:
            return error.response()
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except TRANSIENT as error:
            _log.warning("a token could not be given", extra={"error": repr(error)})
            return away(error).response()

    return handled


async def _refreshed(means: Means, form: Form) -> Opened:
    shown = _needed(form, "refresh_token")
    try:
        async with transaction(means.db) as conn:
            opened = await signing_in.refresh(conn, means.lasting, shown)
    except SessionHasEnded:
        opened = None
    if opened is None:
        raise OAuthError("invalid_grant", str(SessionHasEnded()))
    return opened


async def _signed_in(means: Means, form: Form, address: str) -> Opened:
    try:
        number, guess = means.phones.e164(_needed(form, "phone")), typed(_needed(form, "code"))
        device = person.device(form.get("device"))
        async with transaction(means.db) as conn:
            opened = await signing_in.sign_in(
                conn,
                means.prover,
                means.lasting,
                phone=number,
                guess=guess,
                address=address,
                device=device,
                language=Language.ID,
            )
    except (PhoneIsInvalid, CountryIsNotServed, person.TextIsInvalid) as error:
        raise OAuthError("invalid_request", str(error)) from error
    except CodeIsWrong:
        opened = None
    except TooManyCodes as error:
        raise OAuthError("slow_down", str(error), 429, error.retry_after_ms) from error
    if opened is None:
        raise OAuthError("invalid_grant", str(CodeIsWrong()))
    return opened


def _granted(means: Means, opened: Opened) -> Response:
    return answer(
        {
            "access_token": means.signer.access(opened.person_id, opened.session_id, opened.roles),
            "token_type": "Bearer",
            "expires_in": ACCESS_S,
            "refresh_token": opened.refresh,
        }
    )


async def _to_machine(means: Means, haste: RateLimit, request: Request, form: Form, address: str) -> Response:
    """RFC 6749 §4.4: a token of five minutes, and none to refresh it by. Which of id and secret was wrong nobody is told."""
    basic, shown_id, secret = _credentials(request, form)
    try:
        client_id = ClientId.parse(shown_id)
    except (MalformedId, WrongKind):
        client_id = None
    try:
        async with transaction(means.db) as conn:
            partner_id = await clients.prove(conn, means.prover, client_id, secret, address)
        if partner_id is not None and client_id is not None:
            haste.take(str(client_id))
    except TooManyGuesses as error:
        raise OAuthError("slow_down", str(error), 429, error.retry_after_ms) from error
    except RateLimited as error:
        raise OAuthError("slow_down", "a token is good for minutes: keep it", 429, error.retry_after_ms) from error
    if partner_id is None or client_id is None:
        refused = OAuthError("invalid_client", "the client is not known, was revoked, or has another secret", 401)
        refused.challenged = basic
        raise refused
    return answer(
        {"access_token": means.signer.machine(client_id, partner_id), "token_type": "Bearer", "expires_in": MACHINE_S}
    )


def _credentials(request: Request, form: Form) -> tuple[bool, str, str]:
    """Whether by the Authorization header, client_id and client_secret: one way or the other (RFC 6749 §2.3.1). Raises OAuthError."""
    header = request.headers.get("authorization")
    if header is None:
        return False, _needed(form, "client_id"), _needed(form, "client_secret")
    if "client_secret" in form:
        raise OAuthError("invalid_request", "credentials are in the header or in the body, not in both")
    scheme, _, said = header.partition(" ")
    try:
        user, colon, password = base64.b64decode(said.strip(), validate=True).decode().partition(":")
    except ValueError:
        scheme, colon, user, password = "", "", "", ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_request", "the Authorization header is Basic, of client_id:client_secret")
    return True, unquote_plus(user), unquote_plus(password)


async def _form(request: Request) -> Form:
    """Each parameter once (RFC 6749 §3.2), in UTF-8. Raises OAuthError."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request", f"the body is sent as {_FORM}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise OAuthError("invalid_request", f"the body is larger than {_MAX_BODY} bytes", 413)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as error:
        raise OAuthError("invalid_request", "the body is no form in UTF-8") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise OAuthError("invalid_request", "a parameter is there twice")
    return form


def _needed(form: Form, name: str) -> str:
    if not (value := form.get(name)):
        raise OAuthError("invalid_request", f"{name} is missing")
    return value


def _public(document: object) -> Response:
    response = answer(document)
    response.headers["cache-control"] = "public, max-age=60"
    return response
