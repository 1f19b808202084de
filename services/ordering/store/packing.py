"""SQL of packing: a part's lines and open questions are read once its order is locked, and all that changed is written in one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from services.contracts.catalog import MerchantId, UnitKind, VariantId
from services.contracts.ordering import OrderId, OrderLineId, SellerOrderId
from services.contracts.packing import QuestionId, QuestionKind
from services.kit.database.db import Connection, Row, only_row
from services.ordering.domain.order import Order
from services.ordering.domain.order_line import Line, OrderLineState
from services.ordering.domain.packing import Packing
from services.ordering.domain.question import IfNotAccepted, Question, QuestionState, Replacement
from services.ordering.domain.seller_order import SellerOrder
from services.ordering.domain.wishes import WhenShort
from services.ordering.store.units import AS_SOLD, catch_weight, sale_unit

_OFFER: Final = msgspec.json.Decoder(Replacement, dec_hook=lambda _, text: VariantId.parse(text))


class Part(NamedTuple):
    order_id: OrderId
    seller_order_id: SellerOrderId


async def part_of_line(conn: Connection, line_id: OrderLineId, subject: str, *, sees_all: bool) -> Part | None:
    """None when there is no such line, or the caller is not of its merchant."""
    row = await conn.fetchrow(
        """SELECT s.order_id, s.id FROM order_line l JOIN seller_order s ON s.id = l.seller_order_id
           WHERE l.id = $1 AND ($3 OR EXISTS (
               SELECT FROM merchant_member m WHERE m.merchant_id = s.merchant_id AND m.subject = $2))""",
        line_id,
        subject,
        sees_all,
    )
    return _part(row)


async def part_of_buyers_question(conn: Connection, question_id: QuestionId, subject: str) -> Part | None:
    """None when there is no such question, or it is another's to answer."""
    row = await conn.fetchrow(
        """SELECT q.order_id, q.seller_order_id AS id FROM order_question q JOIN orders o ON o.id = q.order_id
           JOIN buyer b ON b.id = o.buyer_id WHERE q.id = $1 AND b.subject = $2""",
        question_id,
        subject,
    )
    return _part(row)


async def part_of_question(conn: Connection, question_id: QuestionId) -> Part | None:
    row = await conn.fetchrow("SELECT order_id, seller_order_id AS id FROM order_question WHERE id = $1", question_id)
    return _part(row)


def _part(row: Row | None) -> Part | None:
    return Part(OrderId(row["order_id"]), SellerOrderId(row["id"])) if row else None


async def replacement(conn: Connection, variant_id: VariantId, merchant_id: MerchantId) -> Replacement | None:
    """None of what this merchant does not sell now."""
    row = await conn.fetchrow(
        """SELECT v.id, p.name, v.unit_label, v.unit_code, v.unit_kind, v.base_per_unit, v.step, v.min, v.max, v.price_rupiah,
                  v.price_basis, v.weight_price_rupiah, v.weight_basis, v.overrun_percent
           FROM variant v JOIN product p ON p.id = v.product_id
           WHERE v.id = $1 AND NOT v.gone AND p.status = 'PUBLISHED' AND p.merchant_id = $2""",
        variant_id,
        merchant_id,
    )
    if row is None:
        return None
    return Replacement(
        variant_id=VariantId(row["id"]),
        name=row["name"],
        unit=sale_unit(row),
        price_rupiah=row["price_rupiah"],
        price_basis=row["price_basis"],
        catch_weight=catch_weight(row),
    )


async def load(conn: Connection, order: Order, seller: SellerOrder) -> Packing:
    """The order must be locked."""
    lines = await conn.fetch(
        f"""SELECT l.id, l.variant_id, l.name, l.quantity, l.price_rupiah, l.price_basis, l.total_rupiah, l.when_short, l.state,
                   l.packed_quantity, l.packed_gram, l.final_rupiah, l.agreed_rupiah, l.replaces,
                   (SELECT count(*) FROM order_question q WHERE q.line_id = l.id) AS questions, {AS_SOLD}
            FROM order_line l LEFT JOIN variant v ON v.id = l.variant_id AND v.unit_label = l.unit_label
            WHERE l.seller_order_id = $1 ORDER BY l.position""",
        seller.id,
    )
    questions = await conn.fetch(
        f"SELECT {QUESTION} FROM order_question q WHERE q.order_id = $1 AND q.seller_order_id = $2 AND q.state = 'OPEN'",
        order.id,
        seller.id,
    )
    return Packing.of(order, seller, [_line(row) for row in lines], [question(row) for row in questions])


