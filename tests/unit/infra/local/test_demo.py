"""How slowly the demo may be asked to go."""

import pytest

from infra.local.demo import DemoFailed, pace_s


@pytest.mark.parametrize(("told", "seconds"), [("", 0), ("0", 0), ("20", 20), ("300", 300)])
def test_a_pace_is_whole_seconds(told: str, seconds: int) -> None:
    assert pace_s(told) == seconds


@pytest.mark.parametrize("told", ["fast", "-1", "1.5", "301", "²", "٣", " 5", "1e2"])
def test_anything_else_is_refused_by_its_name(told: str) -> None:
    with pytest.raises(DemoFailed, match="PACE="):
        pace_s(told)
