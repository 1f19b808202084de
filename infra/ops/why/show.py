"""The verb `why`: whose order is asked for, and the screen written out."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping

from infra.ops.trouble import Trouble
from infra.ops.why.read import UnknownOrder, read
from infra.ops.why.screen import lines
from infra.ops.why.table import paint
from infra.ops.why.traces import address
from services.contracts.ordering import OrderId
from services.kit.ids import MalformedId, WrongKind
from services.kit.secret import Secret

_CODE = re.compile(r"LMJ-[0-9]{6}-[0-9]{4,}", re.ASCII)


def wanted(text: str) -> str | OrderId:
    """An order's code or id. Raises Trouble for what is neither."""
    text = text.strip()
    if _CODE.fullmatch(text.upper()):
        return text.upper()
    try:
        return OrderId.parse(text)
    except (MalformedId, WrongKind):
        asked = f"{text[:40]!r} is no order" if text else "no order is named"
        raise Trouble(f"{asked}: LMJ-YYMMDD-NNNN or ord_… is wanted") from None


def show(databases: Mapping[str, Secret], text: str) -> int:
    """0 when the order was shown. Raises Trouble when there is no such order or a database is away."""
    order = wanted(text)
    try:
        life = asyncio.run(read(databases, order))
    except UnknownOrder:
        raise Trouble(f"there is no order {order}") from None
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines(life, address()):
        print(paint(line, colour=colour))
    return 0
