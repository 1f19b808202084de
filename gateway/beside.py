"""Work that would hold up the loop, done in a thread beside it, one piece after another.

The interpreter gives the loop its turn every few milliseconds; a second such thread would take from the requests' share.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

_THREAD = ThreadPoolExecutor(1, thread_name_prefix="documents")


async def done(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What the work gives, in the caller's context. Given up while it waits for its turn, it is not done."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_THREAD, lambda: context.run(work, *args, **kwargs))
