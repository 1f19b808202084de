"""What insight tells: its part of the copy of what is kept about somebody. Its sums are asked for, not told."""

from __future__ import annotations

from typing import ClassVar

from services.contracts.export import ExportId, ExportPart
from services.kit.messaging.envelope import source_of

SOURCE = source_of("insight")


class InsightExportPart(ExportPart, frozen=True, kw_only=True):
    """Of what is kept here about somebody who has asked for it: nothing but a few bytes that stand for them for a while."""

    type: ClassVar[str] = "insight.export_part.v1"
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "insight.exports"

    def aggregate(self) -> ExportId:
        return self.export_id
