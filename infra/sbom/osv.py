"""Whether a version is known to be vulnerable, by records of OSV (https://ossf.github.io/osv-schema) out of files.

A record names a package and its versions: one by one, or by ranges of events, which are walked in the order of versions as PyPI has it
(PEP 440). What cannot be judged is told as such and never passed over.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from infra.sbom.parts import Package, Scope

ECOSYSTEM = "PyPI"
_LARGEST_RECORD = 32 * 1024 * 1024


class Event(msgspec.Struct, frozen=True):
    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(msgspec.Struct, frozen=True):
    type: str
    events: list[Event] = []


class Named(msgspec.Struct, frozen=True):
    ecosystem: str
    name: str


class Affected(msgspec.Struct, frozen=True):
    package: Named | None = None
    ranges: list[Range] = []
    versions: list[str] = []


class Record(msgspec.Struct, frozen=True):
    id: str
    modified: str = ""
    withdrawn: str | None = None
    summary: str = ""
    details: str = ""
    aliases: list[str] = []
    affected: list[Affected] = []


@dataclass(frozen=True, slots=True)
class Finding:
    package: Package
    record: Record
    fixed_in: tuple[str, ...]


@dataclass(slots=True)
class Verdict:
    """`looked_at` are records of our ecosystem; `newest` is when the last of them was changed; `unsure` is what could not be judged."""

    found: list[Finding] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    looked_at: int = 0
    newest: str = ""


def check(packages: Iterable[Package], sources: Sequence[Path]) -> Verdict:
    """`sources`: exports of OSV: a zip or a folder of records, a list, lines, or one. Raises OSError."""
    verdict = Verdict()
    by_name: dict[str, list[Package]] = {}
    for each in packages:
        by_name.setdefault(each.name, []).append(each)
    seen: set[tuple[str, str, str]] = set()
    for where, content in _documents(sources):
        for record in _records(where, content, verdict):
            _judge(record, by_name, verdict, seen)
    verdict.found.sort(key=lambda each: (list(Scope).index(each.package.scope), each.package.name, each.record.id))
    return verdict


def _judge(
    record: Record, by_name: dict[str, list[Package]], verdict: Verdict, seen: set[tuple[str, str, str]]
) -> None:
    ours = [each for each in record.affected if each.package and each.package.ecosystem.partition(":")[0] == ECOSYSTEM]
    if not ours:
        return
    verdict.looked_at += 1
    verdict.newest = max(verdict.newest, record.modified)
    if record.withdrawn:
        return
    for affected in ours:
        assert affected.package is not None
        for package in by_name.get(canonicalize_name(affected.package.name), ()):
            key = (record.id, package.name, str(package.version))
            try:
                if key not in seen and is_affected(package.version, affected):
                    seen.add(key)
                    verdict.found.append(Finding(package, record, tuple(_fixes(package.version, affected))))
            except InvalidVersion as error:
                verdict.unsure.append(f"{record.id} {package.name} {package.version}: {error}")


def is_affected(version: Version, affected: Affected) -> bool:
    """Raises InvalidVersion for a range that names no versions of PyPI, when nothing else says that it is."""
    if str(version) in affected.versions or version in filter(None, map(_version, affected.versions)):
        return True
    ranges = [each for each in affected.ranges if each.type in ("ECOSYSTEM", "SEMVER")]
    return any(_within(version, each.events) for each in ranges)


def _within(version: Version, events: Sequence[Event]) -> bool:
    walked: list[tuple[Version | None, int, str]] = []
    limits: list[str] = []
    for each in events:
        if each.introduced is not None:
            walked.append((None if each.introduced == "0" else Version(each.introduced), 1, "introduced"))
        if each.fixed is not None:
            walked.append((Version(each.fixed), 0, "fixed"))
        if each.last_affected is not None:
            walked.append((Version(each.last_affected), 2, "last_affected"))
        if each.limit is not None:
            limits.append(each.limit)
    if limits and not any(limit == "*" or version < Version(limit) for limit in limits):
        return False
    vulnerable = False
    # From the beginning of all versions; at one version what is fixed there comes before what begins there.
    for at, _, kind in sorted(walked, key=lambda each: (each[0] is not None, each[0] or Version("0"), each[1])):
        if kind == "introduced" and (at is None or version >= at):
            vulnerable = True
        elif (kind == "fixed" and at is not None and version >= at) or (
            kind == "last_affected" and at is not None and version > at
        ):
            vulnerable = False
    return vulnerable


def _fixes(version: Version, affected: Affected) -> Iterator[str]:
    fixed = {
        found for each in affected.ranges for event in each.events if event.fixed and (found := _version(event.fixed))
    }
    yield from map(str, sorted(each for each in fixed if each > version))


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _documents(sources: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for source in sources:
        if source.is_dir():
            yield from ((str(each), each.read_bytes()) for each in sorted(source.rglob("*.json")))
        elif zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                for info in archive.infolist():
                    if info.filename.endswith(".json") and info.file_size <= _LARGEST_RECORD:
                        yield f"{source}:{info.filename}", archive.read(info)
                    elif info.filename.endswith(".json"):
                        yield f"{source}:{info.filename}", b"too large"
        else:
            yield str(source), source.read_bytes()


def _records(where: str, content: bytes, verdict: Verdict) -> Iterator[Record]:
    try:
        said: Any = json.loads(content)
    except (ValueError, RecursionError):
        lines = [line for line in content.splitlines() if line.strip()]
        try:
            said = [json.loads(line) for line in lines] if len(lines) > 1 else None
        except (ValueError, RecursionError):
            said = None
        if said is None:
            verdict.unsure.append(f"{where}: no JSON")
            return
    listed = said if isinstance(said, list) else said.get("vulns", [said]) if isinstance(said, dict) else [said]
    for each in listed:
        try:
            yield msgspec.convert(each, Record)
        except msgspec.ValidationError as error:
            verdict.unsure.append(f"{where}: no record of OSV: {error}")
