"""The provider over HTTP: what SNAP asks of one, and notifications of its own. A signature that is wrong, a body that is another than was
signed, an external id that came before: all are refused as a real one would."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from infra.local.qris.bank import Bank, Code, Fault, Refused

_NEVER_S = 600.0
_SERVICE = {"token": "73", "generate": "47", "query": "51", "refund": "78"}


@dataclass(slots=True)
class Account:
    """Of the one who is paid by it; `notify_url` is where it wants to hear of payments."""

    client_id: str
    client_secret: str
    client_key: RSAPublicKey
    key: RSAPrivateKey
    notify_url: str = ""
    slow_s: float = 2.0
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Provider:
    def __init__(self, bank: Bank, account: Account) -> None:
        self.bank = bank
        self.account = account

    def routes(self) -> list[BaseRoute]:
        def route(path: str, what: str, do: Callable[[str, Mapping[str, Any], Fault | None], Any]) -> Route:
            async def asked(request: Request) -> Response:
                return await self._answer(request, what, do)

            return Route(path, asked, methods=["POST"])

        return [
            Route("/v1.0/access-token/b2b", self._token, methods=["POST"]),
            route("/v1.0/qr/qr-mpm-generate", "generate", self._generate),
            route("/v1.0/qr/qr-mpm-query", "query", self._query),
            route("/v1.0/qr/qr-mpm-refund", "refund", self._refund),
        ]

    def app(self) -> Starlette:
        return Starlette(routes=self.routes())

    async def notify(self, found: Code, *, times: int = 1, signed: bool = True, status: str | None = None) -> list[int]:
        """Tells of a code; the statuses that it was answered with."""
        at = self.bank.clock().isoformat(timespec="seconds")
        said = f"{self.account.client_id}|{at}" if signed else "another|thing"
        body = {
            "originalReferenceNo": found.number,
            "originalPartnerReferenceNo": found.reference,
            "latestTransactionStatus": status or self.bank.status(found),
            "amount": _money(found.paid_rupiah),
            "additionalInfo": {"issuer": "93600014", "rrn": found.number, "payerName": "S*** A***"},
        }
        headers = {
            "X-CLIENT-KEY": self.account.client_id,
            "X-TIMESTAMP": at,
            "X-SIGNATURE": base64.b64encode(
                self.account.key.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256())
            ).decode(),
        }
        answers = []
        async with aiohttp.ClientSession() as session:
            for _ in range(times):
                async with session.post(self.account.notify_url, json=body, headers=headers) as response:
                    await response.read()
                    answers.append(response.status)
        return answers

    async def _token(self, request: Request) -> Response:
        fault = self.bank.next_fault("token")
        self.bank.asked.append(("token", ""))
        if fault is Fault.AWAY:
            return _said("token", 503, "00", "Service Unavailable")
        client, at = request.headers.get("x-client-key", ""), request.headers.get("x-timestamp", "")
        try:
            self.account.client_key.verify(
                base64.b64decode(request.headers.get("x-signature", "")),
                f"{client}|{at}".encode(),
                padding.PKCS1v15(),
                hashes.SHA256(),
            )
        except InvalidSignature:
            return _said("token", 401, "00", "Unauthorized. Signature")
        if client != self.account.client_id or await request.json() != {"grantType": "client_credentials"}:
            return _said("token", 401, "00", "Unauthorized. Client")
        more = {"accessToken": self.bank.token(), "tokenType": "Bearer", "expiresIn": "900"}
        return _said("token", 200, "00", "Successful", more)

    async def _answer(
        self, request: Request, what: str, do: Callable[[str, Mapping[str, Any], Fault | None], Any]
    ) -> Response:
        body = await request.body()
        fault = self.bank.next_fault(what)
        try:
            said = json.loads(body)
            reference = said.get("partnerReferenceNo") or said.get("originalPartnerReferenceNo") or ""
            self.bank.asked.append((what, reference))
            if fault is Fault.TOKEN_EXPIRED:
                self.bank.tokens.clear()
            self._check(request, body)
            match fault:
                case Fault.SLOW:
                    await _within(self.account.released, self.account.slow_s)
                case Fault.UNDONE_UNSAID:
                    await _within(self.account.released, _NEVER_S)
                case Fault.AWAY:
                    raise Refused(503, "00", "Service Unavailable")
                case Fault.REFUSED:
                    raise Refused(400, "00", "Bad Request")
                case Fault.CONFLICT:
                    raise Refused(409, "00", "Conflict")
            answer = do(reference, said, fault)
            if fault is Fault.DONE_UNSAID:
                await _within(self.account.released, _NEVER_S)
            if fault is Fault.RESET:
                return _Broken()
            if fault is Fault.GARBAGE:
                return Response("<html>", media_type="text/html")
            return _said(what, 200, "00", "Successful", answer)
        except Refused as refused:
            return _said(what, refused.status, refused.case, str(refused))

    def _check(self, request: Request, body: bytes) -> None:
        """Raises Refused."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.bank.tokens:
            raise Refused(401, "01", "Invalid Token (B2B)")
        hashed = hashlib.sha256(body).hexdigest().lower()
        said = f"{request.method}:{request.url.path}:{token}:{hashed}:{request.headers.get('x-timestamp', '')}"
        wanted = hmac.new(self.account.client_secret.encode(), said.encode(), hashlib.sha512).digest()
        if not hmac.compare_digest(base64.b64encode(wanted).decode(), request.headers.get("x-signature", "")):
            raise Refused(401, "00", "Unauthorized. Signature")
        external = request.headers.get("x-external-id", "")
        if not 0 < len(external) <= 36 or external in self.bank.external_ids:
            raise Refused(409, "00", "Conflict X-EXTERNAL-ID")
        self.bank.external_ids.add(external)

    def _generate(self, reference: str, said: Mapping[str, Any], fault: Fault | None) -> Mapping[str, Any]:
        expires_at = datetime.fromisoformat(said["validityPeriod"])
        made = self.bank.generate(reference, _rupiah(said["amount"]), expires_at, fault)
        return {"referenceNo": made.number, "partnerReferenceNo": reference, "qrContent": made.content}

    def _query(self, reference: str, said: Mapping[str, Any], fault: Fault | None) -> Mapping[str, Any]:
        found = self.bank.find(reference)
        return {
            "originalReferenceNo": found.number,
            "originalPartnerReferenceNo": reference,
            "serviceCode": "47",
            "latestTransactionStatus": self.bank.status(found),
            "amount": _money(found.paid_rupiah or found.amount_rupiah),
            **({"refundHistory": [_listed(each.reference, each.amount_rupiah) for each in found.backs]} if self.bank.lists else {}),
        }  # fmt: skip

    def _refund(self, reference: str, said: Mapping[str, Any], fault: Fault | None) -> Mapping[str, Any]:
        made = self.bank.give_back(reference, said["partnerRefundNo"], _rupiah(said["refundAmount"]))
        return {
            "refundNo": f"R{made.reference}",
            "partnerRefundNo": made.reference,
            "refundAmount": said["refundAmount"],
        }


class _Broken(Response):
    """The line ends before an answer does."""

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionError("the line is broken on purpose")


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


def _said(what: str, status: int, case: str, message: str, more: Mapping[str, Any] | None = None) -> Response:
    code = f"{status}{_SERVICE[what]}{case}"
    return JSONResponse({"responseCode": code, "responseMessage": message, **(more or {})}, status_code=status)


def _money(amount_rupiah: int) -> dict[str, str]:
    return {"value": f"{amount_rupiah}.00", "currency": "IDR"}


def _rupiah(said: Mapping[str, str]) -> int:
    """Raises Refused: two decimals, as text."""
    value = said.get("value", "")
    if said.get("currency") != "IDR" or not value.endswith(".00") or not value[:-3].isdecimal():
        raise Refused(400, "01", "Invalid Field Format amount")
    return int(value[:-3])


def _listed(reference: str, amount_rupiah: int) -> dict[str, Any]:
    return {"partnerRefundNo": reference, "refundAmount": _money(amount_rupiah), "refundStatus": "00"}
