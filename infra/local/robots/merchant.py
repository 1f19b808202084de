"""The robot of a merchant: accepts what is ordered and packs it, over GraphQL as a merchant's app would.

Settings come by environment: MERCHANT_ID, PLATFORM_URL, SIGN_IN_PHONE, STEP_S.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Mapping

from infra.local.robots.platform import Person, Platform, PlatformError

_log = logging.getLogger("merchant")
_ORDERS = "subscription Orders($merchant: ID!) { merchantOrders(merchantId: $merchant) { orders { id status } } }"
_MUTATIONS = {
    "AWAITING_MERCHANT": "acceptSellerOrder",
    "ACCEPTED": "markSellerOrderReady",
    "PACKING": "markSellerOrderReady",
}
_PAUSE_S = 1.0


async def work(platform: Platform, merchant_id: str, step_s: float) -> None:
    """Until cancelled. A subscription tells the present first, so a broken line loses nothing."""
    while True:
        try:
            async for message in platform.subscribe(_ORDERS, {"merchant": merchant_id}):
                for order in message["merchantOrders"]["orders"]:
                    if mutation := _MUTATIONS.get(order["status"]):
                        await asyncio.sleep(step_s)
                        await _do(platform, mutation, order["id"])
        except PlatformError as problem:
            _log.warning("%s", problem)
        await asyncio.sleep(_PAUSE_S)


async def _do(platform: Platform, mutation: str, order_id: str) -> None:
    """An outcome that is a problem (cancelled meanwhile, say) is the buyer's right, not an error."""
    document = f"mutation($id: ID!) {{ {mutation}(id: $id) {{ sellerOrder {{ status }} problems {{ code }} }} }}"
    outcome = (await platform.query(document, {"id": order_id}))[mutation]
    said = (outcome["sellerOrder"] or {}).get("status") or [each["code"] for each in outcome["problems"]]
    _log.info("%s %s: %s", mutation, order_id, said)


async def run(settings: Mapping[str, str]) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    url = settings["PLATFORM_URL"]
    async with Platform(url, Person(url, settings["SIGN_IN_PHONE"])) as platform:
        working = asyncio.create_task(work(platform, settings["MERCHANT_ID"], float(settings.get("STEP_S", "1"))))
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        if working in done and not working.cancelled():
            working.result()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(run(os.environ))


if __name__ == "__main__":
    main()
