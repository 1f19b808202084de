"""What one operation carries: who calls, and the loaders that turn many small questions into one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self, TypeVar

from strawberry.dataloader import DataLoader

from services.kit.graphql.paced import pace
from services.kit.http.identity import Identity

K = TypeVar("K")
V = TypeVar("V")


class RequestContext:
    """A service's context extends it with what its resolvers need:

        class Context(RequestContext):
            def __init__(self, identity: Identity, db: Database) -> None:
                super().__init__(identity)
                self.db = db

        async def products(context: Context, ids: list[ProductId]) -> list[Product | None]: …

        product = await info.context.load(products, product_id)

    There is one context per operation, and one per message of a subscription as far as loaders are concerned.
    `address` is where a mutation came from; '' where that is not known.
    """

    address = ""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    def loader(self, many: Callable[[Self, list[K]], Awaitable[Sequence[V]]]) -> DataLoader[K, V]:
        """The loader of this operation for a function that answers for many keys, one value per key, in their order.

        `many` must be a module's function: it is also the loader's name.
        """
        found = self._loaders.get(many)
        if found is None:

            async def load(keys: list[K]) -> Sequence[V]:
                return await many(self, keys)

            found = self._loaders[many] = DataLoader(load, max_batch_size=500)
        return found

    async def load(self, many: Callable[[Self, list[K]], Awaitable[Sequence[V]]], key: K) -> V:
        """`many` for one key, together with all other keys asked for at this moment; each key is asked for once."""
        # Who asks for the same key shares one future: a list that failed, and took what waits in it along, takes nobody else's.
        loaded = await asyncio.shield(self.loader(many).load(key))
        if (found := pace()) is not None:
            await found.go_on()
        return loaded

    def forget(self) -> None:
        """Drop what was loaded: the next message of a subscription shows the present."""
        self._loaders.clear()
