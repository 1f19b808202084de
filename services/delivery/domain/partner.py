"""An ojek company's standing: which states ops may put it into."""

from __future__ import annotations

from services.contracts.delivery import PartnerStatus


class UnknownPartner(Exception):
    """There is no such company."""


class IllegalStatus(Exception):
    """A partner cannot be put into this status from where it is."""

    def __init__(self, current: PartnerStatus, wanted: PartnerStatus) -> None:
        super().__init__(f"{current} cannot become {wanted}")
        self.current = current
        self.wanted = wanted


def changes(current: PartnerStatus, wanted: PartnerStatus) -> bool:
    """Whether setting the status changes anything. Nobody is invited again. Raises IllegalStatus."""
    if current is wanted:
        return False
    if wanted is PartnerStatus.INVITED:
        raise IllegalStatus(current, wanted)
    return True
