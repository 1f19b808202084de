"""One provider, spoken to by SNAP (Standar Nasional Open API Pembayaran, Bank Indonesia): QRIS that the merchant presents. Service codes:
generate 47, query 51, refund 78. What is hashed are the very bytes that are sent. An access token is kept until shortly before its
end; where it is refused all the same there is one more, once."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from services.ordering.payments.port import Code, Found, GivenBack, NotDone, Standing, Unclear
from services.ordering.payments.profile import Profile
from services.ordering.payments.signing import sign_token_request, sign_transaction, timestamp

TOKEN, GENERATE, QUERY, REFUND = "token", "generate", "query", "refund"
PATHS: Final[Mapping[str, str]] = {
    TOKEN: "/v1.0/access-token/b2b",
    GENERATE: "/v1.0/qr/qr-mpm-generate",
    QUERY: "/v1.0/qr/qr-mpm-query",
    REFUND: "/v1.0/qr/qr-mpm-refund",
}
_DEADLINE_S: Final = 10.0
_CONNECT_S: Final = 5.0
_MOST_BYTES: Final = 64 * 1024
_EARLY_S: Final = 60.0
_AMOUNT: Final = re.compile(r"(\d{1,15})(?:\.(\d{1,2}))?", re.ASCII)
_STANDING: Final[Mapping[str, Standing]] = {
    "00": Standing.PAID, "01": Standing.WAITING, "02": Standing.WAITING, "03": Standing.WAITING, "04": Standing.PAID,
    "05": Standing.OVER, "06": Standing.OVER, "07": Standing.UNKNOWN, "08": Standing.OVER, "09": Standing.OVER,
}  # fmt: skip


class _Amount(msgspec.Struct):
    value: str = ""
    currency: str = ""


class _Back(msgspec.Struct, rename="camel"):
    partner_refund_no: str = ""
    refund_amount: _Amount = msgspec.field(default_factory=_Amount)
    refund_status: str = ""


class _Said(msgspec.Struct, rename="camel"):
    """What any of the answers may have."""

    response_code: str = ""
    response_message: str = ""
    access_token: str = ""
    expires_in: str | int = ""
    reference_no: str = ""
    qr_content: str = ""
    latest_transaction_status: str = ""
    amount: _Amount | None = None
    refund_no: str = ""
    refund_history: list[_Back] = []


_decoder: Final = msgspec.json.Decoder(_Said)


def _machines_clock() -> datetime:
    """A provider compares it with its own: it is no time of the market's."""
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - a provider's clock is beside ours


class _Refused(Exception):
    def __init__(self, status: int, said: _Said) -> None:
        super().__init__(f"{said.response_code or status}")
        self.status = status


def rupiah(amount: _Amount | None) -> int:
    """As text with two decimals, of which there is no use in rupiah. Raises Unclear for what is no such sum."""
    said = _AMOUNT.fullmatch(amount.value) if amount and amount.currency == "IDR" else None
    if said is None or int(said[2] or 0):
        raise Unclear("the amount is none in rupiah")
    return int(said[1])


def money(amount_rupiah: int) -> dict[str, str]:
    return {"value": f"{amount_rupiah}.00", "currency": "IDR"}


