"""What a record says, as one consumer understands it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope, Malformed, Stream, decode
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.stretches import Heard


class Reading:
    """`sources`: who may tell something here; else those whose events are handled."""

    def __init__(self, handlers: Handlers, sources: frozenset[str] | None = None) -> None:
        self._handlers = handlers
        self._sources = handlers.sources() if sources is None else sources

    def envelope(self, record: Record) -> Envelope:
        """Raises Malformed, also of what is told by somebody, or in a place, who has no such thing to tell."""
        event = Envelope.from_record(record.topic, record.key, record.headers, record.value)
        if event.source not in self._sources:
            raise Malformed(f"source {event.source} does not publish here")
        # Who may write into a topic is the broker's to say; that this is what its owner tells there is ours.
        if known := self._handlers.event_class(event.type):
            if event.topic != known.topic:
                raise Malformed(f"{event.type} is told into {known.topic}, not into {event.topic}")
            if event.source != known.source:
                raise Malformed(f"{event.type} is told by {known.source}, not by {event.source}")
        publishers = self._handlers.publishers(event.topic)
        if publishers and event.source not in publishers:  # of a type that nobody here handles
            raise Malformed(f"source {event.source} does not publish into {event.topic}")
        return event

    def heard(self, records: Sequence[Record]) -> Iterator[Heard]:
        """Until the first that is not for here."""
        for record in records:
            try:
                event = self.envelope(record)
                handled = self._handlers.event_class(event.type)
                yield event, decode(handled, event.data) if handled else None
            except Malformed:
                return

    def passes(self, record: Record) -> bool:
        """Whether it is a fact that nobody here handles: nothing waits for it but what comes after it."""
        try:
            event = self.envelope(record)
        except Malformed:
            return False
        return event.stream is Stream.FACTS and self._handlers.event_class(event.type) is None
