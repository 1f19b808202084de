"""Ids: opaque, of a kind, and back."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.ids import Id, MalformedId, WrongKind, prefix_of


class CowId(Id, prefix="cow"):
    pass


class GoatId(Id, prefix="goat"):
    pass


@given(st.uuids())
def test_every_id_survives_its_text_form(uuid: UUID) -> None:
    text = str(CowId(uuid))
    assert len(text) == 30
    assert CowId.parse(text) == CowId(uuid)


def test_the_text_form_is_that_of_the_typeid_specification() -> None:
    assert str(CowId(UUID("0188bac7-4afa-78aa-bc3b-bd1eef28d881"))) == "cow_01h2xcejqtf2nbrexx3vqjhp41"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cow",
        "cow_",
        "cow_01h2xcejqtf2nbrexx3vqjhp4",
        "cow_01h2xcejqtf2nbrexx3vqjhp4u",
        "cow_01h2xcejqtf2nbrexx3vqjhp4Q",
        "cow_0_h2xcejqtf2nbrexx3vqjhp41",
        "cow_ 1h2xcejqtf2nbrexx3vqjhp41",
        "cow_+1h2xcejqtf2nbrexx3vqjhp41",
        "cow_01h2xcejqtf2nbrexx3vqjhp4\u0661",
        "cow_81h2xcejqtf2nbrexx3vqjhp41",
        "_" * 27,
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(MalformedId):
        CowId.parse(text)


def test_an_id_of_another_kind_is_refused_as_such() -> None:
    with pytest.raises(WrongKind):
        CowId.parse(str(GoatId.new()))


def test_kinds_never_compare_equal() -> None:
    uuid = GoatId.new().uuid
    assert len({CowId(uuid), GoatId(uuid)}) == 2


def test_seeded_ids_are_the_same_everywhere_and_look_like_others() -> None:
    assert str(CowId.seeded("bu-siti")) == str(CowId.seeded("bu-siti"))
    assert CowId.seeded("bu-siti").uuid.version == 7
    assert CowId.seeded("bu-siti").uuid != GoatId.seeded("bu-siti").uuid


def test_new_ids_sort_by_their_time() -> None:
    ids = [CowId.new() for _ in range(50)]
    assert ids == sorted(ids)


def test_the_kind_can_be_read_off() -> None:
    assert prefix_of(str(GoatId.new())) == "goat"
    assert prefix_of("nonsense") == ""
