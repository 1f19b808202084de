"""Refusals of files and of usual goods: how each exception is told, in the graph, in a file's report and beside the graph."""

from __future__ import annotations

from typing import Any

from services.catalog.domain import bulk, sheet, templates
from services.catalog.domain.bulk import Column
from services.contracts.problems import LimitUnit, ProblemCode
from services.graph import Refusal, not_found
from services.kit.graphql.refusals import Answer
from services.kit.invalid import FieldInvalid


def _number(no: FieldInvalid) -> Refusal:
    code = ProblemCode.INVALID_PRICE if no.field == Column.PRICE.value else ProblemCode.INVALID_QUANTITY
    return Refusal(code=code, message=str(no), field=no.field)


def _text(no: FieldInvalid) -> Refusal:
    return Refusal(code=ProblemCode.INVALID_TEXT, message=str(no), field=no.field)


BULK: list[Answer[Any]] = [
    Answer(
        bulk.ColumnIsMissing,
        lambda no: Refusal(code=ProblemCode.COLUMN_MISSING, message=str(no), field=no.field),
    ),
    Answer(bulk.CellIsNoNumber, _number),
    Answer(bulk.SkuIsUnknown, lambda no: not_found(field=no.field)),
    Answer(
        bulk.RowIsDouble,
        lambda no: Refusal(code=ProblemCode.DUPLICATE_ROW, message=str(no), field=no.field),
    ),
    Answer(bulk.CellInvalid, _text),
    Answer(bulk.RowIsMalformed, lambda no: Refusal(code=ProblemCode.ROW_MALFORMED, message=str(no))),
    Answer(bulk.ImportUnderWay, lambda no: Refusal(code=ProblemCode.IMPORT_UNDER_WAY, message=str(no))),
    Answer(
        bulk.ImportInState,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status),
    ),
    Answer(sheet.SheetInvalid, lambda no: Refusal(code=ProblemCode.FILE_MALFORMED, message=str(no))),
    Answer(
        sheet.SheetTooLarge,
        lambda no: Refusal(code=ProblemCode.FILE_TOO_LARGE, message=str(no), limit=no.limit, unit=no.unit),
    ),
    Answer(
        templates.TemplatesAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_TEMPLATES,
            message=str(no),
            limit=templates.MAX_TEMPLATES,
            unit=LimitUnit.TEMPLATE,
        ),
    ),
    Answer(templates.TemplateIsUnknown, lambda no: not_found(field=no.field)),
]
