"""How large a business is."""

from __future__ import annotations

from enum import StrEnum


class UmkmClass(StrEnum):
    MIKRO = "MIKRO"
    KECIL = "KECIL"
    MENENGAH = "MENENGAH"
