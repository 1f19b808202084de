"""Of `answers`, what comes after an order: claims, reviews, tickets."""

from __future__ import annotations

from datetime import datetime

from services.web.answers import Answered, PhotoSize
from services.web.answers_photos import AskedUpload, Proof


class ClaimEntry(Answered, frozen=True, kw_only=True):
    at: datetime
    state: str
    actor: str
    by_me: bool
    words: str | None
    amount: int | None


class ClaimPhoto(Answered, frozen=True, kw_only=True):
    id: str
    by: str
    by_me: bool
    sizes: list[PhotoSize]


class Claim(Answered, frozen=True, kw_only=True):
    id: str
    order_code: str
    order_id: str = ""
    line_id: str
    line_name: str
    kind: str
    state: str
    asked: int
    offered: int | None
    granted: int | None
    goes_back: bool
    due_at: datetime | None
    photos: list[ClaimPhoto]
    entries: list[ClaimEntry]


class Review(Answered, frozen=True, kw_only=True):
    id: str
    kind: str
    line_id: str | None
    stars: int
    words: str | None
    answer: str | None
    shown: bool


class Line(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    quantity: int
    quantity_text: str
    total: int


class Part(Answered, frozen=True, kw_only=True):
    id: str
    lines: list[Line]


class Way(Answered, frozen=True, kw_only=True):
    way: str


class Ended(Answered, frozen=True, kw_only=True):
    id: str
    order_code: str
    status: str
    handover: Way
    seller_orders: list[Part]
    claims: list[Claim]
    reviews: list[Review]


class AftercarePage(Answered, frozen=True, kw_only=True):
    order_by_code: Ended | None = None


class ClaimEdge(Answered, frozen=True, kw_only=True):
    node: Claim


class Claims(Answered, frozen=True, kw_only=True):
    edges: list[ClaimEdge]


class ShopWithClaims(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    claims: Claims | None


class ShopClaims(Answered, frozen=True, kw_only=True):
    merchant_by_slug: ShopWithClaims | None = None


class TicketEntry(Answered, frozen=True, kw_only=True):
    at: datetime
    actor: str
    by_me: bool
    words: str | None


class Ticket(Answered, frozen=True, kw_only=True):
    id: str
    order_code: str | None
    opener: str
    category: str
    state: str
    opened_at: datetime
    respond_by: datetime
    resolve_by: datetime
    due_at: datetime | None
    entries: list[TicketEntry]


class TicketEdge(Answered, frozen=True, kw_only=True):
    node: Ticket


class Tickets(Answered, frozen=True, kw_only=True):
    edges: list[TicketEdge]


class MyTickets(Answered, frozen=True, kw_only=True):
    my_tickets: Tickets | None = None


class ReviewEdge(Answered, frozen=True, kw_only=True):
    node: Review


class Reviews(Answered, frozen=True, kw_only=True):
    edges: list[ReviewEdge]


class Complaints(Answered, frozen=True, kw_only=True):
    tickets_waiting: Tickets | None = None
    claims_waiting: Claims | None = None
    reviews_reported: Reviews | None = None


class Handover(Answered, frozen=True, kw_only=True):
    order_id: str
    proven_by: str | None
    proofs: list[Proof]


class Handovers(Answered, frozen=True, kw_only=True):
    handovers: list[Handover] | None = None


class AskClaimPhoto(Answered, frozen=True, kw_only=True):
    request_claim_photo_upload: AskedUpload | None = None
