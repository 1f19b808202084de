"""Where photos of a claim are sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from services.contracts.claims import ClaimId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.photos.limits import MAX_BYTES, MAX_RETURN_CHARACTERS, UPLOAD_WITHIN, is_ours
from services.kit.photos.signing import Destination
from services.ordering.commands import claim_photos
from services.ordering.domain.claim_photo import MAX_A_DAY, MAX_PHOTOS
from services.ordering.schema.context import Info
from services.ordering.schema.types.claims import place_of


@strawberry.type(description="Where one photo of a claim is to be sent.")
class ClaimPhotoUpload:
    photo_id: strawberry.ID = strawberry.field(description="What it is called from now on.")
    url: str = strawberry.field(
        description="On this origin, a path: PUT or POST there the file itself, or a form with the file in it. It needs no token, and is "
        "good for this photo alone."
    )
    expires_at: datetime = strawberry.field(description="When it is good no more.")
    max_bytes: int = strawberry.field(description="Of the file: JPEG, PNG or WebP.")


@strawberry.type
class RequestClaimPhotoUploadPayload(Payload):
    upload: ClaimPhotoUpload | None = None


@strawberry.type
class ClaimPhotoMutations:
    @refusable(
        description=f"By the claim's buyer or one of its merchant's people, until it has ended: ask where to send a photo; the address is "
        f"good for {UPLOAD_WITHIN.seconds // 60} minutes, and what is sent there is shown at once. Each side has {MAX_PHOTOS}, each person "
        f"{MAX_A_DAY} within a day."
    )
    async def request_claim_photo_upload(
        self,
        info: Info,
        id: strawberry.ID,
        return_to: Annotated[
            str | None,
            strawberry.argument(
                description="For a form of a page: a path on this origin to which the browser is sent afterwards, with `photo` (its id) or "
                f"`trouble` (a code) in the query; up to {MAX_RETURN_CHARACTERS} characters."
            ),
        ] = None,
    ) -> RequestClaimPhotoUploadPayload | None:
        subject, claim_id = info.context.identity.require(Role.BUYER, Role.MERCHANT), ClaimId.parse(id)
        place = place_of(info)
        if return_to is not None and not is_ours(return_to):
            raise BadUserInput(f"returnTo is a path on this origin, up to {MAX_RETURN_CHARACTERS} characters")
        async with transaction(info.context.db) as conn:
            asked = await claim_photos.request(conn, claim_id, subject, return_to=return_to)
        return RequestClaimPhotoUploadPayload(
            upload=ClaimPhotoUpload(
                photo_id=strawberry.ID(str(asked.id)),
                url=place.upload_address(Destination(asked.side, asked.id.uuid)),
                expires_at=asked.until,
                max_bytes=MAX_BYTES,
            )
        )
