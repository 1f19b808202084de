"""Who may see and do what: tokens, roles, ownership, forged representations."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import ObjectTypeDefinitionNode, parse

from services.contracts.cash import CashHandoverId, PayoutId
from services.contracts.catalog import MerchantId, ProductId
from services.contracts.claims import ClaimId, ReviewId, TicketId
from services.contracts.delivery import PartnerId
from services.contracts.kasbon import KasbonEntryId, KasbonId
from services.contracts.ordering import OrderId, OrderLineId, PaymentId, SellerOrderId
from services.contracts.packing import QuestionId
from services.kit.graphql.schema import print_sdl
from services.ordering.domain.ids import BuyerId, CartId, ContactId, PromotionId
from services.ordering.schema import SCHEMA
from tests.worlds.ordering import BUDI, SITI, a_key, a_merchant, placed
from tests.worlds.ordering_site import (
    BAYAM,
    MERCHANT_DOES,
    ORDER,
    PLACE,
    REMOVE,
    SAVE,
    SET,
    UPDATE,
    Site,
    a_contact,
    the_input,
)

ENTITIES = "query($of: [_Any!]!) { _entities(representations: $of) { __typename %s } }"


async def entity(site: Site, kind: str, id: Any, fields: str, who: str | None, role: str = "buyer") -> Any:
    document = ENTITIES % f"... on {kind} {{ {fields} }}"
    (found,) = await site.data(document, who, role, of=[{"__typename": kind, "id": str(id)}])
    return found


async def test_what_is_somebody_elses_does_not_exist_here_or_by_a_forged_representation(site: Site) -> None:
    world = site.world
    order_id = await placed(world)
    code = await world.value("SELECT code FROM orders")
    owned: dict[str, Any] = {
        "Order": order_id,
        "SellerOrder": SellerOrderId(await world.value("SELECT id FROM seller_order")),
        "Payment": PaymentId(await world.value("SELECT id FROM payment")),
        "Cart": CartId(await world.value("SELECT id FROM cart")),
        "Buyer": BuyerId(await world.value("SELECT id FROM buyer")),
    }
    strangers: list[tuple[str | None, str]] = [
        (BUDI, "buyer"), (BUDI, "merchant"), (BUDI, "rider"), (BUDI, "partner"), (BUDI, "government"), (None, ""),
        ("usr_kateki", "merchant"),
    ]  # fmt: skip
    for kind, id in owned.items():
        assert (await entity(site, kind, id, "id", SITI))["id"] == str(id)
        assert (await entity(site, kind, id, "id", "usr_ops", "ops"))["id"] == str(id)
        for who, role in strangers:
            assert await entity(site, kind, id, "id", who, role) is None, (kind, who, role)
    for who, role in strangers[:-2]:
        assert await site.data(ORDER, who, role, id=str(order_id)) is None
        assert await site.data("query($c: String!) { orderByCode(code: $c) { id } }", who, role, c=code) is None
        assert await site.data("query($id: ID!) { cart(id: $id) { id } }", who, role, id=str(owned["Cart"])) is None
    assert await site.data(ORDER, id=str(OrderId.new())) is None
    for no_code in ("", "\x00", "LMJ-260201-", code + "0", code.replace("-", "")):
        assert await site.data("query($c: String!) { orderByCode(code: $c) { id } }", c=no_code) is None


async def test_a_merchant_sees_its_own_seller_orders_and_nothing_of_the_buyer(site: Site) -> None:
    order_id = await placed(site.world)
    seller_order_id = str(SellerOrderId(await site.world.value("SELECT id FROM seller_order")))
    mine = str(MerchantId.seeded("wlijo"))
    orders = "orders { edges { node { id status orderCode dropoffKecamatanCode order { id } lines { name } } } }"
    seen = await entity(site, "Merchant", mine, orders, "usr_wlijo", "merchant")
    assert seen["orders"]["edges"] == [
        {
            "node": {
                "id": seller_order_id,
                "status": "AWAITING_MERCHANT",
                "orderCode": await site.world.value("SELECT code FROM orders"),
                "dropoffKecamatanCode": "35.08.10",
                "order": None,
                "lines": [{"name": "bayam"}],
            }
        }
    ]
    by_status = await entity(
        site, "Merchant", mine, "orders(status: COMPLETED) { edges { cursor } }", "usr_wlijo", "merchant"
    )
    assert by_status["orders"]["edges"] == []
    for who, role in ((SITI, "buyer"), (BUDI, "merchant"), (None, "")):
        assert (await entity(site, "Merchant", mine, orders, who, role))["orders"] is None
    assert await site.data(ORDER, "usr_wlijo", "merchant", id=str(order_id)) is None
    await site.world.hear(a_merchant(members=[]))
    assert (await entity(site, "Merchant", mine, orders, "usr_wlijo", "merchant"))["orders"] is None


_ANYBODY = "buyer merchant rider partner government"
TERMS = 'nameId: "x", nameEn: "x", kind: PERCENT, startsAt: "2026-01-01T00:00:00Z", endsAt: "2026-01-02T00:00:00Z"'
MUTATIONS: dict[str, tuple[str, str]] = {
    "saveContact": (SAVE, "buyer"),
    "updateContact": (UPDATE, "buyer"),
    "deleteContact": ("mutation($id: ID!) { deleteContact(id: $id) { __typename } }", "buyer"),
    "setDefaultContact": ("mutation($id: ID!) { setDefaultContact(id: $id) { __typename } }", "buyer"),
    "setCartLine": (SET, "buyer"),
    "setCartLines": (
        "mutation($variant: ID!, $quantity: Int!) { setCartLines(lines: [{variantId: $variant, quantity: $quantity}]) { __typename } }",
        "buyer",
    ),
    "removeCartLine": (REMOVE, "buyer"),
    "setSellerNote": ('mutation($id: ID!) { setSellerNote(merchantId: $id, note: "x") { __typename } }', "buyer"),
    "takeOverGuestCart": ('mutation { takeOverGuestCart(token: "x") { __typename } }', "buyer"),
    "reorder": ("mutation($id: ID!) { reorder(orderId: $id) { __typename } }", "buyer"),
    "placeOrder": (PLACE, "buyer"),
    "cancelOrder": ("mutation($id: ID!) { cancelOrder(id: $id) { __typename } }", "buyer"),
    "continueOrder": ("mutation($id: ID!) { continueOrder(id: $id) { __typename } }", "buyer"),
    "cancelSellerOrder": ("mutation($id: ID!) { cancelSellerOrder(id: $id) { __typename } }", "buyer merchant"),
    "stateCashHandover": (
        "mutation($id: ID!, $key: String!) { stateCashHandover(input: {partnerId: $id, amount: 1}, idempotencyKey: $key) { __typename } }",
        _ANYBODY,
    ),
    "confirmCashHandover": ("mutation($id: ID!) { confirmCashHandover(id: $id) { __typename } }", _ANYBODY),
    "disputeCashHandover": (
        'mutation($id: ID!) { disputeCashHandover(id: $id, counted: 1, reason: "x") { __typename } }',
        _ANYBODY,
    ),
    "withdrawCashHandover": ("mutation($id: ID!) { withdrawCashHandover(id: $id) { __typename } }", _ANYBODY),
    "settleCashHandover": (
        'mutation($id: ID!) { settleCashHandover(id: $id, amount: 1, reason: "x") { __typename } }',
        "ops",
    ),
    "setCashLimit": ("mutation($id: ID!) { setCashLimit(partnerId: $id, limit: 1) { __typename } }", _ANYBODY),
    "recordPayout": (
        """mutation($id: ID!, $key: String!) { recordPayout(input: {payeeId: $id, method: BANK, amount: 1, reference: "x"},
            idempotencyKey: $key) { __typename } }""",
        "ops",
    ),
    "confirmPayout": ("mutation($id: ID!) { confirmPayout(id: $id) { __typename } }", _ANYBODY),
    "reversePayout": ('mutation($id: ID!) { reversePayout(id: $id, reason: "x") { __typename } }', "ops"),
    "setTaxStatement": (
        'mutation($id: ID!) { setTaxStatement(merchantId: $id, year: 2026, holds: true, note: "x") { __typename } }',
        "ops",
    ),
    "applyVoucher": ('mutation { applyVoucher(code: "HEMAT10") { __typename } }', "buyer"),
    "removeVoucher": ("mutation { removeVoucher { __typename } }", "buyer"),
    "createPromotion": (
        (
            "mutation($id: ID!, $key: String!) { createPromotion(idempotencyKey: $key,"
            f" input: {{merchantId: $id, {TERMS}}}) {{ __typename }} }}"
        ),
        "merchant",
    ),
    "changePromotion": (
        f'mutation($id: ID!) {{ changePromotion(id: $id, input: {{merchantId: "x", {TERMS}}}) {{ __typename }} }}',
        "merchant",
    ),
    "startPromotion": ("mutation($id: ID!) { startPromotion(id: $id) { __typename } }", "merchant"),
    "pausePromotion": ("mutation($id: ID!) { pausePromotion(id: $id) { __typename } }", "merchant"),
    "endPromotion": ("mutation($id: ID!) { endPromotion(id: $id) { __typename } }", "merchant"),
    "setCommission": (
        (
            "mutation($key: String!) { setCommission(idempotencyKey: $key,"
            ' input: {permille: 1, startsAt: "2030-01-01T00:00:00Z", basis: "x"}) { __typename } }'
        ),
        "officer",
    ),
    "settleOrderMark": ('mutation($id: ID!) { settleOrderMark(id: $id, mark: "x", because: "x") { __typename } }', "ops"),
    "callOffOrder": ('mutation($id: ID!) { callOffOrder(id: $id, onBehalfOf: BUYER, reason: "x") { __typename } }', "ops"),
    "settleOrderingEvent": ('mutation { settleOrderingEvent(id: "WzFd", deed: TRY_AGAIN) { __typename } }', "ops"),
    "settleRefund": (
        'mutation { settleRefund(id: "ref_01h455vb4pex5vsknk084sn02q", proof: "x") { __typename } }',
        "ops",
    ),
    "acceptSellerOrder": (MERCHANT_DOES % "acceptSellerOrder(id: $id)", "merchant"),
    "rejectSellerOrder": (MERCHANT_DOES % 'rejectSellerOrder(id: $id, reason: "x")', "merchant"),
    "markSellerOrderReady": (MERCHANT_DOES % "markSellerOrderReady(id: $id)", "merchant"),
    "handOverSellerOrder": (MERCHANT_DOES % 'handOverSellerOrder(id: $id, code: "000000")', "merchant"),
    "weighLine": (MERCHANT_DOES % "weighLine(lineId: $id, gram: 900)", "merchant"),
    "packLine": (MERCHANT_DOES % "packLine(lineId: $id, quantity: 1)", "merchant"),
    "replaceLine": (
        "mutation($id: ID!, $variant: ID!) { replaceLine(lineId: $id, variantId: $variant, quantity: 1) { __typename } }",
        "merchant",
    ),
    "answerQuestion": ("mutation($id: ID!) { answerQuestion(id: $id, accept: true) { __typename } }", "buyer"),
    "setHandoverLimits": (
        "mutation($id: ID!) { setHandoverLimits(input: {merchantId: $id, pickupsPerHour: 1, deliveriesPerHour: 1}) { __typename } }",
        "merchant",
    ),
    "openClaim": (
        """mutation($id: ID!, $key: String!) { openClaim(input: {orderLineId: $id, kind: SHORT, quantity: 1, words: "x"},
            idempotencyKey: $key) { __typename } }""",
        "buyer",
    ),
    "answerClaim": ('mutation($id: ID!) { answerClaim(id: $id, amount: 0, words: "x") { __typename } }', "merchant"),
    "agreeToClaim": ("mutation($id: ID!) { agreeToClaim(id: $id) { __typename } }", "buyer"),
    "escalateClaim": ('mutation($id: ID!) { escalateClaim(id: $id, words: "x") { __typename } }', "buyer"),
    "withdrawClaim": ("mutation($id: ID!) { withdrawClaim(id: $id) { __typename } }", "buyer"),
    "reportClaimPaid": ('mutation($id: ID!) { reportClaimPaid(id: $id, proof: "x") { __typename } }', "merchant"),
    "confirmClaim": ("mutation($id: ID!) { confirmClaim(id: $id, received: true) { __typename } }", "buyer"),
    "decideClaim": (
        'mutation($id: ID!) { decideClaim(id: $id, amount: 0, reason: LATE, words: "x") { __typename } }',
        "ops",
    ),
    "settleClaim": ('mutation($id: ID!) { settleClaim(id: $id, proof: "x") { __typename } }', "ops"),
    "openTicket": (
        'mutation($key: String!) { openTicket(input: {category: OTHER, words: "x"}, idempotencyKey: $key) { __typename } }',
        "buyer merchant partner rider",
    ),
    "replyToTicket": (
        'mutation($id: ID!, $key: String!) { replyToTicket(id: $id, words: "x", idempotencyKey: $key) { __typename } }',
        "buyer merchant partner rider",
    ),
    "resolveTicket": ('mutation($id: ID!) { resolveTicket(id: $id, words: "x") { __typename } }', "ops"),
    "reviewGoods": ("mutation($id: ID!) { reviewGoods(orderLineId: $id, stars: 5) { __typename } }", "buyer"),
    "reviewDelivery": ("mutation($id: ID!) { reviewDelivery(orderId: $id, stars: 5) { __typename } }", "buyer"),
    "answerReview": ('mutation($id: ID!) { answerReview(id: $id, words: "x") { __typename } }', "merchant"),
    "reportReview": ('mutation($id: ID!) { reportReview(id: $id, why: "x") { __typename } }', "buyer merchant"),
    "moderateReview": ('mutation($id: ID!) { moderateReview(id: $id, shown: true, why: "x") { __typename } }', "ops"),
    "requestClaimPhotoUpload": ("mutation($id: ID!) { requestClaimPhotoUpload(id: $id) { __typename } }", "buyer merchant"),
    "askKasbon": ('mutation($id: ID!) { askKasbon(merchantId: $id, called: "x") { __typename } }', "buyer"),
    "offerKasbon": ("mutation($id: ID!) { offerKasbon(sellerOrderId: $id, limit: 1000) { __typename } }", "merchant"),
    **{
        name: (f"mutation($id: ID!) {{ {name}(id: $id{more}) {{ __typename }} }}", _ANYBODY)
        for name, more in {
            "acceptKasbon": "", "declineKasbon": "", "closeKasbon": "", "setKasbonLimit": ", limit: 1000",
            "takeBackKasbonPayment": ', reason: "x"', "disputeKasbonEntry": ', reason: "x"',
        }.items()
    },
    "noteKasbonPayment": (
        "mutation($id: ID!, $key: String!) { noteKasbonPayment(id: $id, amount: 1, idempotencyKey: $key) { __typename } }",
        _ANYBODY,
    ),
    "forgiveKasbon": (
        'mutation($id: ID!, $key: String!) { forgiveKasbon(id: $id, amount: 1, reason: "x", idempotencyKey: $key) { __typename } }',
        _ANYBODY,
    ),
}  # fmt: skip
"""With the roles of which one is enough, beside staff's."""

