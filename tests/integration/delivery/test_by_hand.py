"""Tariffs and zones are entered out of a file by ops; what is there never changes, and a wrong line enters nothing."""

from __future__ import annotations

import copy
import io
import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.state import ROOT
from services.delivery import by_hand
from services.kit.database.db import Database
from tests.worlds import servers

SEED: dict[str, Any] = json.loads((ROOT / "infra/local/seed/delivery.json").read_text("utf-8"))
NEXT = {**SEED["tariffs"][-1], "key": "goods-2027-01", "version": 3, "valid_from": "2027-01-01", "per_km_rupiah": 2_300}


@pytest.fixture
async def db(own: servers.TestDatabase) -> Any:
    made = Database(own.url)
    await made.open()
    yield made
    await made.close()


def _file(folder: Path, content: Any) -> str:
    file = folder / "prices.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(file)


async def _entered(db: Database, folder: Path, content: Any) -> tuple[int, Any]:
    file = _file(folder, content)
    said: list[Any] = []
    code = await by_hand.enter(db, [file], said.append)
    return code, said[0]


async def _rules(db: Database) -> list[Any]:
    async with db.acquire() as conn:
        return [tuple(row) for row in await conn.fetch("SELECT version, entered_by FROM tariff_rule ORDER BY version")]


async def test_what_is_new_is_entered_with_who_and_once(db: Database, tmp_path: Path) -> None:
    await _entered(db, tmp_path, SEED)
    before = await _rules(db)
    assert await _entered(db, tmp_path, {"tariffs": [*SEED["tariffs"], NEXT]}) == (0, {"entered": ["goods-2027-01"]})
    assert await _entered(db, tmp_path, {"tariffs": [NEXT], "zones": SEED["zones"]}) == (0, {"entered": []})
    ((version, by),) = [rule for rule in await _rules(db) if rule not in before]
    assert version == "GOODS-I-v3"
    assert by.startswith("by hand, user ")


async def test_a_file_may_come_in_by_a_pipe(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps({"tariffs": [NEXT]}).encode())))
    said: list[Any] = []
    assert await by_hand.enter(db, ["-"], said.append) == 0
    assert said == [{"entered": ["goods-2027-01"]}]


@pytest.mark.parametrize(
    "change",
    [
        {"per_km_rupiah": 2_400},
        {"version": 4, "per_km_rupiah": 2_400},  # another version for a day that has one
        {"valid_from": "2027-02-01"},
        {"legal_basis": "another"},
    ],
)
async def test_a_rule_that_is_there_never_changes(db: Database, tmp_path: Path, change: dict[str, Any]) -> None:
    await _entered(db, tmp_path, {"tariffs": [NEXT]})
    before = await _rules(db)
    later = {**NEXT, "key": "goods-2028-01", "version": 9, "valid_from": "2028-01-01"}
    code, said = await _entered(db, tmp_path, {"tariffs": [later, {**NEXT, **change}]})
    assert (code, "there is another rule" in said["refused"]) == (1, True)
    assert await _rules(db) == before


async def test_a_zone_that_is_there_never_changes(db: Database, tmp_path: Path) -> None:
    await _entered(db, tmp_path, SEED)
    moved = copy.deepcopy(SEED["zones"][0])
    moved["boundary"][0]["lat"] += 0.01
    code, said = await _entered(db, tmp_path, {"zones": [moved]})
    assert (code, said["refused"].endswith("there is another zone of this key")) == (1, True)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"rider_share_pct": 90}, "percents that make 100"),
        ({"min_fee_rupiah": -1}, "min_fee_rupiah"),
        ({"per_km_rupiah": 10_000_000}, "rupiah for"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"version": 1.5}, "version"),
        ({"legal_basis": "SK\u202e"}, ""),
        ({"legal_basis": ""}, "legal_basis"),
        ({"zone_code": "i"}, "zone_code"),
        ({"surcharge": 1}, "surcharge"),
    ],
)
async def test_a_wrong_line_enters_nothing(db: Database, tmp_path: Path, change: dict[str, Any], word: str) -> None:
    before = await _rules(db)
    code, said = await _entered(db, tmp_path, {"tariffs": [NEXT, {**NEXT, "key": "b", "version": 8, **change}]})
    assert code == 1
    assert word in said["refused"]
    assert await _rules(db) == before


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '{"tariffs": {}}', '{"zones": [{"key": "a"}]}'])
async def test_what_is_no_such_file_is_refused(db: Database, tmp_path: Path, content: str) -> None:
    code, said = await _entered(db, tmp_path, content)
    assert (code, bool(said["refused"])) == (1, True)
    assert await by_hand.enter(db, [str(tmp_path / "nothing.json")], lambda _: None) == 1
