"""Refusals of the mutations: how each exception is told."""

from __future__ import annotations

from typing import Any

from services.contracts.problems import LimitUnit, ProblemCode
from services.graph import Refusal, not_found, too_fast
from services.kit.graphql.refusals import Answer
from services.people.commands.staff import LastOfOps
from services.people.domain import client, code, export, limits, person, phone, push, session
from services.people.domain.refusal import Refused, Unknown


def _said(code: ProblemCode, no: Refused, **facts: Any) -> Refusal:
    """`facts` are those of Problem."""
    return Refusal(code=code, message=str(no), **facts)


REFUSALS: list[Answer[Any]] = [
    Answer(Unknown, lambda _: not_found()),
    Answer(phone.PhoneIsInvalid, lambda no: _said(ProblemCode.INVALID_PHONE, no, field="phone")),
    Answer(phone.CountryIsNotServed, lambda no: _said(ProblemCode.PHONE_NOT_SERVED, no, field="phone")),
    Answer(person.NumberIsTaken, lambda no: _said(ProblemCode.PHONE_TAKEN, no, field="phone")),
    Answer(
        person.TextIsInvalid,
        lambda no: _said(
            ProblemCode.INVALID_TEXT, no, field=no.field, minimum=1, limit=no.maximum, unit=LimitUnit.CHARACTER
        ),
    ),
    Answer(code.CodeIsWrong, lambda no: _said(ProblemCode.CODE_INVALID, no, field="code")),
    Answer(person.TooManyChanges, lambda no: too_fast(no.retry_after_ms, str(no))),
    Answer(export.TooManyExports, lambda no: too_fast(no.retry_after_ms, str(no))),
    Answer(limits.TooManyCodes, lambda no: too_fast(no.retry_after_ms, str(no))),
    Answer(
        limits.TooManyInAll,
        lambda no: _said(ProblemCode.TRY_LATER, no, retryable=True, retry_after_ms=no.retry_after_ms),
    ),
    Answer(session.SessionHasEnded, lambda no: _said(ProblemCode.SESSION_ENDED, no)),
    Answer(push.PushNotServed, lambda no: _said(ProblemCode.PUSH_NOT_SERVED, no, field="endpoint")),
    Answer(client.ClientsAreTooMany, lambda no: _said(ProblemCode.TOO_MANY_CLIENTS, no, limit=client.MOST_LIVE)),
    Answer(client.CompanyHasLeft, lambda no: _said(ProblemCode.WRONG_STATE, no, status=no.status)),
    Answer(
        client.NameIsInvalid,
        lambda no: _said(
            ProblemCode.INVALID_TEXT,
            no,
            field="name",
            minimum=1,
            limit=client.MOST_NAME_CHARACTERS,
            unit=LimitUnit.CHARACTER,
        ),
    ),
    Answer(LastOfOps, lambda no: _said(ProblemCode.LAST_OF_ITS_KIND, no)),
]
