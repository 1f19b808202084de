"""How a service answers when somebody asks for all that is kept about them: in parts that only people can open."""

from __future__ import annotations

from services.kit.ids import Id
from services.kit.messaging.envelope import Event


class ExportId(Id, prefix="exp"):
    pass


class ExportPart(Event, frozen=True, kw_only=True):
    """Part `number`, from 1, of `of`. Each service has a subclass with source, topic (`<service>.exports`) and type
    (`<service>.export_part.v1`), and is waited for by that alone.

    `sealed` is a JWE (compact, ECDH-ES, A256GCM) for the key that the request has told: a piece of the gzip of the service's section, JSON,
    pieces being joined before they are unpacked. The log has nothing else of it.
    """

    export_id: ExportId
    number: int
    of: int
    sealed: str
