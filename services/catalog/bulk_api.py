"""Files beside the graph: sent in parts, and goods, counts, prices and reports written out. Who asks is proved by the token alone."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from services.catalog.commands import bulk as commands
from services.catalog.domain import bulk, bulk_out
from services.catalog.domain.bulk import MAX_PART_BYTES, MAX_PARTS, OUT, OUT_PLAIN, ImportKind
from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import ImportId
from services.catalog.domain.sheet import Written
from services.catalog.schema.telling import telling
from services.catalog.store import bulk as stored
from services.catalog.store import bulk_export
from services.contracts.catalog import MerchantId
from services.contracts.problems import ProblemCode
from services.contracts.roles import Role
from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.graphql.errors import BadUserInput, KeyReused
from services.kit.http.identity import Identity
from services.kit.http.problem import HttpProblem, answer, away, known_caller
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.http.tokens import TokenVerifier
from services.kit.ids import MalformedId, WrongKind

_log = logging.getLogger(__name__)
K = TypeVar("K", MerchantId, ImportId)
_PAGE: Final = 500
_YES: Final = {"true": True, "false": False}


class BulkApi:
    """`POST /bulk/v1/imports`, `PUT /bulk/v1/imports/{id}/parts/{n}`, `GET /bulk/v1/imports/{id}/report.csv` and
    `GET /bulk/v1/merchants/{id}/goods.csv`, `stock.csv`, `prices.csv`."""

    def __init__(self, db: Database, verifier: TokenVerifier, *, imports: int = 10, exports: int = 10) -> None:
        self._db = db
        self._verifier = verifier
        self._imports = RateLimit(burst=imports, per_second=1 / 60)
        self._parts = RateLimit(burst=2 * MAX_PARTS, per_second=2)
        self._exports = RateLimit(burst=exports, per_second=1 / 20)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/bulk/v1/imports", _answered(self._begin), methods=["POST"]),
            Route("/bulk/v1/imports/{id}/parts/{part}", _answered(self._part), methods=["PUT", "POST"]),
            Route("/bulk/v1/imports/{id}/report.csv", _answered(self._report), methods=["GET"]),
            Route("/bulk/v1/merchants/{id}/{kind}.csv", _answered(self._export), methods=["GET"]),
            Route("/bulk/v1/{path:path}", _answered(_elsewhere), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    async def _seller(self, request: Request) -> tuple[Identity, Caller]:
        identity = await known_caller(self._verifier, request)
        if not identity.has(Role.MERCHANT):
            raise HttpProblem(403, "FORBIDDEN", "this needs the role merchant")
        return identity, Caller(member=identity.subject)

    async def _begin(self, request: Request) -> Response:
        identity, caller = await self._seller(request)
        merchant_id = _id(MerchantId, request.query_params.get("merchant", ""))
        kind = _kind(request.query_params.get("kind", ""))
        dry_run = _YES.get(request.query_params.get("dry_run", "false"))
        if dry_run is None:
            raise HttpProblem(400, "MALFORMED", "dry_run is true or false", field="dry_run")
        parts = _number(request.query_params.get("parts", "1"), "parts")
        self._imports.take(identity.subject)
        first = await _body(request)
        async with transaction(self._db) as conn:
            made = await commands.begin(
                conn,
                caller,
                merchant_id,
                kind,
                first,
                parts=parts,
                dry_run=dry_run,
                by=identity.subject,
                idempotency_key=request.headers.get("idempotency-key", ""),
            )
        return answer({"import": str(made), "parts": parts}, 201)

    async def _part(self, request: Request) -> Response:
        identity, caller = await self._seller(request)
        id_ = _id(ImportId, request.path_params["id"])
        part = _number(request.path_params["part"], "part")
        self._parts.take(identity.subject)
        content = await _body(request)
        async with transaction(self._db) as conn:
            await commands.put_part(conn, caller, id_, part, content)
        return answer({"import": str(id_), "part": part})

    async def _report(self, request: Request) -> Response:
        identity, caller = await self._seller(request)
        id_ = _id(ImportId, request.path_params["id"])
        self._exports.take(identity.subject)
        async with self._db.acquire() as conn:
            there = await stored.imports(conn, caller, [id_])
        if id_ not in there:
            raise HttpProblem(404, "NOT_FOUND", "there is no such import of yours")
        return _file(self._reported(id_, _written(request)), f"laporan-{id_}.csv", _written(request))

    async def _reported(self, id_: ImportId, written: Written) -> AsyncIterator[str]:
        yield bulk_out.lines([bulk_out.REPORT], written)
        after = 0
        while True:
            async with self._db.acquire() as conn:
                (rows,) = await stored.reports(conn, [id_], [after], [_PAGE], [False])
            yield bulk_out.lines(
                [
                    [str(row.row), bulk.marked(row.sku), str(row.outcome), told.code, told.field or "", told.message]
                    for row in rows
                    for told in row.problems or [stored.Told(code="", message="")]
                ],
                written,
            )
            if len(rows) < _PAGE:
                return
            after = rows[-1].row

    async def _export(self, request: Request) -> Response:
        identity, caller = await self._seller(request)
        merchant_id = _id(MerchantId, request.path_params["id"])
        kind = _kind(request.path_params["kind"])
        self._exports.take(identity.subject)
        async with self._db.acquire() as conn:
            there = await bulk_export.is_member(conn, caller, merchant_id)
        if not there:
            raise HttpProblem(404, "NOT_FOUND", "there is no such merchant of yours")
        written = _written(request)
        return _file(self._exported(caller, merchant_id, kind, written), f"{request.path_params['kind']}.csv", written)

    async def _exported(
        self, caller: Caller, merchant_id: MerchantId, kind: ImportKind, written: Written
    ) -> AsyncIterator[str]:
        yield bulk_out.lines([bulk_out.header(kind)], written)
        after = None
        while True:
            async with self._db.acquire() as conn:
                page = await bulk_export.goods(conn, caller, merchant_id, after, _PAGE)
            yield bulk_out.lines([bulk_out.cells(kind, good, written) for _, good in page], written)
            if len(page) < _PAGE:
                return
            after = page[-1][0]


def _file(texts: AsyncIterator[str], name: str, written: Written) -> Response:
    async def encoded() -> AsyncIterator[bytes]:
        first = written.encoding
        async for text in texts:
            yield text.encode(first)
            first = "utf-8"  # the mark stands at the beginning alone

    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return StreamingResponse(encoded(), media_type="text/csv; charset=utf-8", headers=headers)


def _written(request: Request) -> Written:
    match request.query_params.get("format", ""):
        case "":
            return OUT
        case "plain":
            return OUT_PLAIN
        case _:
            raise HttpProblem(400, "MALFORMED", "format is plain, or is left out", field="format")


def _kind(text: str) -> ImportKind:
    kind = next((each for each in ImportKind if each.value.lower() == text), None)
    if kind is None:
        raise HttpProblem(400, "MALFORMED", "kind is goods, stock or prices", field="kind")
    return kind


def _number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MAX_PARTS):
        raise HttpProblem(400, "MALFORMED", f"{field} is 1 to {MAX_PARTS}", field=field)
    return int(text)


def _id(kind: type[K], text: str) -> K:
    try:
        return kind.parse(text)
    except (MalformedId, WrongKind) as error:
        raise HttpProblem(400, "MALFORMED", str(error)) from error


async def _body(request: Request) -> bytes:
    """Whole, or nothing of it: one that ends early is no part."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_PART_BYTES:
            raise HttpProblem(
                413, "FILE_TOO_LARGE", f"a part has at most {MAX_PART_BYTES} bytes; send the file in parts"
            )
    if not body:
        raise HttpProblem(400, "FILE_MALFORMED", "nothing was sent")
    return bytes(body)


