"""A merchant's people send photos, and say where they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from services.catalog.commands import photos
from services.catalog.domain.caller import NotFound
from services.catalog.domain.photo import (
    MAX_ALT_CHARACTERS,
    MAX_BYTES,
    MAX_PHOTOS,
    MAX_RETURN_CHARACTERS,
    UPLOAD_WITHIN,
    PhotoPurpose,
    is_ours,
)
from services.catalog.schema.loaders import Info
from services.catalog.schema.photos import place_of
from services.catalog.schema.types import Merchant, Product
from services.contracts.catalog import MediaId, MerchantId, ProductId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable

_Of = Annotated[strawberry.ID, strawberry.argument(description="A product of a merchant of which the caller is.")]
_Photo = Annotated[
    strawberry.ID, strawberry.argument(description="As `requestPhotoUpload` called it, once it was sent.")
]
_ALT = f"What it shows, for who does not see it; 1 to {MAX_ALT_CHARACTERS} characters."


@strawberry.type(description="Where one photo is to be sent.")
class PhotoUpload:
    photo_id: strawberry.ID = strawberry.field(description="What it is called from now on.")
    url: str = strawberry.field(
        description="On this origin, a path: PUT or POST there the file itself, or a form with the file in it. It needs no token, and is "
        "good for this photo alone."
    )
    expires_at: datetime = strawberry.field(description="When it is good no more.")
    max_bytes: int = strawberry.field(description="Of the file: JPEG, PNG or WebP.")


@strawberry.type
class RequestPhotoUploadPayload(Payload):
    upload: PhotoUpload | None = None


@strawberry.type
class AddProductPhotoPayload(Payload):
    product: Product | None = None


@strawberry.type
class OrderProductPhotosPayload(Payload):
    product: Product | None = None


@strawberry.type
class RemoveProductPhotoPayload(Payload):
    product: Product | None = None


@strawberry.type
class SetMerchantPhotoPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class PhotoMutations:
    @refusable(
        description=f"Ask where to send a photo; the address is good for {UPLOAD_WITHIN.seconds // 60} minutes. What is sent and used "
        "nowhere goes within a day."
    )
    async def request_photo_upload(
        self,
        info: Info,
        merchant_id: Annotated[
            strawberry.ID, strawberry.argument(description="A merchant of which the caller is; operators: any.")
        ],
        purpose: Annotated[PhotoPurpose, strawberry.argument(description="What it is sent for; it never changes.")],
        return_to: Annotated[
            str | None,
            strawberry.argument(
                description="For a form of a page: a path on this origin to which the browser is sent afterwards, with `photo` (its id) or "
                f"`trouble` (a code) in the query; up to {MAX_RETURN_CHARACTERS} characters."
            ),
        ] = None,
    ) -> RequestPhotoUploadPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        place = place_of(info)
        if return_to is not None and not is_ours(return_to):
            raise BadUserInput(f"returnTo is a path on this origin, up to {MAX_RETURN_CHARACTERS} characters")
        async with transaction(info.context.db) as conn:
            made = await photos.request(
                conn,
                info.context.caller,
                MerchantId.parse(merchant_id),
                purpose,
                by=info.context.identity.subject,
                return_to=return_to,
            )
        return RequestPhotoUploadPayload(
            upload=PhotoUpload(
                photo_id=strawberry.ID(str(made.id)),
                url=place.upload_address(made.merchant_id, made.id),
                expires_at=made.until,
                max_bytes=MAX_BYTES,
            )
        )

    @refusable(description="Show a photo that was sent, behind those that the product has.")
    async def add_product_photo(
        self,
        info: Info,
        product_id: _Of,
        photo_id: _Photo,
        alt: Annotated[str, strawberry.argument(description=_ALT)],
    ) -> AddProductPhotoPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = ProductId.parse(product_id)
        async with transaction(info.context.db) as conn:
            await photos.add(
                conn, info.context.caller, key, MediaId.parse(photo_id), alt, by=info.context.identity.subject
            )
        return AddProductPhotoPayload(product=await _product(info, key))

    @refusable(description="Show the photos of a product in this order; lists show the first.")
    async def order_product_photos(
        self,
        info: Info,
        product_id: _Of,
        photo_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="All that the product has, each once.")
        ],
    ) -> OrderProductPhotosPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, wanted = ProductId.parse(product_id), [MediaId.parse(each) for each in photo_ids[: MAX_PHOTOS + 1]]
        async with transaction(info.context.db) as conn:
            await photos.order(conn, info.context.caller, key, wanted, by=info.context.identity.subject)
        return OrderProductPhotosPayload(product=await _product(info, key))

    @refusable(description="Take a photo out; for a day it can be added again. One that is not there is no trouble.")
    async def remove_product_photo(
        self, info: Info, product_id: _Of, photo_id: _Photo
    ) -> RemoveProductPhotoPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = ProductId.parse(product_id)
        async with transaction(info.context.db) as conn:
            await photos.remove(
                conn, info.context.caller, key, MediaId.parse(photo_id), by=info.context.identity.subject
            )
        return RemoveProductPhotoPayload(product=await _product(info, key))

    @refusable(description="Show a photo of the merchant that was sent, in place of the one before.")
    async def set_merchant_photo(
        self,
        info: Info,
        merchant_id: Annotated[
            strawberry.ID, strawberry.argument(description="A merchant of which the caller is; operators: any.")
        ],
        photo_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="As `requestPhotoUpload` called it, once it was sent; null for none."),
        ] = None,
        alt: Annotated[str | None, strawberry.argument(description=f"{_ALT} Needed with a photo.")] = None,
    ) -> SetMerchantPhotoPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, photo = MerchantId.parse(merchant_id), MediaId.parse(photo_id) if photo_id is not None else None
        async with transaction(info.context.db) as conn:
            await photos.set_merchants(
                conn, info.context.caller, key, photo, alt or "", by=info.context.identity.subject
            )
        return SetMerchantPhotoPayload(merchant=await _merchant(info, key))


async def _product(info: Info, key: ProductId) -> Product:
    found = await Product.find(info, key)
    if found is None:
        raise NotFound
    return found


async def _merchant(info: Info, key: MerchantId) -> Merchant:
    found = await Merchant.find(info, key)
    if found is None:
        raise NotFound
    return found