_OF = {
    "requestClaimPhotoUpload": ClaimId,
    "askKasbon": MerchantId,
    **dict.fromkeys(("acceptKasbon", "declineKasbon", "closeKasbon", "setKasbonLimit", "noteKasbonPayment", "forgiveKasbon"), KasbonId),
    **dict.fromkeys(("takeBackKasbonPayment", "disputeKasbonEntry"), KasbonEntryId),
    "setHandoverLimits": MerchantId,
    **dict.fromkeys(
        ("answerClaim", "agreeToClaim", "escalateClaim", "withdrawClaim", "reportClaimPaid", "confirmClaim", "decideClaim",
         "settleClaim"),
        ClaimId,
    ),
    **dict.fromkeys(("replyToTicket", "resolveTicket"), TicketId),
    **dict.fromkeys(("answerReview", "reportReview", "moderateReview"), ReviewId),
    "openClaim": OrderLineId,
    "reviewGoods": OrderLineId,
    "reviewDelivery": OrderId,
    "createPromotion": MerchantId,
    **dict.fromkeys(("changePromotion", "startPromotion", "pausePromotion", "endPromotion"), PromotionId),
    "setSellerNote": MerchantId,
    "reorder": OrderId,
    "continueOrder": OrderId,
    **dict.fromkeys(("stateCashHandover", "setCashLimit"), PartnerId),
    **dict.fromkeys(("confirmCashHandover", "disputeCashHandover", "withdrawCashHandover", "settleCashHandover"), CashHandoverId),
    **dict.fromkeys(("confirmPayout", "reversePayout"), PayoutId),
    **dict.fromkeys(("recordPayout", "setTaxStatement"), MerchantId),
    "weighLine": OrderLineId,
    "packLine": OrderLineId,
    "replaceLine": OrderLineId,
    "answerQuestion": QuestionId,
    **dict.fromkeys(("settleOrderMark", "callOffOrder"), OrderId),
    "cancelOrder": OrderId, "updateContact": ContactId,
    "deleteContact": ContactId,
    "setDefaultContact": ContactId,
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_needs_a_token_of_its_role(site: Site, name: str) -> None:
    document, role = MUTATIONS[name]
    variables: dict[str, Any] = {
        "input": a_contact() if name in ("saveContact", "updateContact") else await the_input(site.world),
        "key": a_key(),
        "variant": BAYAM,
        "quantity": 1,
        "id": str(_OF.get(name, SellerOrderId).new()),
    }
    before = await site.world.fingerprint()
    assert await site.code(document, None, **variables) == "UNAUTHENTICATED"
    for wrong in {"buyer", "merchant", "rider", "partner", "government"} - set(role.split()):
        assert await site.code(document, SITI, wrong, **variables) == "FORBIDDEN", wrong
    assert await site.world.fingerprint() == before


def test_every_mutation_is_in_the_matrix() -> None:
    (mutation,) = (
        each
        for each in parse(print_sdl(SCHEMA)).definitions
        if isinstance(each, ObjectTypeDefinitionNode) and each.name.value == "Mutation"
    )
    for_everybody = {"openGuestCart"}
    assert {field.name.value for field in mutation.fields or ()} == set(MUTATIONS) | for_everybody


@pytest.mark.parametrize(
    "document",
    [
        "{ me { id } }",
        f'{{ order(id: "{OrderId.seeded("any")}") {{ id }} }}',
        'query { orderByCode(code: "x") { id } }',
        f'{{ cart(id: "{CartId.seeded("any")}") {{ id }} }}',
    ],
)
async def test_a_query_needs_a_token(site: Site, document: str) -> None:
    assert await site.code(document, None) == "UNAUTHENTICATED"


async def test_an_id_of_another_kind_is_bad_input(site: Site) -> None:
    for id in (str(CartId.new()), "ord_x", "", "1"):
        assert await site.code(ORDER, id=id) == "BAD_USER_INPUT"
    assert await site.code(SET, variant=str(ProductId.new()), quantity=1) == "BAD_USER_INPUT"
