"""What bounds each table of insight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.kit.database.kept import BACKBONE, HISTORY, JOINED, Kept, for_ever, of_things, until_done

_SUMS = "sums by day or month in fixed cubes, however many orders they are of"
_PUBLISHED = "what was published"

KEPT: Final[Mapping[str, Kept]] = {
    **BACKBONE,
    # What an order leaves.
    "inbox": JOINED,
    "working": until_done(
        "services.insight.store.settling.settle", "until its month is settled, 62 days after its end"
    ),
    "month_key": until_done("services.insight.store.settling.settle", "until its month is settled"),
    "complaint": until_done("services.insight.store.due.close", "until it is settled"),
    # Sums.
    "tally": of_things(_SUMS),
    "complaint_tally": of_things(_SUMS),
    "asked_price": of_things("a day, a commodity and a kecamatan"),
    "reference_price": of_things("a day and a commodity"),
    "generation": of_things("a time that sums were built anew"),
    "publication": for_ever(_PUBLISHED),
    "published_cell": for_ever(_PUBLISHED),
    "published_file": for_ever(_PUBLISHED),
    "price_load": HISTORY,
    # What was heard of others.
    "company": of_things("a company"),
    "goods": of_things("goods by their unit"),
    "licence": of_things("a licence"),
    "seller_was": of_things("a change of a merchant"),
    "seller_life": of_things("a merchant"),
}
