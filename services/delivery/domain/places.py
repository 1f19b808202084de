"""The area that riders serve."""

from __future__ import annotations

from services.contracts import regency
from services.contracts.places import GeoPoint


def why_not_served(point: GeoPoint) -> str:
    """Why no rider goes there, or '' for a place that is served."""
    if (closed := regency.closed_area(point)) is not None:
        return f"the drop-off lies within {closed.radius_m} m of {closed.name}, where nobody may stay"
    return "" if regency.is_delivered_to(point) else "the drop-off lies outside the regency"
