"""Codes by which people come to a merchant, and who may go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import membership
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import MemberId
from services.catalog.domain.membership import LastOwner, Member, MembersAreTooMany
from services.contracts.catalog import MemberRole

OWNER, STAFF = MemberRole.OWNER, MemberRole.STAFF


def people(*roles: MemberRole) -> list[Member]:
    return [Member(MemberId.seeded(str(at)), f"per_{at}", role) for at, role in enumerate(roles)]


@given(st.lists(st.sampled_from(MemberRole), min_size=1, max_size=6))
def test_a_merchant_that_has_an_owner_keeps_one(roles: list[MemberRole]) -> None:
    there = people(*roles)
    owners = roles.count(OWNER)
    for each in there:
        if each.role is OWNER and owners == 1:
            with pytest.raises(LastOwner):
                membership.check_stays_owned(there, each)
        else:
            membership.check_stays_owned(there, each)


@pytest.mark.parametrize(
    ("caller", "leads"),
    [
        (Caller(member="per_0"), True),
        (Caller(member="per_1"), False),
        (Caller(member="per_2"), False),
        (Caller(), False),
        (Caller(ops=True), True),
        (Caller(officer=True), False),
    ],
    ids=["owner", "staff", "stranger", "nobody", "ops", "officer"],
)
def test_owners_and_operators_decide_who_is_of_it(caller: Caller, leads: bool) -> None:
    there = people(OWNER, STAFF)
    if leads:
        membership.check_leads(there, caller)
    else:
        with pytest.raises(NotFound):
            membership.check_leads(there, caller)


def test_there_is_room_for_so_many() -> None:
    membership.check_room(people(OWNER, *[STAFF] * (membership.MAX_MEMBERS - 2)))
    with pytest.raises(MembersAreTooMany):
        membership.check_room(people(OWNER, *[STAFF] * (membership.MAX_MEMBERS - 1)))
