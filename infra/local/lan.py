"""`make up LAN=1`: the gateway, and nothing else, also for a phone in the same network."""

from __future__ import annotations

import re
import socket

from infra.local.problems import CannotStart

# For documentation (RFC 5737): nothing is sent there, the system only says which of its addresses it would send from.
_ANYWHERE = ("192.0.2.1", 9)
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def host(asked: str | None) -> str:
    """By what others in the network reach this machine, "" unless that is asked for. LAN=192.168.1.5 or LAN=my-pc.local says it.

    Raises CannotStart.
    """
    if asked in (None, "", "0", "no", "false"):
        return ""
    if asked in ("1", "yes", "true"):
        return _own_address()
    assert asked is not None
    if not _NAME.fullmatch(asked):
        raise CannotStart(f"LAN={asked} is neither an address nor a name of this machine: say LAN=192.168.1.5")
    return asked


def for_gateway(name: str, origins: str) -> dict[str, str]:
    """It listens on all addresses, and pages of that host may call, from whatever port they are served there."""
    if not name:
        return {}
    pages = f"http://{name}:*,https://{name}:*"
    return {"HOST": "0.0.0.0", "CORS_ORIGINS": f"{origins},{pages}" if origins else pages}  # noqa: S104  # asked for


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(_ANYWHERE)
            address = str(asking.getsockname()[0])
        except OSError:
            address = ""
    if not address or address.startswith(("127.", "0.")):
        raise CannotStart("LAN=1: this machine is in no network; or say by what it is reached: LAN=192.168.1.5")
    return address
