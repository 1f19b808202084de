"""python -m gateway.governance check|write|release VERSION DAY: the public schema against its last release, and what is written of it."""

import argparse
import re
import sys
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from graphql import GraphQLSchema, build_schema, print_schema

from gateway.governance import caches
from gateway.governance.apart import costly
from gateway.governance.changes import Change, Release, compare, deprecated, malformed, refused
from gateway.governance.descriptions import undescribed
from gateway.governance.shapes import misshapen
from gateway.supergraph.load import load
from gateway.supergraph.model import Supergraph

ROOT = Path(__file__).parents[2]
_HEAD = re.compile(r"^# Release (\S+) of (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
_UNRELEASED = "## Unreleased"
_TOP = """# Changes of the public schema

What a client can notice, newest first; printed by `python -m gateway.governance write`, compared by `make check`. Output enums may
gain values, problems facts, and `Node` types, at any time. What is deprecated stays for six months or two releases.
"""
_TITLES = {
    "breaking": "Breaking",
    "removed": "Removed",
    "deprecated": "Deprecated",
    "changed": "Changed",
    "added": "Added",
}

# A check looks at the same few texts several times, and each is a second of reading.
_supergraph_of = lru_cache(maxsize=4)(load)
_schema_of = lru_cache(maxsize=8)(build_schema)


class Repository:
    """Files that governance reads and writes: the supergraph, `released/<version>.graphql`, CHANGELOG-API.md, a block of docs/api.md."""

    def __init__(self, root: Path) -> None:
        self._supergraph = root / "gateway" / "supergraph.graphql"
        self._released = root / "gateway" / "released"
        self.changelog = root / "CHANGELOG-API.md"
        self.page = root / "docs" / "api.md"

    def supergraph(self) -> Supergraph:
        return _supergraph_of(self._supergraph.read_text(encoding="utf-8"))

    def present(self) -> GraphQLSchema:
        return self.supergraph().api

    def releases(self) -> list[tuple[Release, GraphQLSchema]]:
        """Oldest first, by day and version."""
        found = []
        for file in self._released.glob("*.graphql"):
            text = file.read_text(encoding="utf-8")
            if head := _HEAD.search(text):
                found.append((Release(head[1], date.fromisoformat(head[2])), _schema_of(text)))
        return sorted(found, key=lambda pair: (pair[0].day, _number(pair[0].version)))

    def release(self, release: Release, *, again: bool = False) -> Path:
        """Raises FileExistsError for a version that was released, unless it may be released `again`."""
        file = self._released / f"{release.version}.graphql"
        if file.exists() and not again:
            raise FileExistsError(f"{file.name} is released already")
        self._released.mkdir(exist_ok=True)
        file.write_text(
            f"# Release {release.version} of {release.day}\n\n{print_schema(self.present())}\n", encoding="utf-8"
        )
        return file


def problems(repository: Repository, today: date, *, baseline: bool = False) -> list[str]:
    """Why the schema may not be merged, a sentence each. `baseline`: what breaks clients is no reason, for there are none yet."""
    supergraph, releases = repository.supergraph(), repository.releases()
    present = supergraph.api
    found = [f"{name} has no description." for name in undescribed(present)] + misshapen(present)
    found += costly(supergraph)
    for name, reason in deprecated(present).items():
        found += malformed(name, reason)
    if releases and not baseline:
        carried: dict[str, list[Release]] = {}
        for release, schema in releases:
            for name in deprecated(schema):
                carried.setdefault(name, []).append(release)
        found += [s for s in refused(compare(releases[-1][1], present), carried, today) if s not in found]
    if not repository.changelog.exists() or repository.changelog.read_text(encoding="utf-8") != changelog(repository):
        found.append("CHANGELOG-API.md is not current: run make api-changelog.")
    page = repository.page.read_text(encoding="utf-8")
    if caches.written(page, present) != page:
        found.append("docs/api.md does not have the caches' set-up of this schema: run make api-changelog.")
    return found


def write(repository: Repository) -> None:
    """All that is printed from the schema, anew."""
    repository.changelog.write_text(changelog(repository), encoding="utf-8")
    page = repository.page.read_text(encoding="utf-8")
    repository.page.write_text(caches.written(page, repository.present()), encoding="utf-8")


def changelog(repository: Repository) -> str:
    """The whole text; every part is computed from the released schemas, so none can be forgotten."""
    releases = repository.releases()
    parts = [_TOP]
    after = repository.present()
    heads = [_UNRELEASED]
    for release, schema in reversed(releases):
        parts.append(_section(heads[-1], compare(schema, after)))
        heads.append(f"## {release.version}, {release.day}")
        after = schema
    parts.append(
        f"{heads[-1]}\n\n{'The first schema that clients were given.' if releases else 'Nothing is released.'}\n"
    )
    return "\n".join(parts)


def _section(head: str, changes: list[Change]) -> str:
    lines = [head, ""]
    for kind, title in _TITLES.items():
        of_kind = [change for change in changes if change.kind == kind]
        if of_kind:
            lines += [f"### {title}", ""]
            lines += [f"- `{each.at}`" + (f": {each.note}" if each.note else "") for each in of_kind]
            lines.append("")
    return "\n".join(lines if changes else [*lines, "Nothing.", ""])


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m gateway.governance", description=__doc__)
    parser.add_argument("verb", choices=("check", "write", "release"))
    parser.add_argument("version", nargs="?")
    parser.add_argument("day", nargs="?", type=date.fromisoformat, help="2026-11-25; today when not said")
    parser.add_argument(
        "--baseline",
        action="store_true",
        help="release although it breaks clients of the last one, or has been released before: while no app has been given out",
    )
    given = parser.parse_args(arguments)
    repository = Repository(root)
    today = given.day or datetime.now(UTC).date()
    if given.verb == "release":
        if not given.version or not re.fullmatch(r"\d+\.\d+\.\d+", given.version):
            parser.error("release needs a version such as 0.1.0")
        write(repository)
        if found := problems(repository, today, baseline=given.baseline):
            return _tell(found)
        repository.release(Release(given.version, today), again=given.baseline)
    if given.verb != "check":
        write(repository)
        return 0
    return _tell(problems(repository, today))


def _tell(found: list[str]) -> int:
    for sentence in found:
        sys.stderr.write(f"{sentence}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
