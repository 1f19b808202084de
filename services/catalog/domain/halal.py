"""Whether goods are halal, as far as anybody has said: a certificate, one that waits, a name that none is given to, or their seller.

A name may not lead to what is forbidden: Fatwa MUI 44/2020, with 4/2003, and SNI 99004:2021 give no certificate to wine, beer, tuak or
tuyul whatever is in it. What has always been called so and never was that, as bir pletok, has one: 4/2003 excepts it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

FORBIDDEN: Final = (
    "alkohol",
    "arak",
    "babi",
    "bacon",
    "beer",
    "bir",
    "brandy",
    "champagne",
    "ciu",
    "gin",
    "ham",
    "iblis",
    "khamar",
    "khamr",
    "rum",
    "sake",
    "setan",
    "soju",
    "tuak",
    "tuyul",
    "vodka",
    "whiskey",
    "whisky",
    "wine",
)
"""Words. The database has them too (`halal_name`): tests/integration/catalog/test_halal.py holds one against the other."""
EXCEPTED: Final = ("bir pletok", "bir plethok", "bir kotjok")

_EXCEPTED: Final = re.compile(rf"\b(?:{'|'.join(EXCEPTED)})\b")
_FORBIDDEN: Final = re.compile(rf"\b(?:{'|'.join(FORBIDDEN)})\b")


class HalalStatus(StrEnum):
    NOT_REQUIRED = "NOT_REQUIRED"
    NOT_CERTIFIED = "NOT_CERTIFIED"
    PENDING = "PENDING"
    CERTIFIED = "CERTIFIED"
    NOT_CERTIFIABLE_NAME = "NOT_CERTIFIABLE_NAME"
    NOT_HALAL = "NOT_HALAL"


def is_certifiable(name: str) -> bool:
    """Whether goods of this name can have a certificate."""
    return _FORBIDDEN.search(_EXCEPTED.sub(" ", " ".join(name.lower().split()))) is None


def status(name: str, *, required: bool, declared: bool, certified: bool, waits: bool) -> HalalStatus:
    """`required`: its kind of goods asks for a certificate, now or from a day that is set. `declared`: its seller sells it as not halal.
    `certified` by one that holds and covers it; `waits` when an officer has yet to look at one."""
    if not is_certifiable(name) and (required or declared):
        return HalalStatus.NOT_CERTIFIABLE_NAME
    if declared:
        return HalalStatus.NOT_HALAL
    if certified and is_certifiable(name):
        return HalalStatus.CERTIFIED
    if not required:
        return HalalStatus.NOT_REQUIRED
    return HalalStatus.PENDING if waits else HalalStatus.NOT_CERTIFIED
