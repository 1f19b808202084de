"""Prints each subgraph's SDL into its folder: `python -m services.sdl`; with `--check` says which one differs from the code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from services.catalog.schema import SCHEMA as CATALOG
from services.delivery.schema import SCHEMA as DELIVERY
from services.kit.graphql.schema import print_sdl
from services.ordering.schema import SCHEMA as ORDERING

_HERE = Path(__file__).parent
SCHEMAS = {"catalog": CATALOG, "ordering": ORDERING, "delivery": DELIVERY}


def main(argv: Sequence[str]) -> int:
    stale = 0
    for name, schema in SCHEMAS.items():
        path = _HERE / name / "schema.graphql"
        sdl = print_sdl(schema)
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
