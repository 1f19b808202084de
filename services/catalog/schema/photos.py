"""Photos of goods and of merchants, as everybody sees them; and documents', for those whom they concern."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self

import strawberry

from services.catalog.domain.photo import MAX_ALT_CHARACTERS, MAX_PHOTOS, MAX_WAITING, PhotoPurpose, Size
from services.catalog.media.media import Photos, public_address
from services.catalog.schema import photo_loaders as loaders
from services.catalog.schema.loaders import Info
from services.catalog.store.photos import MAX_CHANGES, PhotoView
from services.contracts.catalog import MediaId, MerchantId, ProductId
from services.kit.graphql.enums import described
from services.kit.graphql.errors import ServiceUnavailable
from services.kit.graphql.pages import sized

_MOST_SIZES = 3

described(
    PhotoPurpose,
    "What a photo is sent for. New values may come.",
    PRODUCT="Of goods.",
    MERCHANT="Of a merchant: the stall, the people.",
    LICENCE="Of a document; for its merchant's people and the platform alone.",
)


@strawberry.type(description="One file of a photo, WebP.")
class PhotoSize:
    url: str = strawberry.field(
        description="On this origin: a path. What is there never changes; a document's is good for minutes."
    )
    width: int = strawberry.field(description="Pixels.")
    height: int = strawberry.field(description="Pixels.")


@strawberry.type(description="A photo in several sizes, upright, without what the camera wrote of place and time.")
class Photo:
    id: strawberry.ID = strawberry.field(description="What its merchant names it by.")
    alt: str = strawberry.field(
        description=f"What it shows, for who does not see it; up to {MAX_ALT_CHARACTERS} characters. Empty of one that is shown nowhere."
    )
    color: str = strawberry.field(description="Its colour on the whole, #rrggbb, to be seen until it is there.")
    sizes: list[PhotoSize] = strawberry.field(
        description="The smallest first: longer sides of 240, 640 and 1280 pixels, of a small photo fewer.",
        directives=[sized(_MOST_SIZES)],
    )

    @classmethod
    def of(cls, row: PhotoView) -> Self:
        return cls._with(row, [public_address(each) for each in row.sizes])

    @classmethod
    def private(cls, row: PhotoView, photos: Photos, now: datetime) -> Self:
        """A document's, or one that waits."""
        if not row.purpose.private:
            return cls.of(row)
        return cls._with(row, [photos.private_address(each, now) for each in row.sizes])

    @classmethod
    def _with(cls, row: PhotoView, urls: Sequence[str]) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            alt=row.alt,
            color=row.color,
            sizes=[_size(url, each) for url, each in zip(urls, row.sizes, strict=True)],
        )


def _size(url: str, size: Size) -> PhotoSize:
    return PhotoSize(url=url, width=size.width, height=size.height)


@strawberry.type(description="What somebody of the merchant did with photos of a product.")
class PhotoChange:
    action: str = strawberry.field(description="ADDED, REMOVED, or ORDERED: the order became another.")
    photo_id: strawberry.ID | None = strawberry.field(description="Which photo; it may be gone.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type
class ShownInPhotos:
    """The fields of `Product` that this is about."""

    if TYPE_CHECKING:
        key: ProductId

    @strawberry.field(description="The first of `photos`, for lists; null when there is none.")
    async def photo(self, info: Info) -> Photo | None:
        row = await info.context.load(loaders.first_photos, self.key)
        return Photo.of(row) if row else None

    @strawberry.field(
        description=f"In the order that its merchant wants; at most {MAX_PHOTOS}.", directives=[sized(MAX_PHOTOS)]
    )
    async def photos(self, info: Info) -> list[Photo]:
        return [Photo.of(row) for row in await info.context.load(loaders.photos_of_products, self.key)]

    @strawberry.field(
        description=f"The newest first, at most {MAX_CHANGES}; for its merchant's own people and operators, else empty.",
        directives=[sized(MAX_CHANGES)],
    )
    async def photo_history(self, info: Info) -> list[PhotoChange]:
        return [
            PhotoChange(
                action=row.action, photo_id=strawberry.ID(str(row.media_id)) if row.media_id else None, at=row.at
            )
            for row in await info.context.load(loaders.photo_changes, self.key)
        ]


@strawberry.type
class Portrayed:
    """The fields of `Merchant` that this is about."""

    if TYPE_CHECKING:
        key: MerchantId

    @strawberry.field(description="Of the stall, or of who sells; null when there is none.")
    async def photo(self, info: Info) -> Photo | None:
        row = await info.context.load(loaders.photos_of_merchants, self.key)
        return Photo.of(row) if row else None

    @strawberry.field(
        description=f"Sent, and used nowhere yet, the newest first, at most {MAX_WAITING}: each goes within a day. "
        "For its own people, and without documents for operators; else empty.",
        directives=[sized(MAX_WAITING)],
    )
    async def waiting_photos(self, info: Info) -> list[Photo]:
        rows = await info.context.load(loaders.waiting_photos, self.key)
        if not rows:
            return []
        now = await info.context.load(loaders.now, "now")
        return [Photo.private(row, place_of(info), now) for row in rows]


async def document(info: Info, media_id: MediaId) -> Photo | None:
    """The photo of a licence, at addresses that are good for a while (`SHOWN_FOR`): for the merchant's people and the platform; None for
    others, and of one that is gone. What staff are handed is written down."""
    found = await info.context.load(loaders.documents, media_id)
    return Photo.private(found[0], place_of(info), found[1]) if found else None


def place_of(info: Info) -> Photos:
    """Raises ServiceUnavailable where there is no place for photos."""
    if info.context.photos is None:
        raise ServiceUnavailable("there is no place for photos here")
    return info.context.photos
