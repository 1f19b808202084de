"""Plans as text: each file of plans/ holds operations over the supergraph of its name, and the plan of each."""

import os
import re
from pathlib import Path

import pytest

from gateway.pipeline import Request
from tests.gateway.kit.gateway import Federation

PLANS = Path(__file__).parent / "plans"
_SECTION = re.compile(r"^## (?P<title>[^\n]+)\n\n(?P<query>.+?)\n\n(?P<plan>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def sections(text: str) -> list[tuple[str, str, str]]:
    return [(one["title"], one["query"], one["plan"].strip()) for one in _SECTION.finditer(text)]


@pytest.mark.parametrize("file", sorted(PLANS.glob("*.txt")), ids=lambda file: file.stem)
def test_the_plan_is_the_one_that_was_agreed(file: Path) -> None:
    """UPDATE_PLANS=1 writes the files anew, for review."""
    pipeline = Federation.of(file.stem).pipeline
    agreed = sections(file.read_text(encoding="utf-8"))
    assert agreed, f"{file.name} has no section"
    found = [(title, query, pipeline.explain(Request(query))[0].render().strip()) for title, query, _ in agreed]
    if os.environ.get("UPDATE_PLANS"):
        text = "\n".join(f"## {title}\n\n{query}\n\n{plan}\n" for title, query, plan in found)
        file.write_text(text, encoding="utf-8")
    assert found == sections(file.read_text(encoding="utf-8"))
