"""The page that apps read names every code of a refusal, once, with its facts."""

from __future__ import annotations

import re
from pathlib import Path

from services.contracts.problems import ProblemCode

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def test_the_page_names_every_code_once_with_its_facts() -> None:
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    named = [code for codes, _ in rows for code in re.findall(r"`([A-Z_]+)`", codes)]
    assert sorted(named) == sorted(code.name for code in ProblemCode)
