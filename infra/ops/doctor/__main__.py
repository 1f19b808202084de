"""python -m infra.ops doctor [--json] [--only LOOK …] [--limit S] [--quiet]

Looks at everything that it is told of and changes nothing. Exit 0: nothing is wrong with what was looked at; 10: something for today
(warn); 20: something for now (page); 1: it could not look at all; 2: usage. What could not be looked at is said, and is never well.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import msgspec

from infra.ops.doctor import alerts, backups, broker, certificates, databases, files, host, processes
from infra.ops.doctor.finding import Finding, Severity
from infra.ops.doctor.looking import LIMIT_S, Look, look
from infra.ops.doctor.place import Place
from infra.ops.why.table import Cell, Tone, paint, row
from services.contracts.registry import NAMES
from services.kit.observe.version import VERSION

LOOKS: Mapping[str, Look] = {
    "memory": host.memory,
    "cores": host.cores,
    "disk": host.disks,
    "engine": host.engine,
    "ports": host.ports,
    "dns": processes.names,
    "secrets": files.secrets,
    "partners-certificate": certificates.of_partners,
    "edge-certificate": certificates.of_the_edge,
    **{f"database-{name}": partial(databases.service, name=name) for name in NAMES},
    "broker": broker.broker,
    "processes": processes.processes,
    "backups": backups.backups,
    "prometheus": alerts.prometheus,
    "alertmanager": alerts.alertmanager,
}
_TONES = {Severity.PAGE: Tone.BAD, Severity.WARN: Tone.WAIT, Severity.UNSEEN: Tone.DIM, Severity.WELL: Tone.GOOD}


def main(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    asked = parser().parse_args(list(argv))
    # What hangs or fails is a finding; what libraries say of it beside would only be in its way.
    logging.basicConfig(level=logging.CRITICAL, stream=sys.stderr)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    place = Place.of(os.environ if environment is None else environment)
    wanted = {name: each for name, each in LOOKS.items() if not asked.only or name in asked.only}
    found = look(place, wanted, asked.limit)
    findings = [(name, each) for name, several in found.items() for each in several]
    worst = max((each.severity.exit_code for _, each in findings), default=0)
    if asked.json:
        for name, each in findings:
            print(msgspec.json.encode({"look": name, **msgspec.to_builtins(each)}).decode())
    else:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        for line in _lines(findings, quiet=asked.quiet, colour=colour):
            print(line)
    return worst


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="ops doctor",
        description="Looks at the whole installation, and says what is wrong and what to do. It changes nothing.",
        epilog="Exit: 0 nothing wrong, 10 something for today (warn), 20 something for now (page).",
    )
    made.add_argument("--json", action="store_true", help="an object a line")
    made.add_argument("--quiet", action="store_true", help="only what is wrong")
    made.add_argument(
        "--only",
        action="append",
        choices=sorted(LOOKS),
        metavar="LOOK",
        help=f"one look, or several: {', '.join(LOOKS)}",
    )
    made.add_argument(
        "--limit", type=float, default=LIMIT_S, metavar="S", help="seconds that looks may take (%(default)g)"
    )
    return made


def _lines(findings: Sequence[tuple[str, Finding]], *, quiet: bool, colour: bool) -> Iterator[str]:
    """The worst first."""
    counts = {severity: sum(each.severity is severity for _, each in findings) for severity in Severity}
    for severity in Severity:
        if quiet and severity in (Severity.UNSEEN, Severity.WELL):
            continue
        for _, each in findings:
            if each.severity is severity:
                name = f"{each.name} ({each.about})" if each.about else each.name
                seen = f"because {each.seen}" if severity is Severity.UNSEEN else each.seen
                yield from _wrapped(
                    paint(row(Cell(f"{severity:<13}", _TONES[severity])), colour=colour), f"{name}: {seen}", each.do
                )
    said = ", ".join(f"{count} {severity}" for severity, count in counts.items())
    yield f"Wlijo {VERSION}: {said}"


def _wrapped(head: str, text: str, do: str) -> Iterator[str]:
    """Whole, whatever the width: a command is copied from it."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in text)
    yield f"{head:<13} {clean}"
    if do:
        yield f"{'':13} → {do}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
