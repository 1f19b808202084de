"""Each of our states has one word elsewhere, each word there is read as one of ours or as none, and the way there and back agrees."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from services.delivery.domain import elsewhere
from services.delivery.domain.trip import TERMINAL, DeliveryStatus

_PAIRS: list[tuple[type[StrEnum], Mapping[DeliveryStatus, Any], Mapping[Any, DeliveryStatus | None]]] = [
    (elsewhere.Ondc, elsewhere.TO_ONDC, elsewhere.FROM_ONDC),
    (elsewhere.Uber, elsewhere.TO_UBER, elsewhere.FROM_UBER),
    (elsewhere.DoorDash, elsewhere.TO_DOORDASH, elsewhere.FROM_DOORDASH),
    (elsewhere.Lalamove, elsewhere.TO_LALAMOVE, elsewhere.FROM_LALAMOVE),
]


@pytest.mark.parametrize(("words", "to", "back"), _PAIRS, ids=lambda each: getattr(each, "__name__", ""))
def test_nothing_is_left_out_either_way(
    words: type[StrEnum], to: Mapping[DeliveryStatus, Any], back: Mapping[Any, DeliveryStatus | None]
) -> None:
    assert set(to) == set(DeliveryStatus)
    assert set(back) == set(words)
    assert set(to.values()) <= set(words)


@pytest.mark.parametrize(("words", "to", "back"), _PAIRS, ids=lambda each: getattr(each, "__name__", ""))
def test_there_and_back_is_the_same_word_and_never_further_than_we_are(
    words: type[StrEnum], to: Mapping[DeliveryStatus, Any], back: Mapping[Any, DeliveryStatus | None]
) -> None:
    for status, word in to.items():
        returned = back[word]
        assert returned is not None
        assert to[returned] == word
        # Whoever reads ours elsewhere takes it for ended exactly when it is.
        assert (returned in TERMINAL) == (status in TERMINAL)