def _answered(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answering(request: Request) -> Response:
        try:
            return await endpoint(request)
        except HttpProblem as problem:
            return problem.response()
        except RateLimited as haste:
            wait_s = -(-haste.retry_after_ms // 1000)
            return HttpProblem(429, "RATE_LIMITED", str(haste), {"retry-after": str(wait_s)}).response()
        except TRANSIENT as error:
            _log.warning("a file was not taken: %s", reason(error))
            return away(error).response()
        except BadUserInput as error:
            return HttpProblem(400, "MALFORMED", str(error), field="idempotency-key").response()
        except KeyReused as error:
            return HttpProblem(409, "IDEMPOTENCY_KEY_REUSED", str(error), field="idempotency-key").response()
        except bulk.PartIsNone as error:
            return HttpProblem(409, "WRONG_STATE", str(error), field="part").response()
        except ClientDisconnect:
            return Response(status_code=400)  # to nobody
        except Exception as error:  # noqa: BLE001 - a refusal of a rule, or a fault of ours
            told = telling(error)
            if told:
                status = 404 if told[0].code == ProblemCode.NOT_FOUND else 409
                return HttpProblem(status, told[0].code, told[0].message, field=told[0].field).response()
            _log.exception("a file was not taken")
            return HttpProblem(500, "INTERNAL", "a fault of ours; send it again").response()

    return answering


async def _elsewhere(_: Request) -> Response:
    raise HttpProblem(404, "NOT_FOUND", "there is nothing at this path, or not for this method")
