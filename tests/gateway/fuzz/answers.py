"""Subgraphs that answer with something missing, too much, null, of a wrong type, or no GraphQL at all."""

import copy
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.executor.subgraph_client import SubgraphTrouble, _decode
from tests.gateway.kit.gateway import InProcess

_VALUES: tuple[Any, ...] = (
    None,
    0,
    -1,
    2**40,
    1.5,
    1e300,
    True,
    "",
    "x",
    [],
    [None],
    [[1]],
    {},
    {"a": None},
    {"__typename": "Nobody"},
)
_BODIES = (
    b"",
    b"<html>502</html>",
    b"null",
    b"[]",
    b"{}",
    b'{"data":',
    b'{"data":[]}',
    b'{"errors":{}}',
    b'{"errors":[]}',
    b'{"data":null}',
    b'{"errors":[null,1,{"message":3,"path":"x"},{"path":[[]]}]}',
    b"\xff",
)


@dataclass(slots=True)
class Spoiling:
    """A client whose answers are spoiled while `on`."""

    honest: InProcess
    random: random.Random
    on: bool = False

    async def send(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, *, idempotent: bool
    ) -> dict[str, Any]:
        answer = await self.honest.send(subgraph, body, headers, deadline, idempotent=idempotent)
        self.honest.sent.clear()
        self.honest.subgraphs[subgraph].requests.clear()
        if not self.on or self.random.random() < 0.3:
            return answer
        if self.random.random() < 0.1:
            raise SubgraphTrouble(self.random.choice(("SERVICE_UNAVAILABLE", "TIMEOUT")), "spoiled")
        if self.random.random() < 0.15:
            return _decode(self.random.choice(_BODIES))
        for _ in range(self.random.randint(1, 4)):
            self._spoil(answer)
        return answer

    def _spoil(self, answer: dict[str, Any]) -> None:
        """One change somewhere in the answer."""
        node: Any = answer
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                return
            key = self.random.choice(keys)
            if isinstance(node[key], (dict, list)) and node[key] and self.random.random() < 0.75:
                node = node[key]
                continue
            self._change(node, key)
            return

    def _change(self, node: Any, key: Any) -> None:
        match self.random.randrange(5):
            case 0:
                del node[key]
            case 1 if isinstance(node, list):
                node.append(self._value())
            case 1:
                node[self.random.choice(("extra", "__typename", "id", "_0"))] = self._value()
            case 2 if isinstance(node[key], list):
                node[key] = [copy.deepcopy(one) for one in node[key] * 3]
            case _:
                node[key] = self._value()

    def _value(self) -> Any:
        """A copy: what is spoiled next must not grow the values that all later answers are spoiled with."""
        return copy.deepcopy(self.random.choice(_VALUES))
