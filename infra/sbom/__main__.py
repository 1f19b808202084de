"""python -m infra.sbom write [FILE] | check --osv FILE [--osv …] [--json]

`write` makes the software bill of materials (CycloneDX 1.6, JSON) out of the hashed requirements and the recipes of images; without
FILE it is printed. `check` holds every package against records of OSV: the export of PyPI (all.zip), a folder, a list, lines, or one
record. Nothing is asked of anybody. Exit 0 when nothing is known, 1 when something is or could not be judged, 2 on usage, on a part that
is not pinned, and for a file that has no record of PyPI: that would clear everything.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.sbom import osv, parts, spec
from infra.sbom.document import document
from infra.settings.found import ROOT


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.sbom", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="write|check")
    write = verbs.add_parser("write", help="the software bill of materials")
    write.add_argument("file", type=Path, nargs="?")
    check = verbs.add_parser("check", help="whether anything of it is known to be vulnerable")
    check.add_argument("--osv", type=Path, action="append", required=True, metavar="FILE")
    check.add_argument("--json", action="store_true", help="an object a line")
    asked = parser.parse_args(list(argv))
    try:
        packages = parts.packages(root)
        if asked.verb == "write":
            return _write(asked.file, document(parts.ours(root), packages, parts.images(root)))
        return _check(osv.check(packages, asked.osv), parts.images(root), packages, as_json=asked.json)
    except (parts.Unpinned, spec.Unfit, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _write(file: Path | None, text: str) -> int:
    spec.read(text)
    if file is None:
        sys.stdout.write(text)
        return 0
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    print(file)
    return 0


def _check(
    verdict: osv.Verdict, images: Sequence[parts.Image], packages: Sequence[parts.Package], *, as_json: bool
) -> int:
    if not verdict.looked_at:
        print(
            *verdict.unsure[:20],
            f"no record of {osv.ECOSYSTEM} is there: nothing was checked",
            sep="\n",
            file=sys.stderr,
        )
        return 2
    for each in verdict.found:
        summary = " ".join((each.record.summary or each.record.details).split())[:160]
        names = [each.record.id, *each.record.aliases]
        if as_json:
            row = {"package": each.package.name, "version": str(each.package.version), "scope": each.package.scope}
            print(json.dumps({**row, "ids": names, "summary": summary, "fixed_in": each.fixed_in}))
        else:
            fixed = f"; fixed in {', '.join(each.fixed_in)}" if each.fixed_in else "; no fix is known"
            print(
                f"{each.package.name} {each.package.version} ({each.package.scope}): {', '.join(names)}: {summary}{fixed}"
            )
    for line in verdict.unsure:
        print(json.dumps({"unsure": line}) if as_json else f"could not be judged: {line}")
    said = f"{len(packages)} packages against {verdict.looked_at} records, the newest of {verdict.newest or 'an unknown day'}"
    print(f"{said}: {len(verdict.found)} known, {len(verdict.unsure)} not judged", file=sys.stderr)
    print(
        f"not looked at: what lies in images of others: {', '.join(f'{each.name}:{each.tag}' for each in images)}",
        file=sys.stderr,
    )
    return 1 if verdict.found or verdict.unsure else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
