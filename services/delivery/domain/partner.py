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


_SETTABLE = frozenset((PartnerStatus.SANDBOX, PartnerStatus.ACTIVE, PartnerStatus.PAUSED))
_NOT_BEGUN_OR_OVER = frozenset((PartnerStatus.SENT_BACK, PartnerStatus.LEFT))


def changes(current: PartnerStatus, wanted: PartnerStatus) -> bool:
    """Whether setting the status changes anything. Nobody is made to apply, to correct or to leave like this, and who has left has left.
    Raises IllegalStatus."""
    if current is wanted:
        return False
    if wanted not in _SETTABLE or current in _NOT_BEGUN_OR_OVER:
        raise IllegalStatus(current, wanted)
    return True
