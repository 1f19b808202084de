"""Where photos and signatures of handovers are sent, and how a buyer wishes to be handed it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId, ProofKind
from services.contracts.partner import MAX_STOP
from services.contracts.roles import Role
from services.delivery.commands import proofs
from services.delivery.domain.proof import MAX_PROOFS, OF_HANDOVER, DropoffWish, ProofIsAnother
from services.delivery.schema.company_mutations import PEOPLE, acting
from services.delivery.schema.context import Info
from services.delivery.schema.proofs import place_of
from services.delivery.schema.types import Delivery
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql import idempotency
from services.kit.graphql.errors import BadUserInput, KeyReused
from services.kit.graphql.refusals import refusable
from services.kit.photos.limits import MAX_BYTES, MAX_RETURN_CHARACTERS, UPLOAD_WITHIN, is_ours
from services.kit.photos.signing import Destination


@strawberry.type(description="Where one photo or signature of a trip is to be sent.")
class ProofUpload:
    proof_id: strawberry.ID = strawberry.field(description="What it is called from now on; `handOver` takes it.")
    url: str = strawberry.field(
        description="On this origin, a path: PUT or POST there the file itself, or a form with the file in it. It needs no token, and is "
        "good for this one alone."
    )
    expires_at: datetime = strawberry.field(description="When it is good no more; ask again by the same key.")
    max_bytes: int = strawberry.field(description="Of the file: JPEG, PNG or WebP.")


@strawberry.type
class RequestProofUploadPayload(Payload):
    upload: ProofUpload | None = None


@strawberry.type
class WishDropoffPayload(Payload):
    delivery: Delivery | None = None


@strawberry.type
class ProofMutations:
    @refusable(
        description="A company's people, and the rider of the trip, while it is under way: ask where to send a photo or a signature; the "
        f"address is good for {UPLOAD_WITHIN.seconds // 60} minutes. By the same key it is the same one, "
        f"whenever it is asked for again; of one trip there are {MAX_PROOFS}."
    )
    async def request_proof_upload(
        self,
        info: Info,
        delivery_id: Annotated[strawberry.ID, strawberry.argument(description="Of `Delivery`.")],
        kind: Annotated[ProofKind, strawberry.argument(description="PHOTO or SIGNATURE.")],
        idempotency_key: str,
        stop: Annotated[
            int | None,
            strawberry.argument(
                description="Of `Delivery.pickups`: what was handed to the rider there, shown to the buyer and to officers. Null: of "
                "the door."
            ),
        ] = None,
        return_to: Annotated[
            str | None,
            strawberry.argument(
                description="For a form of a page: a path on this origin to which the browser is sent afterwards, with `photo` (its id) or "
                f"`trouble` (a code) in the query; up to {MAX_RETURN_CHARACTERS} characters."
            ),
        ] = None,
    ) -> RequestProofUploadPayload | None:
        subject, key = acting(info, *PEOPLE), DeliveryId.parse(delivery_id)
        idempotency.check_key(idempotency_key)
        if kind not in OF_HANDOVER:
            raise BadUserInput("kind is PHOTO or SIGNATURE: nothing else is sent as a file")
        if stop is not None and not 1 <= stop <= MAX_STOP:
            raise BadUserInput(f"stop is 1 to {MAX_STOP}")
        if return_to is not None and not is_ours(return_to):
            raise BadUserInput(f"returnTo is a path on this origin, up to {MAX_RETURN_CHARACTERS} characters")
        try:
            async with transaction(info.context.db) as conn:
                asked = await proofs.request_as(
                    conn, key, kind, subject, idempotency_key, stop=stop, return_to=return_to
                )
                place = place_of(info)
        except ProofIsAnother as error:
            raise KeyReused("this idempotency key was used before with another body") from error
        return RequestProofUploadPayload(
            upload=ProofUpload(
                proof_id=strawberry.ID(str(asked.id)),
                url=place.upload_address(Destination(asked.partner_id.uuid, asked.id.uuid)),
                expires_at=asked.until,
                max_bytes=MAX_BYTES,
            )
        )

    @refusable(
        description="By the trip's buyer, until it has ended: how it is to be handed over. Who brings it is told what proves it now."
    )
    async def wish_dropoff(
        self,
        info: Info,
        delivery_id: Annotated[strawberry.ID, strawberry.argument(description="Of `Delivery`.")],
        wish: Annotated[DropoffWish | None, strawberry.argument(description="Null: as the rule says.")] = None,
    ) -> WishDropoffPayload | None:
        subject, key = info.context.identity.require(Role.BUYER), DeliveryId.parse(delivery_id)
        async with transaction(info.context.db) as conn:
            await proofs.wish(conn, key, subject, wish)
        return WishDropoffPayload(delivery=await Delivery.find(info, key))
