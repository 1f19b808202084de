"""What a company declared, what was done to it, and who is of it: for its people and the platform."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from services.contracts.delivery import PartnerId, PartnerRole, PartnerStatus
from services.delivery.domain.company import PartnerAction
from services.delivery.domain.crew import MAX_INVITATIONS, MAX_MEMBERS, VehicleKind
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.store.companies import MAX_HISTORY
from services.delivery.store.shares import DAYS
from services.kit.graphql.enums import described
from services.kit.graphql.pages import sized
from services.kit.graphql.scalars import Rupiah

described(
    PartnerStatus,
    "Which jobs an ojek company gets. New values may come.",
    INVITED="None yet: it has applied and waits to be looked at; it cannot reply either.",
    SENT_BACK="None yet: it has something to correct before asking again.",
    SANDBOX="Test jobs alone.",
    ACTIVE="All jobs.",
    PAUSED="No jobs: open offers end, those under way go on.",
    LEFT="None any more: those under way go on.",
)
described(
    PartnerRole,
    "What somebody may do for a company.",
    OWNER="Decides who is of it, whether it pauses or leaves, and does all that dispatchers do.",
    DISPATCHER="Takes and reports its jobs, and enters its riders.",
)
described(
    PartnerAction,
    "What was done to a company. New values may come.",
    APPLY="Its owner asked to take part, or asked again.",
    VERIFY="An officer found it in order.",
    SEND_BACK="An officer sent it back to be corrected.",
    ACTIVATE="An officer let it have all jobs.",
    PAUSE="It was paused.",
    RESUME="It gets jobs again.",
    LEAVE="It left.",
    SET="Operators set its status.",
    INVITE="Somebody was invited.",
    WITHDRAW="An invitation was withdrawn.",
    JOIN="Somebody came by a code.",
    CHANGE_MEMBER="A member was made more or less.",
    REMOVE_MEMBER="A member went.",
    SAVE_RIDER="A rider was entered or changed.",
    END_RIDER="A rider was ended.",
)
described(
    VehicleKind,
    "What somebody rides. New values may come.",
    MOTORBIKE="A motorbike.",
    CARGO_TRICYCLE="A motor tricycle with a bed: Tossa, Viar.",
    CAR="A car or pickup.",
    BICYCLE="A bicycle.",
)


@strawberry.type(description="What was declared when the company applied; for its owners, officers and operators.")
class PartnerRegistration:
    kecamatan_code: str = strawberry.field(description="Where it is at home: 35.08.10.")
    contact_name: str | None = strawberry.field(
        description="Whom the platform asks for; null once who applied is forgotten."
    )
    phone: str | None = strawberry.field(description="E.164; null once who applied is forgotten.")
    licence_number: str | None = strawberry.field(description="Of its business licence, where it has one.")
    applied_at: datetime = strawberry.field(description="When it applied, the last time.")


@strawberry.type(description="One thing that was done to a company.")
class PartnerHistoryEntry:
    action: PartnerAction = strawberry.field(description="What was done.")
    status: PartnerStatus = strawberry.field(description="Where it stood then.")
    reason: str | None = strawberry.field(description="As it was told, where one had to be.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="Somebody who is of a company, its riders apart.")
class PartnerMember:
    id: strawberry.ID = strawberry.field(description="At this company alone.")
    name: str = strawberry.field(description="As they said when they came.")
    role: PartnerRole = strawberry.field(description="What they may do.")
    joined_at: datetime = strawberry.field(description="When they came.")
    is_me: bool = strawberry.field(description="Whether it is who asks.")


@strawberry.type(description="Room for somebody to come, until it is used, withdrawn or over. Its code was shown once.")
class PartnerInvitation:
    id: strawberry.ID = strawberry.field(description="To withdraw it by.")
    role: PartnerRole | None = strawberry.field(
        description="What whoever comes by it is to be; null of a rider's invitation."
    )
    rider_id: strawberry.ID | None = strawberry.field(description="Which rider whoever comes by it is.")
    made_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="When it is over.")


@strawberry.type(description="What a company was offered on one day, and what came of it; tests are left out.")
class PartnerDay:
    day: date = strawberry.field(description="WIB, on which the offers were made.")
    offered: int = strawberry.field(description="Offers, a job that was offered twice as two.")
    accepted: int = strawberry.field(description="Of these taken, also those that were given back.")
    declined: int = strawberry.field(description="Of these left to others.")
    expired: int = strawberry.field(description="Of these let pass without an answer.")
    delivered: int = strawberry.field(description="Trips that were handed over.")
    fees: Rupiah = strawberry.field(description="What buyers paid for those trips.")
    rider_shares: Rupiah = strawberry.field(description="What the riders get of it.")


@strawberry.type
class CompanyFields:
    """The fields of `Partner` that this is about."""

    if TYPE_CHECKING:
        key: PartnerId

    @strawberry.field(description="Why it was sent back, paused or has left; for its own people and the platform.")
    async def status_reason(self, info: Info) -> str | None:
        row = await info.context.load(loaders.insides, self.key)
        return row.status_reason if row else None

    @strawberry.field(
        description="Whether its topics are there: before that it is asked for no job. For its own people and the platform, else null."
    )
    async def is_connected(self, info: Info) -> bool | None:
        row = await info.context.load(loaders.insides, self.key)
        return row.connected if row else None

    @strawberry.field(description="What was declared; null for others than its owners, officers and operators.")
    async def registration(self, info: Info) -> PartnerRegistration | None:
        row = await info.context.load(loaders.registrations, self.key)
        if row is None:
            return None
        return PartnerRegistration(
            kecamatan_code=row.kecamatan_code,
            contact_name=row.contact_name,
            phone=row.phone,
            licence_number=row.licence_number,
            applied_at=row.applied_at,
        )

    @strawberry.field(
        description=f"What was done to it, the newest first, at most {MAX_HISTORY}; for its owners, officers and operators, else empty.",
        directives=[sized(MAX_HISTORY)],
    )
    async def history(self, info: Info) -> list[PartnerHistoryEntry]:
        return [
            PartnerHistoryEntry(action=row.action, status=row.status, reason=row.reason, at=row.at)
            for row in await info.context.load(loaders.company_histories, self.key)
        ]

    @strawberry.field(
        description=f"What it was offered, took and earned by day, the newest first, at most {DAYS}; days without an offer are left out. "
        "For its own people and the platform, else empty.",
        directives=[sized(DAYS)],
    )
    async def days(self, info: Info) -> list[PartnerDay]:
        return [
            PartnerDay(
                day=row.day,
                offered=row.offered,
                accepted=row.accepted,
                declined=row.declined,
                expired=row.expired,
                delivered=row.delivered,
                fees=Rupiah(row.fees_rupiah),
                rider_shares=Rupiah(row.rider_shares_rupiah),
            )
            for row in await info.context.load(loaders.company_days, self.key)
        ]

    @strawberry.field(
        description=f"Owners first, at most {MAX_MEMBERS}; for its own people and the platform, else empty.",
        directives=[sized(MAX_MEMBERS)],
    )
    async def members(self, info: Info) -> list[PartnerMember]:
        return [
            PartnerMember(
                id=strawberry.ID(str(row.id)), name=row.name, role=row.role, joined_at=row.joined_at, is_me=row.is_me
            )
            for row in await info.context.load(loaders.members, self.key)
        ]

    @strawberry.field(
        description=f"Open ones, the newest first, at most {MAX_INVITATIONS}; for its own people and the platform, else empty.",
        directives=[sized(MAX_INVITATIONS)],
    )
    async def invitations(self, info: Info) -> list[PartnerInvitation]:
        return [
            PartnerInvitation(
                id=strawberry.ID(str(row.id)),
                role=row.role,
                rider_id=strawberry.ID(str(row.rider_id)) if row.rider_id else None,
                made_at=row.made_at,
                expires_at=row.expires_at,
            )
            for row in await info.context.load(loaders.invitations, self.key)
        ]
