"""A company's way as rules: who may lead it on, what a pause gives back, and what others hear."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.delivery import PartnerStatus
from services.delivery.domain import company
from services.delivery.domain.caller import Caller
from services.delivery.domain.company import (
    TABLE,
    Application,
    OwnPartnersAreTooMany,
    PartnerAction,
    PartnerInState,
    Standing,
    TextIsInvalid,
)

_S, _A = PartnerStatus, PartnerAction
WAY = (_A.APPLY, _A.VERIFY, _A.SEND_BACK, _A.ACTIVATE, _A.PAUSE, _A.RESUME, _A.LEAVE)
GIVEN = Application("Ojek Senduro", "35.08.19", "Pak Gatot", "0812-3456-7890", None)


@pytest.mark.parametrize(("status", "action"), [*itertools.product(PartnerStatus, WAY)])
def test_what_the_table_does_not_name_is_refused(status: PartnerStatus, action: PartnerAction) -> None:
    if (status, action) in TABLE:
        assert company.after(Standing(status), action, by_company=False).status in PartnerStatus
    else:
        with pytest.raises(PartnerInState) as refused:
            company.after(Standing(status), action, by_company=False)
        assert refused.value.status is status


def test_nothing_leads_back_from_having_left_and_nobody_is_active_who_was_not_verified() -> None:
    assert {to for (status, _), to in TABLE.items() if status is _S.LEFT} == {_S.LEFT}
    assert {status for (status, _), to in TABLE.items() if to is _S.ACTIVE} == {_S.SANDBOX, _S.ACTIVE}


@given(st.lists(st.tuples(st.sampled_from((_A.PAUSE, _A.RESUME)), st.booleans()), max_size=8),
       st.sampled_from((_S.SANDBOX, _S.ACTIVE)))  # fmt: skip
def test_no_order_of_pauses_and_resumptions_promotes_and_a_pause_of_the_platforms_is_its_own_to_end(
    steps: list[tuple[PartnerAction, bool]], began: PartnerStatus
) -> None:
    at, held = Standing(began), False
    for action, by_company in steps:
        try:
            at = company.after(at, action, by_company=by_company)
        except PartnerInState:
            assert held
            assert by_company
            assert action is _A.RESUME
            continue
        held = at.status is _S.PAUSED and (held or not by_company)
        assert at.status in (began, _S.PAUSED)
        assert at.paused_by_company == (at.status is _S.PAUSED and not held)


@pytest.mark.parametrize(
    ("caller", "may"),
    [
        (Caller(ops=True), set(WAY) - {_A.APPLY}),
        (Caller(officer=True), {_A.VERIFY, _A.SEND_BACK, _A.ACTIVATE}),
        (Caller(person="per_1"), set()),
    ],
    ids=["ops", "officer", "person"],
)
def test_who_may_do_what_to_others_companies(caller: Caller, may: set[PartnerAction]) -> None:
    assert {action for action in WAY if company.of_any(caller, action)} == may


def test_who_only_asks_is_told_to_nobody() -> None:
    assert not company.is_told(_S.INVITED, _S.SENT_BACK)
    assert not company.is_told(_S.SENT_BACK, _S.LEFT)
    assert company.is_told(_S.INVITED, _S.SANDBOX)
    assert company.is_told(_S.PAUSED, _S.LEFT)


def test_an_application_is_kept_as_texts_are_and_says_all_that_is_wrong_at_once() -> None:
    kept = company.checked(Application("  Ojek \n Senduro ", "35.08.19", "Pak Gatot", "0812-3456-7890", " 912 "))
    assert (kept.name, kept.phone, kept.licence_number) == ("Ojek Senduro", "+6281234567890", "912")
    with pytest.raises(ExceptionGroup) as refused:
        company.checked(Application("", "35.08.99", "x\u202ey", "12", "\0"))
    fields = {each.field for each in refused.value.exceptions if isinstance(each, company.ApplicationInvalid)}
    assert fields == {"name", "kecamatanCode", "contactName", "phone", "licenceNumber"}
    with pytest.raises(TextIsInvalid):
        company.checked(Application("x" * 61, GIVEN.kecamatan_code, GIVEN.contact_name, GIVEN.phone, None))


def test_one_person_has_so_many() -> None:
    company.check_room(company.MAX_OWN - 1)
    with pytest.raises(OwnPartnersAreTooMany):
        company.check_room(company.MAX_OWN)
