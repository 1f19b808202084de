"""Refusals of the mutations: how each exception is told."""

from __future__ import annotations

from typing import Any

from services.contracts.problems import ProblemCode
from services.graph import Refusal
from services.insight.domain.prices import NotAPriceList
from services.kit.graphql.refusals import Answer

REFUSALS: list[Answer[Any]] = [
    Answer(
        NotAPriceList,
        lambda no: Refusal(code=ProblemCode.FILE_MALFORMED, message=f"Nothing was taken: {no}", field="csv"),
    ),
]
