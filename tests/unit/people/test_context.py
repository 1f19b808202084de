"""Who is whom: tokens of people's own, of another issuer, and of the development issuer in local mode."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.people import PersonId
from services.kit.http.identity import Identity
from services.people.schema.context import Context, Means

PERSON = PersonId.seeded("siti")
OURS, OTHERS = "https://wlijo.example", "http://127.0.0.1:4010"


class _Signer:
    issuer = OURS


def context(issuer: str, subject: str, *, local: bool = False) -> Context:
    none: Any = None
    signer: Any = _Signer()
    means = Means(db=none, signer=signer, phones=none, prover=none, lasting=none, local=local)
    return Context(Identity(subject, frozenset(), claims={"iss": issuer}), means)


@pytest.mark.parametrize(
    ("issuer", "local", "person", "subject"),
    [(OURS, False, PERSON, str(PERSON)), (OTHERS, False, None, None), (OTHERS, True, None, str(PERSON))],
)
def test_another_issuers_token_is_never_a_persons_and_named_like_one_in_local_mode_alone(
    issuer: str, local: bool, person: PersonId | None, subject: str | None
) -> None:
    found = context(issuer, str(PERSON), local=local)
    assert (found.person_id, found.subject) == (person, subject)


def test_whom_another_issuer_knows_by_a_name_of_its_own_is_no_person_in_local_mode_either() -> None:
    found = context(OTHERS, "somebody", local=True)
    assert (found.person_id, found.subject) == (None, "somebody")
