"""The house's rules, each shown what it must refuse."""

from __future__ import annotations

import pytest

from services.contracts.problems import ProblemCode
from services.contracts.registry import NAMES
from tests import house


@pytest.mark.parametrize(
    "text",
    [
        "def cancel_merchant() -> None: ...",
        'TOPIC = "partner.replies"',
        "CART_EMPTY = 1",
        "class ReservationStore: ...",
    ],
)
def test_a_business_word_in_the_kit_is_refused(text: str) -> None:
    assert house_says("no_business_word_in_the_kit", {"services/kit/messaging/inbox.py": text})


@pytest.mark.parametrize(
    "text",
    ['"""A merchant may be meant."""', "from functools import total_ordering", 'STEP = "ORDER BY seq"', "event = 1"],
)
def test_prose_and_what_has_another_meaning_are_not(text: str) -> None:
    assert house_says("no_business_word_in_the_kit", {"services/kit/messaging/inbox.py": text}) == []


def test_what_other_rooms_say_is_theirs() -> None:
    assert house_says("no_business_word_in_the_kit", {"services/catalog/app.py": "merchant = 1"}) == []


@pytest.mark.parametrize(
    "text",
    ['Q = "SELECT 1 FROM product"', 'Q = "\\n    UPDATE cart SET x = 1"', "from services.kit.database.db import Row"],
)
def test_sql_and_untyped_rows_outside_the_store_are_refused(text: str) -> None:
    assert house_says("sql_stands_in_the_store", {"services/catalog/commands.py": text})
    assert house_says("sql_stands_in_the_store", {"services/catalog/store/goods.py": text}) == []


@pytest.mark.parametrize(
    "inner",
    [
        "async with self.db.acquire() as other: pass",
        "async with transaction(db): pass",
        "x = await info.context.load(f, 1)",
    ],
)
def test_a_second_connection_while_one_is_held_is_refused(inner: str) -> None:
    def said(text: str) -> list[str]:
        return house_says("who_holds_a_connection_asks_for_no_other", {"services/catalog/schema/queries.py": text})

    for outer in ("db.acquire() as conn", "transaction(info.context.db) as conn"):
        assert said(f"async def f():\n    async with {outer}:\n        if x:\n            {inner}\n")
        assert said(f"async def f():\n    async with {outer}:\n        pass\n    {inner}\n") == []
    savepoint = "async def f():\n    async with transaction(db) as conn:\n        async with conn.transaction(): pass\n"
    assert said(savepoint) == []


def test_a_file_of_many_lines_is_refused() -> None:
    assert house_says("no_room_is_too_large", {"gateway/walk.py": "x = 1\n" * 401})
    assert (
        house_says("no_room_is_too_large", {"gateway/walk.py": "x = 1\n" * 400, "tests/long.py": "x = 1\n" * 900}) == []
    )


def test_a_service_without_one_of_the_files_is_refused() -> None:
    whole = {f"services/{name}/{each}": "" for name in NAMES for each in house._REQUIRED}
    whole |= {f"services/{name}/commands.py": "" for name in NAMES}
    assert house_says("services_have_one_shape", whole) == []
    for gone in ("services/ordering/hears.py", "services/ordering/commands.py"):
        assert len(house_says("services_have_one_shape", {path: "" for path in whole if path != gone})) == 1


def test_a_code_that_nothing_raises_is_refused() -> None:
    raising = "\n".join(f"x = ProblemCode.{code.name}" for code in ProblemCode)
    assert house_says("codes_are_raised", {"services/catalog/schema/problems.py": raising}) == []
    without = raising.replace("ProblemCode.QUOTE_USED", "None")
    assert house_says("codes_are_raised", {"services/catalog/schema/problems.py": without}) == [
        "nothing raises QUOTE_USED"
    ]


def test_a_decision_that_the_index_does_not_name_is_refused() -> None:
    files = {"docs/adr/0001-one.md": "", "docs/adr/README.md": "[One](0001-one.md)"}
    assert house_says("decisions_are_in_the_index", files) == []
    assert house_says("decisions_are_in_the_index", {**files, "docs/adr/0002-two.md": ""})
    assert house_says("decisions_are_in_the_index", {"docs/adr/README.md": "[One](0001-one.md)"})


def test_a_gap_and_a_twin_among_migrations_are_refused() -> None:
    def said(*names: str) -> list[str]:
        files = {f"services/{name}.sql": "" for name in names}
        return house_says("migrations_are_numbered_one_after_the_other", files)

    fine = ("catalog/migrations/0001_goods", "catalog/migrations/0002_stock", "kit/database/migrations/0001_backbone")
    assert said(*fine, "kit/database/migrations/local/clock") == []
    assert said(*fine, "catalog/migrations/0004_shelf") == ["services/catalog/migrations: there is no 0003"]
    assert said(*fine, "catalog/migrations/0002_shelf") == ["services/catalog/migrations: two files are number 0002"]
    assert said("delivery/migrations/0002_feed") == ["services/delivery/migrations: there is no 0001"]
    assert said(*fine, "kit/database/migrations/0003_gap") == ["services/kit/database/migrations: there is no 0002"]


def test_a_page_that_names_a_path_that_is_not_there_is_refused() -> None:
    page = {"docs/api.md": "See `services/catalog/gone.py`.", "services/catalog/app.py": ""}
    assert house_says("paths_in_pages_exist", page) == ["docs/api.md:1: there is no services/catalog/gone.py"]
    fine = "[it](services/catalog), `services/catalog/app.py`, services/<name>/app.py, tests/kafka/*.py"
    assert house_says("paths_in_pages_exist", {**page, "docs/api.md": fine}) == []


def house_says(rule: str, files: house.Files) -> list[str]:
    return list(getattr(house, rule)(files))
