"""Tells whether the committed supergraph was composed from the subgraphs' present SDL. Needs no Node."""

import hashlib
import re
import sys
from pathlib import Path

_LINE = re.compile(r"^# subgraph (\S+) sha256:([0-9a-f]{64})$", re.MULTILINE)
_ROOT = Path(__file__).parents[2]


def drifted(supergraph: Path, services: Path) -> list[str]:
    """One sentence for each subgraph that differs; empty when all is well."""
    if not supergraph.exists():
        return [f"{supergraph.name} is missing"]
    recorded = dict(_LINE.findall(supergraph.read_text(encoding="utf-8")))
    present = {file.parent.name: file for file in sorted(services.glob("*/schema.graphql"))}
    found = [
        f"{name} is in the supergraph and has no schema.graphql" for name in sorted(recorded.keys() - present.keys())
    ]
    for name, file in present.items():
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if name not in recorded:
            found.append(f"{name} is not in the supergraph")
        elif recorded[name] != digest:
            found.append(f"{name} changed since the supergraph was composed")
    return found


def main() -> int:
    found = drifted(_ROOT / "gateway" / "supergraph.graphql", _ROOT / "services")
    for sentence in found:
        sys.stderr.write(f"{sentence}: run make supergraph\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
