"""What is answered to who says where they live, orders, and signs in; as answers.py."""

from __future__ import annotations

from datetime import datetime

from services.web.answers import Answered, ContactId, Point, Problem


class Village(Answered, frozen=True, kw_only=True):
    code: str
    name: str
    centroid: Point | None


class Region(Answered, frozen=True, kw_only=True):
    code: str
    name: str
    level: str
    villages: list[Village]


class Villages(Answered, frozen=True, kw_only=True):
    regions: list[Region] | None = None


class SavedContact(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    contact: ContactId | None


class SaveContact(Answered, frozen=True, kw_only=True):
    save_contact: SavedContact | None = None


class OrderCode(Answered, frozen=True, kw_only=True):
    order_code: str


class Placed(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    order: OrderCode | None


class Place(Answered, frozen=True, kw_only=True):
    place_order: Placed | None = None


class Tokens(Answered, frozen=True, kw_only=True):
    access_token: str
    expires_in: int
    refresh_token: str


class SignedIn(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    tokens: Tokens | None


class SignIn(Answered, frozen=True, kw_only=True):
    sign_in: SignedIn | None = None


class Refresh(Answered, frozen=True, kw_only=True):
    refresh_session: SignedIn | None = None


class CodeSent(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    expires_at: datetime | None


class RequestCode(Answered, frozen=True, kw_only=True):
    request_sign_in_code: CodeSent | None = None
