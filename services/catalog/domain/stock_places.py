"""Places where a merchant's goods lie beside where it trades: its own, and shelves of hubs, to which both have agreed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.catalog.domain.ids import StockPlaceId
from services.contracts.catalog import MerchantId

MAX_PLACES: Final = 10
"""A merchant's own that are open."""
MAX_SHELVES: Final = 10
"""Shelves of hubs that a merchant is on, or was offered."""
MAX_HUB_SHELVES: Final = 500
"""Of one hub."""
MAX_OFFERS: Final = 20
"""Of one hub that nobody has answered."""
MAX_NAME: Final = 60
MAX_POSITION: Final = 1_000
MAX_HISTORY: Final = 50


class StockPlaceStatus(StrEnum):
    OFFERED = "OFFERED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class StockPlaceAction(StrEnum):
    CREATE = "CREATE"
    CHANGE = "CHANGE"
    CLOSE = "CLOSE"
    OFFER = "OFFER"
    ACCEPT = "ACCEPT"
    END = "END"


class PlacesAreTooMany(Exception):
    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most}")
        self.most = most


class NoHub(Exception):
    """It has no shelf to offer, or it is the merchant itself."""

    def __init__(self) -> None:
        super().__init__("only a merchant of the kind HUB that trades offers a shelf, to others than itself")


class PlaceIsNotEmpty(Exception):
    def __init__(self) -> None:
        super().__init__("goods lie there; move, sell or count them away first")


class PlaceInState(Exception):
    def __init__(self, status: StockPlaceStatus) -> None:
        super().__init__(f"the place is {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Place:
    """`hub_id` is whose shelf it is. `mine` and `hubs` are whether the caller is of the goods' merchant, and of the hub."""

    id: StockPlaceId
    merchant_id: MerchantId
    hub_id: MerchantId | None
    status: StockPlaceStatus
    mine: bool
    hubs: bool


def check_open(place: Place) -> None:
    """Raises PlaceInState."""
    if place.status is not StockPlaceStatus.OPEN:
        raise PlaceInState(place.status)
