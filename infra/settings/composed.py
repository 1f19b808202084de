"""What docker-compose.yml and `.env.example` say of settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML

_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::?-((?:[^{}]|\{[^{}]*\})*))?\}")
_EXAMPLE = re.compile(r"(?m)^#?([A-Z][A-Z0-9_]*)=")


@dataclass(frozen=True, slots=True)
class Composed:
    """`environments`: container -> what it is told. `asked`: variable of `.env` -> its default in the file. `shared`: what blocks
    tell many containers, of which some read a part."""

    environments: Mapping[str, Mapping[str, str]]
    containers: Mapping[str, str]
    asked: Mapping[str, str]
    shared: frozenset[str]
    example: frozenset[str]

    @classmethod
    def of(cls, compose: str, example: str) -> Composed:
        document: dict[str, Any] = YAML(typ="safe", pure=True).load(compose)
        services: dict[str, Any] = document["services"]
        shared = {key for block, told in document.items() if block.startswith("x-") for key in told}
        environments = {
            name: {key: str(value) for key, value in (each.get("environment") or {}).items()}
            for name, each in services.items()
        }
        asked: dict[str, str] = {}
        for name, default in _VARIABLE.findall(compose):
            asked[name] = asked.get(name) or default
        return cls(
            environments,
            {name: str(each) for name, each in services.items()},
            asked,
            frozenset(shared),
            frozenset(_EXAMPLE.findall(example)),
        )

    def given(self, container: str, setting: str) -> str | None:
        """The text that a container is told for a setting, itself or as a file; None when it is told nothing."""
        told = self.environments.get(container, {})
        return told.get(setting, told.get(f"{setting}_FILE"))

    def set_by(self, container: str, setting: str) -> list[str]:
        """The variables of `.env` that a setting of a container is made of."""
        return [name for name, _ in _VARIABLE.findall(self.given(container, setting) or "")]

    def users(self, variable: str) -> list[str]:
        """Containers in whose definition a variable of `.env` is."""
        return [name for name, text in self.containers.items() if re.search(rf"\$\{{{variable}\b", text)]
