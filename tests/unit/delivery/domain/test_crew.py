"""Who is of a company as rules, and what a rider is entered with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.delivery import PartnerRole
from services.delivery.domain import crew
from services.delivery.domain.caller import Caller, NotFound
from services.delivery.domain.company import TextIsInvalid
from services.delivery.domain.crew import (
    CashLimitOutOfRange,
    LastOwner,
    Member,
    MemberId,
    MembersAreTooMany,
    RiderDetails,
    VehicleKind,
)

OWNER, DISPATCHER = PartnerRole.OWNER, PartnerRole.DISPATCHER


def people(*roles: PartnerRole) -> list[Member]:
    return [Member(MemberId.seeded(str(at)), f"per_{at}", role) for at, role in enumerate(roles)]


def details(name: str = "Wawan", plate: str = "n 77 w", cash: int | None = None) -> RiderDetails:
    return RiderDetails(name, plate, VehicleKind.MOTORBIKE, has_box=False, cash_limit_rupiah=cash)


@given(st.lists(st.sampled_from(PartnerRole), min_size=1, max_size=6))
def test_a_company_that_has_an_owner_keeps_one(roles: list[PartnerRole]) -> None:
    there = people(*roles)
    for each in there:
        if each.role is OWNER and roles.count(OWNER) == 1:
            with pytest.raises(LastOwner):
                crew.check_stays_owned(there, each)
        else:
            crew.check_stays_owned(there, each)


@pytest.mark.parametrize(
    ("caller", "leads", "is_of"),
    [
        (Caller(person="per_0"), True, True),
        (Caller(person="per_1"), False, True),
        (Caller(person="per_2"), False, False),
        (Caller(), False, False),
        (Caller(ops=True), True, True),
        (Caller(officer=True), False, False),
    ],
    ids=["owner", "dispatcher", "stranger", "nobody", "ops", "officer"],
)
def test_owners_decide_and_its_people_work(caller: Caller, leads: bool, is_of: bool) -> None:
    there = people(OWNER, DISPATCHER)
    for check, may in ((crew.check_leads, leads), (crew.check_is_of, is_of)):
        if may:
            check(there, caller)
        else:
            with pytest.raises(NotFound):
                check(there, caller)


def test_there_is_room_for_so_many() -> None:
    crew.check_room(people(OWNER, *[DISPATCHER] * (crew.MAX_MEMBERS - 2)))
    with pytest.raises(MembersAreTooMany):
        crew.check_room(people(OWNER, *[DISPATCHER] * (crew.MAX_MEMBERS - 1)))


def test_a_rider_is_kept_as_texts_are_with_a_plate_in_capitals() -> None:
    assert crew.checked(" A-7 ", details()) == ("A-7", details(plate="N 77 W"))
    with pytest.raises(ExceptionGroup) as refused:
        crew.checked("", details(name="\u200b", plate="x" * 16))
    assert [each.field for each in refused.value.exceptions if isinstance(each, TextIsInvalid)] == [
        "externalId",
        "input.name",
        "input.plate",
    ]


@pytest.mark.parametrize("cash", [-1, crew.MAX_CASH_LIMIT_RUPIAH + 1])
def test_a_cash_limit_is_within_bounds(cash: int) -> None:
    with pytest.raises(CashLimitOutOfRange):
        crew.checked("A", details(cash=cash))
    crew.checked("A", details(cash=crew.MAX_CASH_LIMIT_RUPIAH))
    crew.checked("A", details(cash=0))
