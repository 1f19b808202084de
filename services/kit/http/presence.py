"""Work that nobody waits for any more is not done: a client that goes away takes its request's work with it, down to the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from services.kit import tasks


@asynccontextmanager
async def while_wanted(receive: Receive) -> AsyncIterator[None]:
    """The block is cancelled when the client goes, and ends in ClientDisconnect. To be entered once the body has been read.

    A statement that runs is cancelled on the server, its transaction rolled back, its connection used again.
    """
    working = asyncio.current_task()
    assert working is not None
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        working.cancel()

    watching = tasks.start(watch(), "the client's presence")
    try:
        yield
    except asyncio.CancelledError:
        if gone and not working.uncancel():
            raise ClientDisconnect from None
        raise
    finally:
        watching.cancel()  # from here on nothing cancels us any more
        await asyncio.wait({watching})
