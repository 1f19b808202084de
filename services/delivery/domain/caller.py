"""Who asks delivery for what is a company's."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.delivery import PartnerId


@dataclass(frozen=True, slots=True)
class Caller:
    """A person by the subject of their token ('' for none), the machine of a company, or the platform: operators, and officers, who look at
    applications."""

    person: str = ""
    ops: bool = False
    officer: bool = False
    machine_of: PartnerId | None = None

    @property
    def staff(self) -> bool:
        return self.ops or self.officer


class NotFound(Exception):
    """What was named does not exist, or is not the caller's."""
