"""By what a handover is proven: what is accepted of a trip, what was sent, and what an officer sees of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId, ProofKind
from services.contracts.ordering import OrderId
from services.contracts.proofs import ProofWhen
from services.contracts.roles import Role
from services.delivery.domain import proof
from services.delivery.domain.proof import EDGES, MAX_PROOFS, DropoffWish
from services.delivery.domain.trip import TERMINAL
from services.delivery.schema.context import Context, Info
from services.delivery.schema.trip_status import DeliveryStatus
from services.delivery.store import audit, proofs
from services.delivery.store.proofs import Shown
from services.delivery.store.reading import DeliveryView, PickupView
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput, ServiceUnavailable
from services.kit.graphql.pages import sized
from services.kit.photos.made import Place

MAX_ORDERS = 50

described(
    ProofKind,
    "By what it is known that goods were handed over. New values may come.",
    PIN="The buyer's PIN.",
    PHOTO="A photo of the goods where they lie, or of who has them.",
    SIGNATURE="Drawn on the rider's phone by who has taken them.",
    COUNTER_CODE="The buyer's code, of what is collected at a counter.",
    STAFF="A person of the platform said so.",
)
described(
    ProofWhen,
    "When a proof is accepted. New values may come.",
    ALWAYS="Whenever the goods may be handed over.",
    UNREACHABLE="Once an attempt has failed because the buyer was not to be reached.",
)
described(
    DropoffWish,
    "How a buyer wishes to be handed it. New values may come.",
    PIN_ONLY="To nobody without the PIN.",
    LEAVE_AT_DOOR="It may be left at the door, and a photo of it there proves that; not where cash is to be collected.",
)


@strawberry.type(description="A proof that is accepted of a trip's handover.")
class AcceptedProof:
    kind: ProofKind = strawberry.field(description="Which.")
    when: ProofWhen = strawberry.field(description="From when on.")
    now: bool = strawberry.field(description="Whether it is, as the trip is now.")


@strawberry.type(description="One file of a proof, WebP.")
class ProofSize:
    url: str = strawberry.field(description="On this origin: a path, good for ten minutes.")
    width: int = strawberry.field(description="Pixels.")
    height: int = strawberry.field(description="Pixels.")


@strawberry.type(
    description="A photo or signature of a trip, without what the camera wrote of place and time; for its buyer, who brings it, officers "
    "and ops."
)
class HandoverProof:
    id: strawberry.ID = strawberry.field(description="Opaque; begins with prf_.")
    kind: ProofKind = strawberry.field(description="PHOTO or SIGNATURE.")
    stop: int | None = strawberry.field(description="Of this pickup; null: of the door.")
    sent_at: datetime = strawberry.field(description="When it came, by the platform's clock.")
    proves: bool = strawberry.field(description="Whether the handover was proven by it.")
    color: str = strawberry.field(description="Its colour on the whole, #rrggbb, to be seen until it is there.")
    sizes: list[ProofSize] = strawberry.field(
        description="The smallest first: longer sides of 240, 640 and 1280 pixels, of a small one fewer.",
        directives=[sized(len(EDGES))],
    )

    @classmethod
    def of(cls, row: Shown, place: Place, now: datetime) -> HandoverProof:
        return cls(
            id=strawberry.ID(str(row.id)),
            kind=row.kind,
            stop=row.stop,
            sent_at=row.came_at,
            proves=row.proved,
            color=row.color,
            sizes=[
                ProofSize(url=place.private_address(each, now), width=each.width, height=each.height)
                for each in row.sizes
            ],
        )


def place_of(info: Info) -> Place:
    """Raises ServiceUnavailable where there is no place for photos."""
    if info.context.means.photos is None:
        raise ServiceUnavailable("there is no place for photos here")
    return info.context.means.photos


async def _sent(context: Context, ids: list[DeliveryId]) -> list[tuple[list[Shown], datetime]]:
    """With what time it is. What staff are handed of others' is written down: not shown, if it cannot be."""
    async with context.db.acquire() as conn:
        found, now = await proofs.of_trips(conn, ids, context.viewer)
        shown = [each.id for sent in found.values() for each in sent]
        if context.caller.staff and shown:
            await audit.proofs_shown(conn, context.identity.subject, shown)
    return [(found[each], now) for each in ids]


async def _sent_at(context: Context, pickups: list[tuple[DeliveryId, int]]) -> list[tuple[list[Shown], datetime]]:
    """As `_sent`, of single stops."""
    async with context.db.acquire() as conn:
        found, now = await proofs.of_pickups(conn, pickups)
        shown = [each.id for sent in found.values() for each in sent]
        if context.caller.staff and shown:
            await audit.proofs_shown(conn, context.identity.subject, list(dict.fromkeys(shown)))
    return [(found[each], now) for each in pickups]


