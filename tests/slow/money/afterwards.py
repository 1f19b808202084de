"""What comes after: claims, what goes back, cash from hand to hand, payouts."""

from __future__ import annotations

from typing import Any, Final

from services.contracts.cash import PayoutMethod
from services.contracts.catalog import (
    MerchantId,
)
from services.contracts.claims import ClaimId, ClaimKind
from services.contracts.ordering import BorneBy, RefundId
from services.contracts.reasons import ReasonCode
from services.kit.database.db import Transaction, transaction
from services.ordering.commands import cash, claims, payouts, refunds
from services.ordering.commands.payouts import NewPayout
from services.ordering.domain.books import Parties
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.refund import RefundReason
from services.ordering.domain.refusal import Refused
from services.ordering.store.reading import Viewer
from tests.slow.money.drawn import Drawn
from tests.slow.money.town import OF_SAME
from tests.worlds.books import AYU, LINA, PETUGAS, SRI, STAFF, TONO
from tests.worlds.ordering import PARTNER, RIDER, a_key

SPOKE: Final = (TONO, AYU, LINA, SRI, PETUGAS)


class Afterwards(Drawn):
    async def claim(self) -> None:
        draw, world = self.random, self.world
        known = await world.rows("SELECT id, merchant_id, order_id, asked_rupiah FROM claim ORDER BY opened_at, id")
        if not known or draw.random() < 0.4:
            part = await self.part(self.one())
            lines = await world.rows(
                "SELECT id FROM order_line WHERE seller_order_id = $1 ORDER BY position, id", part["id"]
            )
            wanted = claims.OpenClaim(
                OrderLineId(draw.choice(lines)["id"]), draw.choice(list(ClaimKind)), 1, "layu semua"
            )
            async with transaction(world.db) as conn:
                await claims.open_claim(conn, part["buyer"], wanted, idempotency_key=a_key())
            return
        row = draw.choice(known)
        claim_id, buyer = ClaimId(row["id"]), self.buyer_of(row["order_id"])
        who = f"usr_{next(name for name in OF_SAME if MerchantId.seeded(name).uuid == row['merchant_id'])}"
        some = draw.choice((0, row["asked_rupiah"] // 2, row["asked_rupiah"]))
        async with transaction(world.db) as conn:
            await self._claim(conn, claim_id, buyer, who, some)

    async def complain(self) -> None:
        """Some of those whose order has come, and of whom nobody has claimed yet, claim of a line; its merchant gives all, half, or says
        nothing."""
        lines = await self.world.rows(
            """SELECT DISTINCT ON (o.id) o.id AS order_id, l.id, s.merchant_id, coalesce(l.final_rupiah, l.total_rupiah) AS cost
               FROM order_line l JOIN seller_order s ON s.id = l.seller_order_id JOIN orders o ON o.id = s.order_id
               WHERE o.status = 'COMPLETED' AND s.left_at IS NULL AND l.state NOT IN ('DROPPED', 'REPLACED')
               AND o.ended_at > wlijo_now() - interval '12 hours' AND NOT EXISTS (SELECT FROM claim c WHERE c.order_id = o.id)
               ORDER BY o.id, l.id"""
        )
        for line in lines:
            if self.random.random() < 0.5:
                continue
            buyer = self.buyer_of(line["order_id"])
            wanted = claims.OpenClaim(OrderLineId(line["id"]), ClaimKind.SPOILED, 1, "layu semua")
            who = f"usr_{next(name for name in OF_SAME if MerchantId.seeded(name).uuid == line['merchant_id'])}"
            try:
                async with transaction(self.world.db) as conn:
                    claim_id = await claims.open_claim(conn, buyer, wanted, idempotency_key=a_key())
                    asked = await conn.fetchval("SELECT asked_rupiah FROM claim WHERE id = $1", claim_id)
                    some = self.random.choice((None, asked // 2, asked, asked))
                    if some:
                        await claims.answer_claim(conn, claim_id, who, amount_rupiah=some, words="maaf")
                self.did["complain"] += 1
            except Refused as no:
                self.did[f"complain: {type(no).__name__}"] += 1

    async def _claim(self, conn: Transaction, claim_id: ClaimId, buyer: str, who: str, some: int) -> None:
        match self.random.randrange(9):
            case 0 | 1:
                await claims.answer_claim(conn, claim_id, who, amount_rupiah=some, words="maaf")
            case 2:
                await claims.agree_to_claim(conn, claim_id, buyer)
            case 3:
                await claims.escalate_claim(conn, claim_id, buyer, words="tidak")
            case 4:
                await claims.decide_claim(
                    conn, claim_id, PETUGAS, amount_rupiah=some, reason=ReasonCode.SPOILED_OR_BROKEN, words="x"
                )
            case 5:
                await claims.claim_is_paid(conn, claim_id, who, proof="tunai")
            case 6:
                await claims.confirm_claim(conn, claim_id, buyer, received=self.random.random() < 0.6)
            case 7:
                await claims.settle_claim(conn, claim_id, PETUGAS, proof="TRF")
            case _:
                await claims.withdraw_claim(conn, claim_id, buyer)

    async def back(self) -> None:
        """Something is to go back, for a cause of which it is said once or twice; or a person has given it."""
        draw = self.random
        if draw.random() < 0.5:
            rows = await self.world.rows("SELECT id FROM refund ORDER BY requested_at, id") or self.nothing()
            async with transaction(self.world.db) as conn:
                await refunds.settle(conn, RefundId(draw.choice(rows)["id"]), proof="BI-FAST 1", by="usr_ops")
            return
        order = self.one()
        part = await self.part(order)
        bearer, amount, cause = (
            draw.choice(list(BorneBy)),
            draw.choice((500, 1_999, 9_000)),
            f"given:{draw.randrange(3)}",
        )
        async with transaction(self.world.db) as conn:
            await refunds.request(conn, order.id, amount, cause, RefundReason.CLAIM, bearer, seller_order_id=part["id"])

    async def cash(self) -> None:
        draw = self.random
        who = draw.choice(SPOKE)
        viewer = STAFF if who == PETUGAS else Viewer(who)
        async with transaction(self.world.db) as conn:
            if not self.handovers or draw.random() < 0.5:
                parties = draw.choice(
                    (
                        Parties(PARTNER, rider_id=RIDER),
                        Parties(PARTNER),
                        Parties(PARTNER, merchant_id=MerchantId.seeded("wlijo")),
                    )
                )
                amount = draw.choice((500, 3_000, 12_345, 40_000))
                made = await cash.state_handover(conn, viewer, parties, amount, idempotency_key=a_key(), test=False)
                self.handovers.append(made)
                return
            of = draw.choice(self.handovers)
            match draw.randrange(6):
                case 0:
                    counted = draw.randrange(10_000)
                    await cash.dispute_handover(conn, viewer, of, counted_rupiah=counted, reason="kurang")
                case 1:
                    amount = draw.choice((400, 3_000, 20_000))
                    await cash.settle_handover(conn, STAFF, of, amount_rupiah=amount, reason="dihitung")
                case 2:
                    await cash.withdraw_handover(conn, viewer, of)
                case _:
                    await cash.confirm_handover(conn, viewer, of)

    async def payout(self) -> None:
        draw = self.random
        async with transaction(self.world.db) as conn:
            if self.payouts and draw.random() < 0.3:
                await payouts.take_back(conn, PETUGAS, draw.choice(self.payouts), "salah")
                return
            payee: Any = draw.choice((*map(MerchantId.seeded, OF_SAME), PARTNER, RIDER))
            wanted = NewPayout(payee, draw.choice(list(PayoutMethod)), draw.choice((100, 2_000, 7_000)), "TRF-1", None)
            self.payouts.append(await payouts.record(conn, PETUGAS, wanted, idempotency_key=a_key(), test=False))
