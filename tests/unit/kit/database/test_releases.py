"""From each release to the next, and none left out."""

from __future__ import annotations

import tomllib

from infra.local.state import ROOT
from services.kit.database.releases import RELEASES, why_not

_KNOWN = ("1.0.0", "1.1.0", "1.2.0")


def test_this_version_is_the_last_release() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == RELEASES[-1]


def test_the_next_release_may_and_one_after_it_may_not() -> None:
    assert why_not(None, "1.2.0", _KNOWN) is None
    assert why_not("1.1.0", "1.1.0", _KNOWN) is None
    assert why_not("1.0.0", "1.1.0", _KNOWN) is None
    assert (
        why_not("1.0.0", "1.2.0", _KNOWN) == "from 1.0.0 to 1.2.0 1.1.0 would be skipped: bring it up with 1.1.0 first"
    )
    assert why_not("1.2.0", "1.0.0", _KNOWN) is None
    assert "it is newer" in (why_not("2.0.0", "1.2.0", _KNOWN) or "")
