"""Phone numbers that somebody is called at: written in one way, and not proved to be anybody's."""

from __future__ import annotations

import re


def e164(given: str) -> str | None:
    """`0812-3456-7890`, `62812…` and `+62 812…` are one number: `+6281234567890`. None for what is no number."""
    digits = re.sub(r"[\s().-]", "", given)
    if digits.startswith("0"):
        digits = "+62" + digits[1:]
    elif digits.startswith("62"):
        digits = "+" + digits
    national = r"\+62[1-9]\d{7,11}" if digits.startswith("+62") else r"\+[1-9]\d{7,14}"
    return digits if re.fullmatch(national, digits, re.ASCII) else None
