"""What somebody can be of."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

MOST_SHOWN: Final = 100
"""Five merchants and three companies may be owned; staff of many shops is somebody nobody has met."""


class MembershipKind(StrEnum):
    MERCHANT = "MERCHANT"
    COMPANY_OWNER = "COMPANY_OWNER"
    DISPATCHER = "DISPATCHER"
    RIDER = "RIDER"
