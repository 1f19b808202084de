from __future__ import annotations

import pytest

from services.web.app import takes_gzip


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.5"])
def test_who_takes_gzip_is_sent_it(accepted: str) -> None:
    assert takes_gzip(accepted)


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0, br", "x-gzippy"])
def test_who_does_not_is_not(accepted: str) -> None:
    assert not takes_gzip(accepted)