def _line(row: Row) -> Line:
    return Line(
        id=OrderLineId(row["id"]),
        variant_id=VariantId(row["variant_id"]),
        name=row["name"],
        unit=sale_unit(row),
        quantity=row["quantity"],
        price_rupiah=row["price_rupiah"],
        price_basis=row["price_basis"],
        total_rupiah=row["total_rupiah"],
        catch_weight=catch_weight(row),
        when_short=WhenShort(row["when_short"] or WhenShort.ASK),
        state=OrderLineState(row["state"]),
        packed_quantity=row["packed_quantity"],
        packed_gram=row["packed_gram"],
        final_rupiah=row["final_rupiah"],
        agreed_rupiah=row["agreed_rupiah"],
        replaces=OrderLineId(row["replaces"]) if row["replaces"] else None,
        questions=row["questions"],
    )


QUESTION: Final = """q.id, q.line_id, q.kind, q.state, q.quantity, q.gram, q.offer::text AS offer, q.total_rupiah, q.otherwise,
       q.otherwise_rupiah, q.asked_at, q.answer_by, q.ended_at"""


def question(row: Row) -> Question:
    """Of a row with the columns of `QUESTION`."""
    return Question(
        id=QuestionId(row["id"]),
        line_id=OrderLineId(row["line_id"]),
        kind=QuestionKind(row["kind"]),
        total_rupiah=row["total_rupiah"],
        otherwise=IfNotAccepted(row["otherwise"]),
        otherwise_rupiah=row["otherwise_rupiah"],
        asked_at=row["asked_at"],
        answer_by=row["answer_by"],
        quantity=row["quantity"],
        gram=row["gram"],
        replacement=_OFFER.decode(row["offer"]) if row["offer"] else None,
        state=QuestionState(row["state"]),
        ended_at=row["ended_at"],
    )


async def one(conn: Connection, question_id: QuestionId) -> Question:
    """Whatever became of it."""
    return question(await only_row(conn, f"SELECT {QUESTION} FROM order_question q WHERE q.id = $1", question_id))


class _SavedLine(msgspec.Struct, frozen=True):
    id: UUID
    state: OrderLineState
    when_short: WhenShort
    packed_quantity: int | None
    packed_gram: int | None
    final_rupiah: int | None
    agreed_rupiah: int | None


class _NewLine(msgspec.Struct, frozen=True):
    id: UUID
    variant_id: UUID
    name: str
    unit_label: str
    unit_code: str
    unit_kind: UnitKind
    base_per_unit: int
    step: int
    min: int
    max: int | None
    weight_price_rupiah: int | None
    weight_basis: int | None
    overrun_percent: int | None
    quantity: int
    price_rupiah: int
    price_basis: int
    total_rupiah: int
    when_short: WhenShort
    state: OrderLineState
    packed_quantity: int | None
    final_rupiah: int | None
    replaces: UUID | None


class _SavedQuestion(msgspec.Struct, frozen=True):
    id: UUID
    line_id: UUID
    kind: QuestionKind
    state: QuestionState
    quantity: int
    gram: int | None
    offer: Replacement | None
    total_rupiah: int
    otherwise: IfNotAccepted
    otherwise_rupiah: int
    asked_at: datetime
    answer_by: datetime
    ended_at: datetime | None


