"""What is answered to somebody about themself; as answers.py."""

from __future__ import annotations

from datetime import datetime

from services.web.answers import Answered, PageInfo


class Person(Answered, frozen=True, kw_only=True):
    name: str | None
    phone: str | None
    language: str


class Session(Answered, frozen=True, kw_only=True):
    id: str
    device: str | None
    used_at: datetime
    is_current: bool


class Export(Answered, frozen=True, kw_only=True):
    id: str
    status: str
    requested_at: datetime
    expires_at: datetime
    path: str | None


class Erasure(Answered, frozen=True, kw_only=True):
    status: str


class Membership(Answered, frozen=True, kw_only=True):
    kind: str
    about: str
    name: str


class Me(Answered, frozen=True, kw_only=True):
    person: Person | None
    sessions: list[Session]
    exports: list[Export]
    erasure: Erasure | None
    memberships: list[Membership]
    staff_roles: list[str]


class MePage(Answered, frozen=True, kw_only=True):
    viewer: Me | None = None


class MembershipKind(Answered, frozen=True, kw_only=True):
    kind: str


class NoticePreference(Answered, frozen=True, kw_only=True):
    """`channels` is None where it is as the platform has it."""

    kind: str
    channels: list[str] | None


class NoticeWishesOf(Answered, frozen=True, kw_only=True):
    memberships: list[MembershipKind]
    notice_preferences: list[NoticePreference]


class NoticeWishes(Answered, frozen=True, kw_only=True):
    viewer: NoticeWishesOf | None = None


class Notice(Answered, frozen=True, kw_only=True):
    id: str
    kind: str
    about: str
    text: str
    made_at: datetime
    read_at: datetime | None


class NoticeEdge(Answered, frozen=True, kw_only=True):
    node: Notice


class Notices(Answered, frozen=True, kw_only=True):
    edges: list[NoticeEdge]
    page_info: PageInfo


class NoticesOf(Answered, frozen=True, kw_only=True):
    notices: Notices


class NoticesPage(Answered, frozen=True, kw_only=True):
    viewer: NoticesOf | None = None
