"""Lists of orders by state and time: a filter leaves out, and its pages follow each other as the whole list's do."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from services.contracts.catalog import MerchantId
from tests.worlds.ordering import SITI, placed
from tests.worlds.ordering_site import Site

CANCEL = "mutation($id: ID!) { cancelOrder(id: $id) { problems { code } } }"
_NODES = "edges { node { id status placedAt } } pageInfo { hasNextPage endCursor }"
BUYERS = f"""query($status: OrderStatus, $from: DateTime, $to: DateTime, $first: Int, $after: String) {{ me {{
  orders(status: $status, placedFrom: $from, placedTo: $to, first: $first, after: $after) {{ {_NODES} }} }} }}"""
MERCHANTS = f"""query($of: [_Any!]!, $status: SellerOrderStatus, $from: DateTime, $to: DateTime, $first: Int, $after: String) {{
  _entities(representations: $of) {{ ... on Merchant {{
    orders(status: $status, placedFrom: $from, placedTo: $to, first: $first, after: $after) {{ {_NODES} }} }} }} }}"""
OF = [{"__typename": "Merchant", "id": str(MerchantId.seeded("wlijo"))}]


@pytest.fixture
async def orders(site: Site) -> list[str]:
    """Five, a second apart; the second and the fourth were cancelled."""
    ids = []
    for _ in range(5):
        ids.append(str(await placed(site.world)))
        await site.world.move_clock(1)
        await site.world.value(
            "WITH gone AS (DELETE FROM outbox RETURNING 1) SELECT count(*) FROM gone"
        )  # it was told in time
    for each in (ids[1], ids[3]):
        await site.data(CANCEL, id=each)
    return ids


async def _page(site: Site, document: str, **variables: Any) -> Any:
    if document is BUYERS:
        return (await site.data(document, **variables))["orders"]
    return (await site.data(document, "usr_wlijo", "merchant", of=OF, **variables))[0]["orders"]


async def _all(site: Site, document: str, first: int, **wanted: Any) -> list[Any]:
    found: list[Any] = []
    after = None
    while True:
        page = await _page(site, document, first=first, after=after, **wanted)
        found += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


@pytest.mark.parametrize("document", [BUYERS, MERCHANTS], ids=["buyer", "merchant"])
async def test_a_filtered_list_is_the_whole_list_without_the_others(
    site: Site, orders: list[str], document: str
) -> None:
    whole = await _all(site, document, 100)
    assert len(whole) == len(orders)
    assert [each["placedAt"] for each in whole] == sorted((each["placedAt"] for each in whole), reverse=True)
    moments = [None, whole[1]["placedAt"], whole[3]["placedAt"]]
    statuses = [None, *sorted({each["status"] for each in whole})]
    assert len(statuses) == 3
    for status, begin, end, first in product(statuses, moments, moments, (1, 2, 100)):
        kept = [
            each
            for each in whole
            if (status is None or each["status"] == status)
            and (begin is None or each["placedAt"] >= begin)
            and (end is None or each["placedAt"] < end)
        ]
        wanted = {"status": status, "from": begin, "to": end}
        assert (wanted, await _all(site, document, first, **wanted)) == (wanted, kept)


async def test_what_came_meanwhile_moves_no_page(site: Site, orders: list[str]) -> None:
    first = await _page(site, BUYERS, first=1, status="PLACED")
    await placed(site.world)
    rest = await _page(site, BUYERS, first=10, status="PLACED", after=first["pageInfo"]["endCursor"])
    seen = [edge["node"]["id"] for edge in (*first["edges"], *rest["edges"])]
    assert seen == [orders[4], orders[2], orders[0]]


async def test_a_stranger_finds_nothing_whatever_he_asks_for(site: Site, orders: list[str]) -> None:
    assert (await site.data(BUYERS, "usr_budi", status="PLACED"))["orders"]["edges"] == []
    (merchant,) = await site.data(MERCHANTS, SITI, of=OF, status="CANCELLED")
    assert merchant["orders"] is None
