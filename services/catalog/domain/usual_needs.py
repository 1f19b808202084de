"""What the law asks of kinds of goods, by the codes that a market usually has for them (`usual`)."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.catalog.domain.licence import Requirement
from services.contracts.licences import LicenceKind

HALAL: Final = Requirement(LicenceKind.HALAL, date(2026, 10, 17), None)
"""Food and drink of micro and small businesses: PP 42/2024, article 160 (2). What is sold as it grew needs none (KMA 1360/2021)."""
PIRT: Final = Requirement(LicenceKind.PIRT, date(2019, 12, 26), 7)
"""Processed food in packages, but for what keeps less than seven days: PP 86/2019; Peraturan BPOM 22/2018."""

NEEDED: Final = {
    "lauk": (HALAL,),
    "daging": (HALAL,),
    "tahu-tempe": (HALAL,),
    "masakan": (HALAL,),
    "kopi": (HALAL, PIRT),
    "minuman": (HALAL, PIRT),
    "camilan": (HALAL, PIRT),
    "kue": (HALAL, PIRT),
    "olahan": (HALAL, PIRT),
}
"""No kind needs a NIB: from which day a wlijo without one may not sell is the regency's to say, and operators enter it."""
