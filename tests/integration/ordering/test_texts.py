"""Whatever is typed into ordering: an answer of the vocabulary, and nothing unreadable kept."""

from __future__ import annotations

import json

from services.contracts.cash import CashHandoverId, PayoutId
from services.contracts.catalog import MerchantId
from services.contracts.claims import ClaimId, ReviewId, TicketId
from services.contracts.kasbon import KasbonEntryId, KasbonId
from services.contracts.ordering import OrderLineId, SellerOrderId
from services.ordering.domain.ids import CartId, PromotionId
from services.ordering.schema import SCHEMA
from tests.worlds.asgi import socket
from tests.worlds.ordering import PARTNER, SITI, a_key, an_order, hold
from tests.worlds.ordering_site import BAYAM, SAVE, Site, a_contact
from tests.worlds.texts import asked, for_hostile, positions, unreadable

ROLES = {
    "acceptSellerOrder": "ops",
    "rejectSellerOrder": "ops",
    "markSellerOrderReady": "ops",
    "handOverSellerOrder": "merchant",
    "weighLine": "merchant",
    "packLine": "merchant",
    "replaceLine": "merchant",
    "setHandoverLimits": "merchant",
    **dict.fromkeys(("owed", "payouts", "disputedCash", "recordPayout", "reversePayout", "setTaxStatement"), "ops"),
    "settleCashHandover": "ops",
    **dict.fromkeys(
        ("offerKasbon", "acceptKasbon", "setKasbonLimit", "noteKasbonPayment", "forgiveKasbon"), "merchant"
    ),
    "claimsWaiting": "ops",
    "ticketsWaiting": "ops",
    "reviewsReported": "ops",
    "answerClaim": "merchant",
    "reportClaimPaid": "merchant",
    "decideClaim": "ops",
    "settleClaim": "ops",
    "resolveTicket": "ops",
    "answerReview": "merchant",
    "moderateReview": "ops",
    **dict.fromkeys(
        (
            "programmes",
            "commissionRules",
            "createPromotion",
            "changePromotion",
            "startPromotion",
            "pausePromotion",
            "endPromotion",
            "setCommission",
        ),
        "ops",
    ),
    "refundsByHand": "ops",
    "settleRefund": "ops",
    "ordersWantingAPerson": "ops",
    "settleOrderMark": "ops",
    "callOffOrder": "ops",
    **dict.fromkeys(("orderingHealth", "orderingStuckEvents", "settleOrderingEvent"), "ops"),
}

_KIND = dict.fromkeys(("createPromotion", "changePromotion"), "PERCENT")
_CLAIM, _TICKET, _REVIEW = str(ClaimId.seeded("x")), str(TicketId.seeded("x")), str(ReviewId.seeded("x"))
_OF = {
    **dict.fromkeys(
        ("claim", "answerClaim", "agreeToClaim", "escalateClaim", "withdrawClaim", "reportClaimPaid", "confirmClaim", "decideClaim",
         "settleClaim"),
        _CLAIM,
    ),
    **dict.fromkeys(("ticket", "replyToTicket", "resolveTicket"), _TICKET),
    **dict.fromkeys(("answerReview", "reportReview", "moderateReview"), _REVIEW),
    **dict.fromkeys(
        ("confirmCashHandover", "disputeCashHandover", "withdrawCashHandover", "settleCashHandover"),
        str(CashHandoverId.seeded("x")),
    ),
    **dict.fromkeys(
        ("kasbon", "acceptKasbon", "declineKasbon", "setKasbonLimit", "closeKasbon", "noteKasbonPayment", "forgiveKasbon"),
        str(KasbonId.seeded("x")),
    ),
    **dict.fromkeys(("takeBackKasbonPayment", "disputeKasbonEntry"), str(KasbonEntryId.seeded("x"))),
    **dict.fromkeys(("confirmPayout", "reversePayout"), str(PayoutId.seeded("x"))),
    **dict.fromkeys(("changePromotion", "startPromotion", "pausePromotion", "endPromotion"), str(PromotionId.seeded("x"))),
}  # fmt: skip


