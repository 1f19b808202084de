"""Planted versions that are vulnerable are found, safe ones are not, and what cannot be judged is never taken for safe."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from infra.sbom.__main__ import main
from infra.sbom.osv import Affected, Event, Range, check, is_affected
from infra.sbom.parts import Package, Scope, packages

AIOHTTP = next(each for each in packages() if each.name == "aiohttp")


def package(name: str, version: str, scope: Scope = Scope.REQUIRED) -> Package:
    return Package(name, Version(version), scope, ("a" * 64,))


def record(id_: str, name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    affected = {
        "package": {"ecosystem": "PyPI", "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": list(events)}],
    }
    return {"id": id_, "modified": "2026-11-28T00:00:00Z", "summary": "a hole", "affected": [affected], **more}


def ranged(*events: dict[str, str], versions: tuple[str, ...] = (), kind: str = "ECOSYSTEM") -> Affected:
    return Affected(ranges=[Range(kind, [Event(**each) for each in events])], versions=list(versions))


@pytest.mark.parametrize(
    ("version", "affected", "is_it"),
    [
        ("1.4", ranged({"introduced": "0"}, {"fixed": "1.5"}), True),
        ("1.5", ranged({"introduced": "0"}, {"fixed": "1.5"}), False),
        ("1.5rc1", ranged({"introduced": "0"}, {"fixed": "1.5"}), True),
        ("1.5.post1", ranged({"introduced": "0"}, {"fixed": "1.5"}), False),
        ("1.10", ranged({"introduced": "1.9"}, {"fixed": "1.11"}), True),
        ("1.0", ranged({"introduced": "1.1"}, {"fixed": "1.5"}), False),
        ("2.0", ranged({"introduced": "1.0"}, {"last_affected": "2.0"}), True),
        ("2.0.1", ranged({"introduced": "1.0"}, {"last_affected": "2.0"}), False),
        ("3.2", ranged({"introduced": "0"}, {"fixed": "2.0"}, {"introduced": "3.0"}, {"fixed": "3.3"}), True),
        ("2.5", ranged({"introduced": "3.0"}, {"fixed": "3.3"}, {"introduced": "0"}, {"fixed": "2.0"}), False),
        ("9", ranged({"introduced": "0"}), True),
        ("1!1.0", ranged({"introduced": "0"}, {"fixed": "2025.1"}), False),
        ("1.0", ranged({"introduced": "0"}, {"limit": "0.9"}), False),
        ("1.0", ranged({"introduced": "0"}, {"limit": "*"}), True),
        ("1.0", ranged({"introduced": "0"}, kind="GIT"), False),
        ("1.0.0", ranged(versions=("1.0",)), True),
        ("1.1", ranged(versions=("1.0", "no version")), False),
        ("1.2", ranged({"introduced": "1.0"}, {"introduced": "1.2"}, {"fixed": "1.2"}), True),
    ],
)
def test_a_version_is_judged_by_lists_and_by_events_in_the_order_of_versions(
    version: str, affected: Affected, is_it: bool
) -> None:
    assert is_affected(Version(version), affected) is is_it


SPANS = st.lists(st.integers(0, 30), min_size=2, max_size=8, unique=True).map(sorted)


@given(SPANS, st.integers(0, 31), st.randoms())
def test_events_in_whatever_order_are_the_spans_that_they_bound(bounds: list[int], minor: int, chance: Any) -> None:
    spans = list(zip(bounds[::2], bounds[1::2], strict=False))
    events = [event for start, end in spans for event in ({"introduced": f"1.{start}"}, {"fixed": f"1.{end}"})]
    chance.shuffle(events)
    assert is_affected(Version(f"1.{minor}"), ranged(*events)) is any(start <= minor < end for start, end in spans)


def _export(kind: str, folder: Path, records: list[dict[str, Any]]) -> Path:
    file = folder / f"osv-{kind}"
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            for each in records:
                archive.writestr(f"{each['id']}.json", json.dumps(each))
    elif kind == "folder":
        file.mkdir()
        for each in records:
            (file / f"{each['id']}.json").write_text(json.dumps(each))
    elif kind == "lines":
        file.write_text("".join(json.dumps(each) + "\n" for each in records))
    else:
        file.write_text(json.dumps(records if kind == "list" else {"vulns": records}))
    return file


@pytest.mark.parametrize("kind", ["zip", "folder", "lines", "list", "answer"])
def test_every_form_of_an_export_finds_what_is_planted_and_nothing_else(kind: str, tmp_path: Path) -> None:
    records = [
        record("PYSEC-1", "Left_Pad", {"introduced": "0"}, {"fixed": "1.4"}, {"introduced": "2"}, {"fixed": "2.5"}),
        record("PYSEC-2", "left-pad", {"introduced": "2.5"}),
        record("PYSEC-3", "left-pad", {"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z"),
        record("PYSEC-4", "leftpad", {"introduced": "0"}),
        {"id": "GHSA-5", "affected": [{"package": {"ecosystem": "npm", "name": "left-pad"}, "versions": ["1.3"]}]},
        record("PYSEC-6", "used-by-tests", {"introduced": "0"}),
    ]  # fmt: skip
    ours = [package("left-pad", "1.3"), package("safe", "1.0"), package("used-by-tests", "1", Scope.EXCLUDED)]
    verdict = check(ours, [_export(kind, tmp_path, records)])
    assert [(each.record.id, each.package.name, each.fixed_in) for each in verdict.found] == [
        ("PYSEC-1", "left-pad", ("1.4", "2.5")),
        ("PYSEC-6", "used-by-tests", ()),
    ]
    assert (verdict.looked_at, verdict.unsure, verdict.newest) == (5, [], "2026-11-28T00:00:00Z")


def test_what_cannot_be_judged_is_told_and_what_can_is_found_all_the_same(tmp_path: Path) -> None:
    source = tmp_path / "osv"
    source.mkdir()
    (source / "a.json").write_text("{")
    (source / "b.json").write_text(json.dumps({"id": 5}))
    (source / "c.json").write_text(json.dumps(record("PYSEC-1", "one", {"introduced": "newest"})))
    (source / "d.json").write_text(json.dumps(record("PYSEC-2", "one", {"introduced": "0"})))
    (source / "e.json").write_text("[" * 100_000)
    (source / "f.json").write_text("7")
    verdict = check([package("one", "1")], [source])
    assert [each.record.id for each in verdict.found] == ["PYSEC-2"]
    assert [line.rpartition("/")[2].split(": ")[0] for line in verdict.unsure] == [
        "a.json", "b.json", "PYSEC-1 one 1", "e.json", "f.json",
    ]  # fmt: skip


def test_one_record_twice_is_one_finding(tmp_path: Path) -> None:
    source = _export("list", tmp_path, [record("PYSEC-1", "one", {"introduced": "0"})])
    assert len(check([package("one", "1")], [source, source]).found) == 1


def test_what_we_run_is_held_against_a_file_and_the_exit_code_says_what_came_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    safe = record("PYSEC-1", "aiohttp", {"introduced": "0"}, {"fixed": str(AIOHTTP.version)})
    hole = record("PYSEC-2", "aiohttp", {"introduced": str(AIOHTTP.version)}, {"fixed": "99"}, aliases=["CVE-2026-1"])
    assert main(["check", "--osv", str(_export("list", tmp_path, [safe]))]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "against 1 records, the newest of 2026-11-28T00:00:00Z: 0 known, 0 not judged" in said.err
    assert "not looked at: what lies in images of others: apache/kafka:" in said.err
    assert main(["check", "--osv", str(_export("answer", tmp_path, [safe, hole]))]) == 1
    assert capsys.readouterr().out == (
        f"aiohttp {AIOHTTP.version} (required): PYSEC-2, CVE-2026-1: a hole; fixed in 99\n"
    )
    assert main(["check", "--json", "--osv", str(_export("lines", tmp_path, [safe, hole]))]) == 1
    assert json.loads(capsys.readouterr().out)["ids"] == ["PYSEC-2", "CVE-2026-1"]


@pytest.mark.parametrize(
    "content", ["[]", "", json.dumps([{"id": "GO-1", "affected": [{"package": {"ecosystem": "Go", "name": "x"}}]}])]
)
def test_a_file_that_says_nothing_of_pypi_clears_nobody(content: str, tmp_path: Path) -> None:
    (tmp_path / "osv.json").write_text(content)
    assert main(["check", "--osv", str(tmp_path / "osv.json")]) == 2
    assert main(["check", "--osv", str(tmp_path / "none.json")]) == 2
