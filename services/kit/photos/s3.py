"""Files of photos in a bucket of any store that speaks S3."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from services.kit.photos.storage import StorageAway
from services.kit.secret import Secret

_PAGE: Final = 1_000


class S3Storage:
    """`endpoint` is the store's address, "" for Amazon's of that region; with plain HTTP for one on the same host or network alone."""

    def __init__(self, *, endpoint: str, bucket: str, region: str, access_key: str, secret_key: Secret) -> None:
        self._store = S3Store(
            bucket,
            # Amazon's own when there is none.
            endpoint=endpoint or f"https://s3.{region}.amazonaws.com",
            region=region,
            access_key_id=access_key,
            secret_access_key=secret_key.reveal(),
            # The bucket is a part of the path, which all have: few stores have a host for each.
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=3),
                "timeout": timedelta(seconds=20),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
        )

    async def put(self, key: str, content: bytes) -> None:
        try:
            await self._store.put_async(key, content)
        except BaseError as error:
            raise _away(error) from error

    async def get(self, key: str) -> bytes | None:
        try:
            found = await self._store.get_async(key)
            return bytes(await found.bytes_async())
        except (FileNotFoundError, NotFoundError):
            return None
        except BaseError as error:
            raise _away(error) from error

    async def delete(self, keys: Sequence[str]) -> None:
        try:
            for at in range(0, len(keys), _PAGE):
                await self._store.delete_async(list(keys[at : at + _PAGE]))
        except (FileNotFoundError, NotFoundError):
            return
        except BaseError as error:
            raise _away(error) from error

    async def keys(self, folder: str) -> AsyncIterator[list[str]]:
        try:
            async for page in self._store.list(f"{folder}/", chunk_size=_PAGE):
                yield [each["path"] for each in page]
        except BaseError as error:
            raise _away(error) from error


def _away(error: BaseError) -> StorageAway:
    """Its text has addresses and what the store says, which nobody else needs to know."""
    return StorageAway(type(error).__name__)