async def test_hostile_texts_get_an_answer_and_are_not_kept(site: Site) -> None:
    world, schema = site.world, SCHEMA._schema
    order_id = await world.place(SITI, await an_order(world))
    await hold(world, order_id)
    seller_order_id = SellerOrderId(await world.value("SELECT id FROM seller_order"))
    samples = {
        **a_contact(),
        "called": "Bu Siti",
        "sellerOrderId": "sor_01h455vb4pex5vsknk084sn02q",
        "reason": "habis",
        "proof": "kuitansi 17",
        "mark": "CASH_SHORT",
        "because": "dihitung lagi",
        "code": "LMJ-260101-0001",
        "variantId": BAYAM,
        "quantity": 2,
        "cartId": str(CartId.new()),
        "cartVersion": 1,
        "contactId": str(await world.contact(SITI)),
        "quote": await world.quote(SITI),
        "total": 15_000,
        "merchantId": str(MerchantId.seeded("wlijo")),
        "pickupsPerHour": 1,
        "deliveriesPerHour": 1,
        "way": "PICKUP",
        "orderLineId": str(OrderLineId(await world.value("SELECT id FROM order_line LIMIT 1"))),
        "orderId": str(order_id),
        "kind": "SHORT",
        "words": "kurang",
        "amount": 1,
        "why": "kasar",
        "stars": 5,
        "received": True,
        "shown": True,
        "category": "ORDER",
        "lineId": str(OrderLineId(await world.value("SELECT id FROM order_line"))),
        "gram": 900,
        "accept": True,
        "partnerId": str(PARTNER),
        "payeeId": str(MerchantId.seeded("wlijo")),
        "method": "BANK",
        "reference": "BCA 1",
        "note": "dilihat",
        "counted": 1,
        "limit": 1,
        "year": 2026,
        "holds": True,
        "payee": "MERCHANT",
        "nameId": "Berkah",
        "nameEn": "Blessing",
        "startsAt": "2030-01-01T00:00:00Z",
        "endsAt": "2030-02-01T00:00:00Z",
        "permille": 10,
        "basis": "Perbup 12/2026",
    }
    found = [each for each in positions(schema) if each.root in ("Query", "Mutation")]
    assert len(found) > 15

    async def everywhere(text: str) -> None:
        for each in found:
            of = seller_order_id if each.field in ROLES else order_id
            own = {**samples, "id": _OF.get(each.field, str(of)), "idempotencyKey": a_key()}
            own["kind"] = _KIND.get(each.field, samples["kind"])
            document, variables = asked(schema, each, text, own)
            answer = await site.ask(document, SITI, ROLES.get(each.field, "buyer"), **variables)
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert codes <= {"BAD_USER_INPUT"}, (str(each), text, answer)

    await for_hostile(everywhere)
    assert await unreadable(world.db) == {}
    assert await world.value("SELECT count(*) FROM contact") > 1


async def test_a_reason_with_hidden_letters_names_its_field(site: Site) -> None:
    document = """mutation($id: ID!, $reason: String!) { rejectSellerOrder(id: $id, reason: $reason) { __typename } }"""
    answer = await site.ask(document, "usr_ops", "ops", id=str(SellerOrderId.new()), reason="a\u202eb")
    (error,) = answer["errors"]
    assert error["message"] == "reason has no control characters or characters that are not seen (U+202E)"
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_half_a_surrogate_pair_is_no_message_on_either_protocol(site: Site) -> None:
    payload = {"query": SAVE, "variables": {"input": a_contact(label="\ud800"), "key": a_key()}}
    async with socket(site.app, token=site.token(SITI)) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        text = json.dumps({"id": "1", "type": "subscribe", "payload": payload})
        await opened.to_app.put({"type": "websocket.receive", "text": text})
        assert (await opened.receive())["close"] == 4400
    assert await site.world.value("SELECT count(*) FROM contact") == 0