# A question that ended makes room for another of its line: it is written first.
_SAVE_LINES = """
WITH saved AS (
    UPDATE order_line l SET state = u.state, when_short = CASE WHEN u.when_short = coalesce(l.when_short, 'ASK') THEN l.when_short
                                                               ELSE u.when_short END,
                            packed_quantity = u.packed_quantity, packed_gram = u.packed_gram, final_rupiah = u.final_rupiah,
                            agreed_rupiah = u.agreed_rupiah
    FROM json_to_recordset($2::json) AS u (id uuid, state text, when_short text, packed_quantity bigint, packed_gram bigint,
                                           final_rupiah bigint, agreed_rupiah bigint)
    WHERE l.seller_order_id = $1 AND l.id = u.id
), ended AS (
    UPDATE order_question q SET state = u.state, ended_at = u.ended_at
    FROM json_to_recordset($3::json) AS u (id uuid, state text, ended_at timestamptz) WHERE q.id = u.id
)
INSERT INTO order_line (id, seller_order_id, position, variant_id, name, unit_label, unit_code, unit_kind, base_per_unit, step, min,
                        quantity, price_rupiah, price_basis, total_rupiah, max, weight_price_rupiah, weight_basis, overrun_percent,
                        when_short, state, packed_quantity, final_rupiah, replaces)
SELECT n.id, $1, (SELECT max(position) FROM order_line WHERE seller_order_id = $1) + row_number() OVER (), n.variant_id, n.name,
       n.unit_label, n.unit_code, n.unit_kind, n.base_per_unit, n.step, n.min, n.quantity, n.price_rupiah, n.price_basis,
       n.total_rupiah, n.max, n.weight_price_rupiah, n.weight_basis, n.overrun_percent, n.when_short, n.state,
       n.packed_quantity, n.final_rupiah, n.replaces
FROM json_to_recordset($4::json) AS n (
    id uuid, variant_id uuid, name text, unit_label text, unit_code text, unit_kind text, base_per_unit integer, step bigint, min bigint,
    quantity bigint, price_rupiah bigint, price_basis bigint, total_rupiah bigint, max bigint, weight_price_rupiah bigint,
    weight_basis bigint, overrun_percent integer, when_short text, state text, packed_quantity bigint, final_rupiah bigint, replaces uuid)
"""
_ASK = """
INSERT INTO order_question (id, order_id, seller_order_id, line_id, kind, state, quantity, gram, offer, total_rupiah, otherwise,
                            otherwise_rupiah, asked_at, answer_by)
SELECT q.id, $1, $2, q.line_id, q.kind, q.state, q.quantity, q.gram, q.offer, q.total_rupiah, q.otherwise, q.otherwise_rupiah, q.asked_at,
       q.answer_by
FROM json_to_recordset($3::json) AS q (
    id uuid, line_id uuid, kind text, state text, quantity bigint, gram bigint, offer jsonb, total_rupiah bigint, otherwise text,
    otherwise_rupiah bigint, asked_at timestamptz, answer_by timestamptz)
"""


async def save(conn: Connection, packing: Packing) -> None:
    """Before the order is: what is packed is packed while its part is."""
    lines = [_saved(each) for each in packing.lines if each.changed and not each.is_new]
    new = [_new(each) for each in packing.lines if each.is_new]
    questions = [_question(each) for each in packing.questions if each.changed]
    ended = [each for each in questions if each.state is not QuestionState.OPEN]
    asked = [each for each in questions if each.state is QuestionState.OPEN]
    await conn.execute(_SAVE_LINES, packing.seller_order_id, _json(lines), _json(ended), _json(new))
    if asked:
        await conn.execute(_ASK, packing.order_id, packing.seller_order_id, _json(asked))


async def pack_as_ordered(conn: Connection, seller_order_id: SellerOrderId) -> None:
    """What nothing was said of."""
    await conn.execute(
        """UPDATE order_line SET state = 'PACKED', packed_quantity = quantity, final_rupiah = total_rupiah
           WHERE seller_order_id = $1 AND state = 'OPEN'""",
        seller_order_id,
    )


def _json(rows: object) -> str:
    return msgspec.json.encode(rows, enc_hook=str).decode()


def _saved(line: Line) -> _SavedLine:
    return _SavedLine(
        id=line.id.uuid,
        state=line.state,
        when_short=line.when_short,
        packed_quantity=line.packed_quantity,
        packed_gram=line.packed_gram,
        final_rupiah=line.final_rupiah,
        agreed_rupiah=line.agreed_rupiah,
    )


def _new(line: Line) -> _NewLine:
    unit, weighed = line.unit, line.catch_weight
    return _NewLine(
        id=line.id.uuid,
        variant_id=line.variant_id.uuid,
        name=line.name,
        unit_label=unit.label,
        unit_code=unit.code,
        unit_kind=unit.kind,
        base_per_unit=unit.base_per_unit,
        step=unit.step,
        min=unit.min,
        max=unit.max,
        weight_price_rupiah=weighed.price_rupiah if weighed else None,
        weight_basis=weighed.price_basis if weighed else None,
        overrun_percent=weighed.overrun_percent if weighed else None,
        quantity=line.quantity,
        price_rupiah=line.price_rupiah,
        price_basis=line.price_basis,
        total_rupiah=line.total_rupiah,
        when_short=line.when_short,
        state=line.state,
        packed_quantity=line.packed_quantity,
        final_rupiah=line.final_rupiah,
        replaces=line.replaces.uuid if line.replaces else None,
    )


def _question(each: Question) -> _SavedQuestion:
    return _SavedQuestion(
        id=each.id.uuid,
        line_id=each.line_id.uuid,
        kind=each.kind,
        state=each.state,
        quantity=each.quantity,
        gram=each.gram,
        offer=each.replacement,
        total_rupiah=each.total_rupiah,
        otherwise=each.otherwise,
        otherwise_rupiah=each.otherwise_rupiah,
        asked_at=each.asked_at,
        answer_by=each.answer_by,
        ended_at=each.ended_at,
    )
