"""Where a job's goods are brought. That lies with ordering, and is read as the machine of any company reads it: with the company's
credentials, over the market's one address, while the job is the company's. It is told to the courier and kept nowhere here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp
import msgspec

from services.contracts.delivery import DeliveryId
from services.contracts.places import GeoPoint
from services.delivery.couriers.port import whole
from services.delivery.couriers.profile import Profile
from services.kit.secret import Secret

_DEADLINE_S: Final = 10.0
_EARLY_S: Final = 30.0


class DoorIsShut(Exception):
    """It was not told now: it may be in a moment."""


@dataclass(frozen=True, slots=True)
class Door:
    order_code: str
    recipient: str
    phone: str
    line: str
    note: str
    point: GeoPoint


class Doors(Protocol):
    async def of(self, job_id: DeliveryId) -> Door:
        """Raises DoorIsShut."""

    async def close(self) -> None: ...


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float


class _Dropoff(msgspec.Struct):
    recipient: str
    phone: str
    line: str
    point: GeoPoint
    note: str | None = None


class _Contact(msgspec.Struct):
    order_code: str
    dropoff: _Dropoff


class DoorsOfTheMarket:
    def __init__(self, profile: Profile) -> None:
        self._url = profile.market_url
        self._client, self._secret = profile.client_id, Secret(profile.client_secret)
        self._token, self._token_until = "", 0.0
        self._asking = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def of(self, job_id: DeliveryId) -> Door:
        try:
            status, content = await self._get(f"/partner/v1/jobs/{job_id}/contact")
            if status == 401:  # revoked, or over in this moment
                self._token_until = 0.0
            if status != 200:
                raise DoorIsShut(f"status {status}")
            found = msgspec.json.decode(content, type=_Contact)
        except (TimeoutError, aiohttp.ClientError, OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DoorIsShut(type(error).__name__) from None
        door = found.dropoff
        return Door(found.order_code, door.recipient, door.phone, door.line, door.note or "", door.point)

    async def _get(self, path: str) -> tuple[int, bytes]:
        session = self._connected()
        headers = {"authorization": f"Bearer {await self._good_token(session)}"}
        async with session.get(self._url + path, headers=headers, allow_redirects=False) as response:
            return response.status, await whole(response)

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_DEADLINE_S)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def _good_token(self, session: aiohttp.ClientSession) -> str:
        """Raises DoorIsShut."""
        clock = asyncio.get_running_loop().time
        async with self._asking:
            if clock() < self._token_until:
                return self._token
            began = clock()
            async with session.post(
                self._url + "/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=aiohttp.BasicAuth(self._client, self._secret.reveal()),
                allow_redirects=False,
            ) as response:
                content = await whole(response)
                if response.status != 200:
                    raise DoorIsShut(f"no token: status {response.status}")
            told = msgspec.json.decode(content, type=_Token)
            self._token, self._token_until = told.access_token, began + told.expires_in - _EARLY_S
            return self._token
