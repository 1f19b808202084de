"""Ids that only the catalog has."""

from __future__ import annotations

from services.kit.ids import Id


class MemberId(Id, prefix="mem"):
    """Somebody at one merchant: the subject of their token is nobody else's to know."""


class InvitationId(Id, prefix="inv"):
    pass


class ClosureId(Id, prefix="clo"):
    pass


class RequirementId(Id, prefix="req"):
    """What one kind of goods needs: its timer's subject."""


class StockPlaceId(Id, prefix="plc"):
    """Where goods lie beside where their merchant trades."""


class LoadTemplateId(Id, prefix="ltp"):
    pass


class ImportId(Id, prefix="imp"):
    pass
