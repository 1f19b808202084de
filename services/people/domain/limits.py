"""How many codes are sent and guessed: for a number, from an address, in all, and how many messages a day may cost."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from services.kit.secret import Secret
from services.people.domain.refusal import Refused

_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


class TooManyCodes(Refused):
    """Of this number, or from this address; more after `retry_after_ms`."""

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__("too many codes were asked for or guessed")
        self.retry_after_ms = retry_after_ms


class TooManyGuesses(Refused):
    """Wrong secrets, for this client from this address, or from this address; more after `retry_after_ms`."""

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__("too many wrong secrets")
        self.retry_after_ms = retry_after_ms


class TooManyInAll(Refused):
    """Everybody together; more after `retry_after_ms`."""

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__("as many codes as may be were sent")
        self.retry_after_ms = retry_after_ms


@dataclass(frozen=True, slots=True)
class Take:
    """One of `most` that may be taken within `within_s` of the first."""

    kind: str
    key: str
    most: int
    within_s: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Addresses are kept as keyed digests. Many phones of one operator share an address, so its limits are wide."""

    key: Secret
    of_number_an_hour: int = 5
    of_number_a_day: int = 10
    of_address_an_hour: int = 60
    guesses_of_address_an_hour: int = 60
    client_guesses_of_address_an_hour: int = 60
    guesses_of_client_an_hour: int = 20
    in_all_a_minute: int = 600
    a_day: int = 5_000

    def of_caller(self, phone: str, address: str) -> list[Take]:
        return [
            Take("address/hour", self._place(address), self.of_address_an_hour, _HOUR_S),
            Take("number/day", phone, self.of_number_a_day, _DAY_S),
            Take("number/hour", phone, self.of_number_an_hour, _HOUR_S),
        ]

    def in_all(self) -> list[Take]:
        return [Take("all/day", "", self.a_day, _DAY_S), Take("all/minute", "", self.in_all_a_minute, 60)]

    def guess(self, address: str) -> Take:
        return Take("guess/hour", self._place(address), self.guesses_of_address_an_hour, _HOUR_S)

    def client_guesses(self, client_id: str, address: str) -> list[Take]:
        """Whoever guesses elsewhere does not keep the machine itself out: of a client too it is counted by address."""
        place = self._place(address)
        return [
            Take("client-address/hour", place, self.client_guesses_of_address_an_hour, _HOUR_S),
            Take("client/hour", f"{client_id[:40]}@{place}", self.guesses_of_client_an_hour, _HOUR_S),
        ]

    def _place(self, address: str) -> str:
        return hmac.digest(self.key.reveal().encode(), b"address:" + place(address).encode(), hashlib.sha256).hex()


def place(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((found.packed[:8] + bytes(8), 64)))
    return str(found)
