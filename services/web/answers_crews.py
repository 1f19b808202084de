"""What is answered to companies that bring goods, their riders, and officers; as answers.py."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.web.answers import Answered, Point, Problem
from services.web.answers_orders import TripStop
from services.web.answers_photos import Proof


class JobPlace(Answered, frozen=True, kw_only=True):
    """The last of a job is where it leads, and has no merchant."""

    kecamatan_name: str
    merchant_name: str | None
    ready_at: datetime | None = None
    packed_at: datetime | None = None
    point: Point | None = None


class Position(Answered, frozen=True, kw_only=True):
    at: datetime
    point: Point


class JobOffer(Answered, frozen=True, kw_only=True):
    id: str
    delivery_id: str
    expires_at: datetime
    test: bool
    distance_m: int
    fee: int
    rider_share: int
    cash_to_collect: int
    weight_limit_gram: int | None
    parcels: int
    wait_limit_s: int
    places: list[JobPlace]
    joins_delivery_id: str | None = None
    added_m: int | None = None


class RiderName(Answered, frozen=True, kw_only=True):
    name: str
    is_me: bool | None = None


class Job(Answered, frozen=True, kw_only=True):
    id: str
    status: str
    test: bool
    fee: int
    cash_to_collect: int
    rider: RiderName | None = None
    places: list[JobPlace] = msgspec.field(default_factory=list)


class RidersCompany(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    offers: list[JobOffer]


class RiderStop(Answered, frozen=True, kw_only=True):
    delivery_id: str
    place: str
    kecamatan_name: str
    merchant_name: str | None


class MyRider(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    plate: str
    on_shift: bool | None
    ended: bool | None
    partner: RidersCompany | None
    jobs: list[Job]
    stops: list[RiderStop] = msgspec.field(default_factory=list)


class RiderPage(Answered, frozen=True, kw_only=True):
    my_rider: MyRider | None = None


class Pickup(Answered, frozen=True, kw_only=True):
    merchant_name: str
    point: Point


class Door(Answered, frozen=True, kw_only=True):
    order_code: str
    recipient: str
    phone: str
    line: str
    note: str | None
    point: Point
    pickups: list[Pickup]


class TripsCompany(Answered, frozen=True, kw_only=True):
    id: str
    name: str


class AcceptedProof(Answered, frozen=True, kw_only=True):
    kind: str
    when: str
    now: bool


class Trip(Answered, frozen=True, kw_only=True):
    id: str
    status: str
    test: bool
    fee: int
    cash_to_collect: int
    rider: RiderName | None
    partner: TripsCompany | None
    door: Door | None
    pickups: list[TripStop]
    accepted_proofs: list[AcceptedProof] = msgspec.field(default_factory=list)
    proofs: list[Proof] = msgspec.field(default_factory=list)


class ProofUpload(Answered, frozen=True, kw_only=True):
    proof_id: str
    url: str


class AskedProof(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    upload: ProofUpload | None


class AskProof(Answered, frozen=True, kw_only=True):
    request_proof_upload: AskedProof | None = None


class TripPage(Answered, frozen=True, kw_only=True):
    delivery: Trip | None = None


class Changed(Answered, frozen=True, kw_only=True):
    id: str
    version: int


class TripChanges(Answered, frozen=True, kw_only=True):
    delivery_changed: Changed | None = None


class OfferId(Answered, frozen=True, kw_only=True):
    id: str


class CompanyJobs(Answered, frozen=True, kw_only=True):
    offers: list[OfferId]
    jobs: list[Changed]


class CompanyChanges(Answered, frozen=True, kw_only=True):
    partner_jobs: CompanyJobs | None = None


class MyCompany(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    status: str
    status_reason: str | None


class Companies(Answered, frozen=True, kw_only=True):
    my_partners: list[MyCompany] | None = None


class JobEdge(Answered, frozen=True, kw_only=True):
    node: Job


class Jobs(Answered, frozen=True, kw_only=True):
    edges: list[JobEdge]


class JobId(Answered, frozen=True, kw_only=True):
    id: str


class Rider(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    plate: str
    on_shift: bool | None
    cash_limit: int | None
    ended: bool | None = None
    external_id: str | None = None
    vehicle: str | None = None
    has_box: bool | None = None
    signs_in: bool | None = None
    carries_gram: int | None = None
    jobs: list[JobId] = msgspec.field(default_factory=list)
    position: Position | None = None


class RiderEdge(Answered, frozen=True, kw_only=True):
    node: Rider


class Riders(Answered, frozen=True, kw_only=True):
    edges: list[RiderEdge]


class Company(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    status: str
    status_reason: str | None
    is_connected: bool | None
    offers: list[JobOffer]
    jobs: Jobs
    riders: Riders


class CompanyPage(Answered, frozen=True, kw_only=True):
    partner: Company | None = None


class Member(Answered, frozen=True, kw_only=True):
    id: str
    name: str | None
    role: str
    is_me: bool


class Invitation(Answered, frozen=True, kw_only=True):
    id: str
    role: str | None
    expires_at: datetime
    rider_id: str | None = None


class CompanyPeople(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    status: str
    riders: Riders
    members: list[Member]
    invitations: list[Invitation]


class CompanyPeoplePage(Answered, frozen=True, kw_only=True):
    partner: CompanyPeople | None = None


class ShopPeople(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    status: str
    members: list[Member]
    invitations: list[Invitation]


class ShopPeoplePage(Answered, frozen=True, kw_only=True):
    merchant_by_slug: ShopPeople | None = None


class Invited(Answered, frozen=True, kw_only=True):
    """`code` is told this once."""

    problems: list[Problem]
    code: str | None
    expires_at: datetime | None


class InviteToShop(Answered, frozen=True, kw_only=True):
    invite_to_merchant: Invited | None = None


class InviteToCompany(Answered, frozen=True, kw_only=True):
    invite_to_partner: Invited | None = None


class InviteRider(Answered, frozen=True, kw_only=True):
    invite_rider: Invited | None = None


class MerchantRegistration(Answered, frozen=True, kw_only=True):
    contact_name: str | None
    phone: str | None
    yearly_sales: int | None
    capital: int | None
    umkm_class: str
    applied_at: datetime


class MerchantApplication(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    kind: str
    kecamatan_name: str
    pickup_point: Point
    registration: MerchantRegistration | None


class MerchantApplicationEdge(Answered, frozen=True, kw_only=True):
    node: MerchantApplication


class MerchantApplications(Answered, frozen=True, kw_only=True):
    edges: list[MerchantApplicationEdge]


class CompanyRegistration(Answered, frozen=True, kw_only=True):
    kecamatan_code: str
    contact_name: str | None
    phone: str | None
    licence_number: str | None
    applied_at: datetime


class CompanyApplication(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    registration: CompanyRegistration | None


class CompanyApplicationEdge(Answered, frozen=True, kw_only=True):
    node: CompanyApplication


class CompanyApplications(Answered, frozen=True, kw_only=True):
    edges: list[CompanyApplicationEdge]


class CompanyState(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    status: str
    is_connected: bool | None


class CompanyStateEdge(Answered, frozen=True, kw_only=True):
    node: CompanyState


class CompanyStates(Answered, frozen=True, kw_only=True):
    edges: list[CompanyStateEdge]


class Applications(Answered, frozen=True, kw_only=True):
    merchant_applications: MerchantApplications | None = None
    partner_applications: CompanyApplications | None = None
    partners: CompanyStates | None = None
