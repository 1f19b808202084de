"""How far back one looks for sessions that have ended: seldom far, for each look would see all of them again."""

from __future__ import annotations

from collections import Counter

from services.people import ended


def test_all_is_looked_at_seldom_and_what_was_committed_late_now_and_then() -> None:
    looked = [ended._within_s(look) for look in range(1, 101)]
    assert Counter(looked) == {ended._JUST_NOW_S: 90, ended._LATE_S: 9, ended._KEPT_S: 1}
    assert all(max(looked[start : start + 10]) >= ended._LATE_S for start in range(91))
