"""Prints each subgraph's SDL into its folder: `python -m services.sdl`; with `--check` says which one differs from the code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from services.contracts.registry import NAMES
from services.kit.graphql.schema import Schema, print_sdl

_HERE = Path(__file__).parent


def schema_of(service: str) -> Schema:
    schema = import_module(f"services.{service}.schema").SCHEMA
    assert isinstance(schema, Schema)
    return schema


def main(argv: Sequence[str]) -> int:
    stale = 0
    for name in NAMES:
        path = _HERE / name / "schema.graphql"
        sdl = print_sdl(schema_of(name))
        if path.exists() and path.read_text("utf-8") == sdl:
            continue
        if "--check" in argv:
            print(f"{path.relative_to(_HERE.parent)} is not what the code says: run make schema", file=sys.stderr)  # noqa: T201
            stale += 1
        else:
            path.write_text(sdl, "utf-8")
            print(path.relative_to(_HERE.parent))  # noqa: T201
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
