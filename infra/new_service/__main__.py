"""python -m infra.new_service NAME. Exit 2 with one line, and nothing changed, when no service can be called so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.new_service import entries
from infra.new_service.names import Names, Refused, named
from services.contracts.export import ExportId
from services.contracts.registry import NAMES, SERVICES
from services.kit.ids import EventId, Id

_TEMPLATES = Path(__file__).with_name("templates")


def planned(root: Path, names: Names) -> Mapping[Path, str]:
    """Every file that is written, with its text. Raises NoPlace."""

    class Kind(Id, prefix=names.prefix):
        """As the new contract's own."""

    first, number = str(Kind.seeded("first")), entries.next_number(tuple(each.number for each in SERVICES))
    found = {
        root / names.filled(str(template.relative_to(_TEMPLATES)).removesuffix(".template")): names.filled(
            template.read_text("utf-8")
        )
        for template in sorted(_TEMPLATES.rglob("*.template"))
    }
    for path in entries.FILES:
        found[root / path] = entries.entered(
            path, (root / path).read_text("utf-8"), names, number, str(Kind.seeded("nothing"))
        )
    event = f"{names.service}.{names.thing}_added.v1"
    said = {f"{names.thing}_id": first, "added_at": "2026-02-01T03:30:00Z"}
    part, export = f"{names.service}.export_part.v1", str(ExportId.seeded("sample"))
    # What is sealed, whoever reads the sample cannot open.
    sealed: dict[str, object] = {"export_id": export, "number": 1, "of": 1, "sealed": "a.b.c.d.e"}
    for kind, key, topic, data in ((event, first, names.service, said), (part, export, "exports", sealed)):
        found[root / f"tests/contracts/events/{kind}.json"] = _sample(names, kind, key, topic, data)
    return found


def _sample(names: Names, event: str, key: str, topic: str, data: Mapping[str, object]) -> str:
    sample = {
        "topic": f"{names.service}.{topic}",
        "key": key,
        "headers": {
            "ce_specversion": "1.0",
            "ce_id": str(EventId.seeded(event)),
            "ce_source": f"wlijo/{names.service}",
            "ce_type": event,
            "ce_time": "2026-02-01T03:30:00.000Z",
            "ce_subject": key,
            "ce_aggregateseq": "1",
            "ce_epoch": "1",
            "ce_stream": "facts",
            "content-type": "application/json",
        },
        "data": dict(data),
    }
    return json.dumps(sample, indent=2) + "\n"


def main(argv: Sequence[str], root: Path) -> int:
    try:
        if len(argv) != 1:
            raise Refused("usage: make new-service NAME=reviews")
        names = named(root, argv[0], NAMES)
        files = planned(root, names)
    except (Refused, entries.NoPlace) as refusal:
        print(refusal, file=sys.stderr)
        return 2
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    ours = [str(path) for path in files if path.suffix == ".py"]
    # A longer or shorter name breaks lines elsewhere, and sorts elsewhere among imports.
    for command in (
        ("ruff", "check", "-q", "--fix", "--select", "I", *ours),
        ("ruff", "format", "-q", *ours),
        ("services.sdl",),
    ):
        subprocess.run([sys.executable, "-m", *command], cwd=root, check=True)
    print(*sorted(str(path.relative_to(root)) for path in files), sep="\n")
    print(
        "next: make supergraph api-changelog contracts settings (with Node) recomposes the supergraph and says what clients got"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd()))
