"""Facts as the broker holds them: counted by aggregate, with their headers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.insight.commands.counting import Heard
from services.kit.ids import EventId
from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope


@dataclass
class Log:
    """Each aggregate's facts count on from one call to the next; offsets too."""

    counted: Counter[str] = field(default_factory=Counter)
    offset: int = 0

    def records(self, facts: Iterable[Heard]) -> list[Record]:
        found = []
        for each in facts:
            where = each.event.destination()
            self.counted[where.aggregate] += 1
            self.offset += 1
            told = Envelope(
                id=str(EventId.new()), source=each.event.source, type=each.event.type, time=each.at, topic=where.topic, key=where.key,
                aggregate=where.aggregate, seq=self.counted[where.aggregate], epoch=1, stream=each.event.stream, traceparent=None,
                data=each.event.payload(),
            )  # fmt: skip
            found.append(Record(where.topic, 0, self.offset, where.key.encode(), told.data, told.headers(), None))
        return found