async def _causes(context: Context, ids: list[DeliveryId]) -> list[str | None]:
    async with context.db.acquire() as conn:
        found = await proofs.causes(conn, ids)
    return [found.get(each) for each in ids]


async def _accepted(context: Context, ids: list[DeliveryId]) -> list[list[AcceptedProof]]:
    async with context.db.acquire() as conn:
        found = await proofs.accepted(conn, ids)
    return [
        [
            AcceptedProof(kind=said.kind, when=said.when, now=proof.accepts(found[key], said.kind))
            for said in proof.accepted(found[key])
        ]
        for key in ids
    ]


async def _shown(info: Info, key: DeliveryId) -> list[HandoverProof]:
    rows, now = await info.context.load(_sent, key)
    return [HandoverProof.of(row, place_of(info), now) for row in rows]


async def _proven_by(info: Info, key: DeliveryId) -> ProofKind | None:
    cause = await info.context.load(_causes, key)
    return proof.proven_by(cause) if cause else None


@strawberry.type
class ProofFields:
    """Of `Delivery`."""

    view: strawberry.Private[DeliveryView]

    @strawberry.field(
        description="By what the handover may be proven, for who brings it and the buyer: by the rule of the day on which a rider was "
        "sought, the buyer's wish, and the cash. Empty once the trip has ended.",
        directives=[sized(len(ProofKind))],
    )
    async def accepted_proofs(self, info: Info) -> list[AcceptedProof]:
        return [] if self.view.status in TERMINAL else await info.context.load(_accepted, self.view.id)

    @strawberry.field(description="How the buyer wishes to be handed it; null: as the rule says.")
    def dropoff_wish(self) -> DropoffWish | None:
        return self.view.dropoff_wish

    @strawberry.field(description="By what it is known that it was handed over; null of what was not.")
    async def proven_by(self, info: Info) -> ProofKind | None:
        return await _proven_by(info, self.view.id) if self.view.status is DeliveryStatus.DELIVERED else None

    @strawberry.field(
        description="Photos and signatures, oldest first. The buyer and staff see what proved the handover and what was taken at counters, "
        "for 90 days; who brings it all that they have sent, what proves nothing for 7.",
        directives=[sized(MAX_PROOFS)],
    )
    async def proofs(self, info: Info) -> list[HandoverProof]:
        return await _shown(info, self.view.id)


@strawberry.type
class PickupProofFields:
    """Of `Pickup`."""

    view: strawberry.Private[PickupView]

    @strawberry.field(description="By what it is known that the goods were handed over; null of what was not.")
    async def proven_by(self, info: Info) -> ProofKind | None:
        delivered = self.view.status is DeliveryStatus.DELIVERED
        return await _proven_by(info, self.view.delivery_id) if delivered else None

    @strawberry.field(
        description="Photos of what was handed to the rider here, oldest first, and the one that proved the handover, at its smallest "
        "size: it is of the buyer's door. For 90 days, and no signature.",
        directives=[sized(MAX_PROOFS)],
    )
    async def proofs(self, info: Info) -> list[HandoverProof]:
        rows, now = await info.context.load(_sent_at, (self.view.delivery_id, self.view.stop))
        return [HandoverProof.of(row, place_of(info), now) for row in rows]


@strawberry.type(description="How an order's goods were handed over, for who decides about it.")
class ProvenHandover:
    order_id: strawberry.ID = strawberry.field(description="Of the order.")
    status: DeliveryStatus = strawberry.field(description="How far its trip is.")
    key: strawberry.Private[DeliveryId]

    @strawberry.field(description="By what it is known; null of what was not handed over.")
    async def proven_by(self, info: Info) -> ProofKind | None:
        return await _proven_by(info, self.key)

    @strawberry.field(description="Photos and signatures, oldest first; written down.", directives=[sized(MAX_PROOFS)])
    async def proofs(self, info: Info) -> list[HandoverProof]:
        return await _shown(info, self.key)


@strawberry.type
class ProofQueries:
    @strawberry.field(
        description=f"Officers and ops: how these orders, at most {MAX_ORDERS}, were handed over; of those that have a trip.",
        directives=[sized(MAX_ORDERS)],
    )
    async def handovers(
        self,
        info: Info,
        order_ids: Annotated[list[strawberry.ID], strawberry.argument(description="Of `Claim.orderId`.")],
    ) -> list[ProvenHandover] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        if len(order_ids) > MAX_ORDERS:
            raise BadUserInput(f"orderIds are at most {MAX_ORDERS}")
        keys = [OrderId.parse(each) for each in order_ids]
        async with info.context.db.acquire() as conn:
            found = await proofs.trips_of_orders(conn, keys)
        return [
            ProvenHandover(order_id=strawberry.ID(str(order)), status=status, key=key) for order, key, status in found
        ]