class Snap:
    """Connections to one provider, made when they are first needed. `clock` is what its signatures are dated by."""

    def __init__(
        self,
        profile: Profile,
        *,
        deadline_s: float = _DEADLINE_S,
        clock: Callable[[], datetime] = _machines_clock,
    ) -> None:
        self._profile = profile
        self._key = profile.signing_key()
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=deadline_s, sock_connect=min(_CONNECT_S, deadline_s))
        self._session: aiohttp.ClientSession | None = None
        self._asking = asyncio.Lock()
        self._token, self._token_until = "", 0.0

    @property
    def profile(self) -> Profile:
        return self._profile

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def generate(self, reference: str, amount_rupiah: int, expires_at: datetime) -> Code:
        body = {
            "partnerReferenceNo": reference,
            "amount": money(amount_rupiah),
            "merchantId": self._profile.merchant_id,
            **({"terminalId": self._profile.terminal_id} if self._profile.terminal_id else {}),
            "validityPeriod": timestamp(expires_at),
            "additionalInfo": self._profile.additional_info,
        }
        said = await self._do(GENERATE, body)
        if not said.qr_content:
            raise Unclear("the answer has no code")
        return Code(said.reference_no, said.qr_content)

    async def query(self, reference: str) -> Found:
        body = {"originalPartnerReferenceNo": reference, "serviceCode": "47", "merchantId": self._profile.merchant_id}
        try:
            said = await self._ask(QUERY, body)
        except _Refused as refused:
            if refused.status == 404:
                return Found(Standing.UNKNOWN, said=str(refused))
            raise Unclear(f"query: {refused}") from refused
        except NotDone as error:
            raise Unclear(f"query: {error}") from error
        standing = _STANDING.get(said.latest_transaction_status)
        if standing is None:
            raise Unclear(f"status {said.latest_transaction_status!r}")
        backs = tuple(
            GivenBack(each.partner_refund_no, rupiah(each.refund_amount), each.refund_status == "00")
            for each in said.refund_history
        )
        return Found(
            standing,
            rupiah(said.amount) if standing is Standing.PAID else 0,
            said.latest_transaction_status,
            backs if self._profile.lists_refunds else None,
            said.latest_transaction_status == "04",
        )

    async def refund(
        self, reference: str, refund: str, amount_rupiah: int, paid_rupiah: int, reason: str
    ) -> str | None:
        body = {
            "originalPartnerReferenceNo": reference,
            "partnerRefundNo": refund,
            "merchantId": self._profile.merchant_id,
            "refundAmount": money(amount_rupiah),
            "reason": reason,
        }
        return (await self._do(REFUND, body)).refund_no or None

    async def _do(self, what: str, body: Mapping[str, Any]) -> _Said:
        """Raises NotDone where the provider says so, and Unclear for the rest: also for a conflict, which is one with ourselves."""
        try:
            return await self._ask(what, body)
        except _Refused as refused:
            if refused.status in (408, 409, 425) or refused.status >= 500:
                raise Unclear(f"{what}: {refused}") from refused
            later = refused.status in (401, 403, 429)
            raise NotDone(f"{what}: {refused}", for_good=not later) from refused

    async def _ask(self, what: str, body: Mapping[str, Any]) -> _Said:
        """Raises _Refused, NotDone or Unclear."""
        content = msgspec.json.encode(body)
        token = await self._access("")
        try:
            return await self._with(what, content, token)
        except _Refused as refused:
            if refused.status != 401:
                raise
        return await self._with(what, content, await self._access(token))

    async def _access(self, refused: str) -> str:
        """The token that there is, or a new one in place of what was `refused`. Raises NotDone: with no token nothing is done."""
        async with self._asking:
            if self._token and self._token != refused and time.monotonic() < self._token_until:
                return self._token
            at = timestamp(self._clock())
            headers = {
                "X-CLIENT-KEY": self._profile.client_id,
                "X-TIMESTAMP": at,
                "X-SIGNATURE": sign_token_request(self._key, self._profile.client_id, at),
            }
            try:
                said = await self._post(TOKEN, msgspec.json.encode({"grantType": "client_credentials"}), headers)
                lives_s = float(said.expires_in)
            except (_Refused, Unclear, ValueError) as error:
                raise NotDone(f"token: {error}") from error
            if not said.access_token:
                raise NotDone("token: there is none in the answer")
            self._token = said.access_token
            self._token_until = time.monotonic() + max(lives_s - _EARLY_S, lives_s / 2)
            return self._token

    async def _with(self, what: str, content: bytes, token: str) -> _Said:
        at = timestamp(self._clock())
        path = urlsplit(self._url(what)).path
        headers = {
            "Authorization": f"Bearer {token}",
            "X-TIMESTAMP": at,
            "X-SIGNATURE": sign_transaction(self._profile.client_secret, "POST", path, token, content, at),
            "X-PARTNER-ID": self._profile.partner_id,
            "X-EXTERNAL-ID": self._external_id(),
            "CHANNEL-ID": self._profile.channel_id,
        }
        return await self._post(what, content, headers)

    def _external_id(self) -> str:
        """Another for each call, whichever process makes it: the time, and what nobody else draws."""
        now = f"{int(self._clock().timestamp() * 1000):013d}"
        return now + "".join(secrets.choice("0123456789") for _ in range(self._profile.external_id_length - len(now)))

    def _url(self, what: str) -> str:
        return self._profile.base_url + self._profile.paths.get(what, PATHS[what])

    async def _post(self, what: str, content: bytes, headers: Mapping[str, str]) -> _Said:
        """Raises _Refused, NotDone when no connection came about, Unclear when it broke, took too long or said what cannot be read."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.post(
                self._url(what),
                data=content,
                headers={**headers, "Content-Type": "application/json"},
                allow_redirects=False,
            ) as response:
                status, body = response.status, await _bounded(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotDone(f"no connection: {type(error).__name__}") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unclear(f"no answer: {type(error).__name__}") from error
        try:
            said = _decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            if 400 <= status < 500:
                raise _Refused(status, _Said()) from error
            raise Unclear(f"status {status}, and what cannot be read") from error
        if 200 <= status < 300 and said.response_code.startswith("200"):
            return said
        if 200 <= status < 400:
            raise Unclear(f"status {status}, code {said.response_code[:12]!r}")
        raise _Refused(status, said)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    while part := await response.content.read(_MOST_BYTES):
        content += part
        if len(content) > _MOST_BYTES:
            response.close()
            raise Unclear("an answer without end")
    return content
