"""The verb `why`: whose order is asked for, where its databases are, and the screen written out."""

from __future__ import annotations

import asyncio
import os
import re
import sys

from infra.local.ports import Ports
from infra.local.problems import CannotStart
from infra.local.state import Home, read_json
from infra.ops.why.read import UnknownOrder, read
from infra.ops.why.screen import lines
from infra.ops.why.table import paint
from services.contracts.ordering import OrderId
from services.contracts.registry import NAMES
from services.kit.ids import MalformedId, WrongKind

_CODE = re.compile(r"LMJ-[0-9]{6}-[0-9]{4,}", re.ASCII)


def wanted(text: str) -> str | OrderId:
    """An order's code or id. Raises CannotStart for what is neither."""
    text = text.strip()
    if _CODE.fullmatch(text.upper()):
        return text.upper()
    try:
        return OrderId.parse(text)
    except (MalformedId, WrongKind):
        asked = f"ORDER={text[:40]!r} is no order" if text else "no order is named"
        raise CannotStart(f"{asked}: make why ORDER=LMJ-YYMMDD-NNNN, or ORDER=ord_…") from None


def show(home: Home, ports: Ports, text: str) -> int:
    """0 when the order was shown. Raises CannotStart when there is no such order or a database is away."""
    order = wanted(text)
    passwords = {name: str(password) for name, password in read_json(home.keys / "passwords.json").items()}
    if not passwords.keys() >= set(NAMES):
        raise CannotStart(f"nothing was ever started in {home.path}: make up")
    try:
        life = asyncio.run(read(ports, passwords, order))
    except UnknownOrder:
        raise CannotStart(f"there is no order {order}") from None
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines(life):
        print(paint(line, colour=colour))
    return 0
