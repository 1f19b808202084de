"""Every text that the graph takes has a rule: a new argument or input field without one is named here."""

from __future__ import annotations

import pytest
from graphql import build_schema

from services.contracts.registry import NAMES
from services.sdl import schema_of
from tests.worlds.texts import Position, positions

LINE = "kit.text, kept as it says"
PHONE = "E.164, or refused"
CODE = "on the list of contracts.regency, or refused"
LISTED = "one of a list of ours, or refused"
SLUG = "small letters and digits in words that hyphens join, or refused"
ORDER_CODE = "looked up, never kept"
SEARCH = "its words alone are looked for"
CURSOR = "what the list gave, or refused"
KEY = "16 to 64 printable ASCII characters, or refused"
PROVED = "six digits, compared and never kept"
TOKEN = "looked up by its digest, never kept"
WORD = "small letters, digits and hyphens, or refused"
ADDRESS = "a push service's, and keys of their lengths, or refused"
VOUCHER = "6 to 20 of A to Z and digits, in letters of any case, or refused"
MONTH = "a year and a month, or refused"
FILE = "read as CSV; broken rows are named, a text that is none is refused"
URL = "https and a host's name, in printable ASCII, or refused"
SIGNED = "a statement of delivery's, or refused"
BOUNDARY = "GeoJSON of which coordinates and a name are kept, the name as one line, or refused"

RULES = {
    "Query.trackedDelivery(trackingToken)": TOKEN,
    "Query.merchants(kecamatanCode)": CODE,
    "Query.productsNear(search)": SEARCH,
    "Query.productsNear(category)": SLUG,
    "Mutation.handOverSellerOrder(code)": PROVED,
    "Query.searchProducts(text)": SEARCH,
    "Query.searchProducts(narrowed.category)": SLUG,
    "Query.searchSuggestions(text)": SEARCH,
    "Mutation.saveSynonym(word)": LINE,
    "Mutation.saveSynonym(means)": LINE,
    "Mutation.removeSynonym(word)": LINE,
    "Merchant.products(category)": SLUG,
    "Query.merchantBySlug(slug)": SLUG,
    "Query.productBySlug(merchant)": SLUG,
    "Query.productBySlug(slug)": SLUG,
    "Query.orderByCode(code)": ORDER_CODE,
    "Mutation.saveCategory(code)": SLUG,
    "Mutation.saveCategory(name)": LINE,
    "Mutation.saveCategory(nameEn)": LINE,
    **{
        f"Mutation.{mutation}(input.{field})": rule
        for mutation in ("applyAsMerchant", "applyAgainAsMerchant")
        for field, rule in {
            "name": LINE,
            "contactName": LINE,
            "phone": PHONE,
            "kecamatanCode": CODE,
            "desaCode": CODE,
        }.items()
    },
    "Mutation.createPartnerClient(name)": LINE,
    "Mutation.setPartnerWebhook(url)": URL,
    "Mutation.joinMerchant(code)": TOKEN,
    "Mutation.joinMerchant(name)": LINE,
    "Mutation.correctMemberName(name)": LINE,
    "Mutation.correctMerchantContact(input.contactName)": LINE,
    "Mutation.correctMerchantContact(input.phone)": PHONE,
    "Mutation.shutMerchant(note)": LINE,
    "Mutation.setRoute(stops.label)": LINE,
    "Mutation.setServingArea(kecamatanCodes)": CODE,
    "Mutation.setPartnerReach(input.kecamatanCodes)": CODE,
    "Mutation.enterDispatchPolicy(input.why)": LINE,
    "Mutation.settleOrderMark(because)": LINE,
    "Mutation.callOffOrder(reason)": LINE,
    **{f"Mutation.settle{service.capitalize()}Event(because)": LINE for service in NAMES},
    "Mutation.settleOrderMark(mark)": LINE,
    "Query.ordersWantingAPerson(mark)": LINE,
    **{f"Mutation.{mutation}(reason)": LINE for mutation in ("offerToPartner", "extendSearch", "cancelSearch")},
    **{
        f"Mutation.{mutation}(note)": LINE
        for mutation in ("receiveStock", "recordSale", "recordSpoiled", "countStock", "moveStock")
    },
    "Mutation.saveLoadTemplate(name)": LINE,
    "Mutation.createStockPlace(name)": LINE,
    "Mutation.changeStockPlace(name)": LINE,
    **{
        f"Mutation.{place}": rule
        for product in ("createProduct(input.", "changeProduct(input.")
        for place, rule in {
            f"{product}name)": LINE,
            f"{product}description)": LINE,
            f"{product}category)": LISTED,
            f"{product}originDesaCode)": CODE,
            f"{product}originGroup)": LINE,
            f"{product}regionMark)": LINE,
            f"{product}commodityCode)": LISTED,
            f"{product}attributes.code)": LISTED,
            f"{product}attributes.value)": LINE,
        }.items()
    },
    "Mutation.setProductAttributes(attributes.code)": LISTED,
    "Mutation.setProductAttributes(attributes.value)": LINE,
    "Mutation.placeCategory(code)": LISTED,
    "Mutation.placeCategory(parentCode)": LISTED,
    "Mutation.placeCategory(commodityCode)": LISTED,
    "Mutation.saveAttribute(categoryCode)": LISTED,
    "Mutation.saveAttribute(code)": SLUG,
    "Mutation.saveAttribute(name)": LINE,
    "Mutation.saveAttribute(unit)": LINE,
    "Mutation.saveAttribute(choices)": LINE,
    "Mutation.removeAttribute(code)": LISTED,
    "Mutation.saveCommodity(code)": SLUG,
    "Mutation.saveCommodity(name)": LINE,
    "Query.sameGoods(commodityCode)": LISTED,
    "Query.searchProducts(narrowed.attributes.code)": LISTED,
    "Query.searchProducts(narrowed.attributes.values)": SEARCH,
    **{
        f"Mutation.{place}": rule
        for variant in ("createProduct(variants.", "addVariant(variant.")
        for place, rule in {f"{variant}label)": LINE, f"{variant}unit)": LISTED}.items()
    },
    "Mutation.changeVariant(input.label)": LINE,
    "Mutation.saveSaleUnit(code)": SLUG,
    "Query.templateGoods(category)": SLUG,
    "Query.templateGoods(text)": SEARCH,
    "Mutation.copyTemplateGoods(items.code)": SLUG,
    "Mutation.copyTemplateGoods(items.unit)": LISTED,
    "Mutation.saveTemplateGood(code)": SLUG,
    "Mutation.saveTemplateGood(input.name)": LINE,
    "Mutation.saveTemplateGood(input.description)": LINE,
    "Mutation.saveTemplateGood(input.label)": LINE,
    "Mutation.saveTemplateGood(input.category)": LISTED,
    "Mutation.saveTemplateGood(input.unit)": LISTED,
    "Mutation.removeTemplateGood(code)": SLUG,
    "Mutation.saveSaleUnit(label)": LINE,
    "Mutation.submitLicence(input.number)": LINE,
    "Mutation.rejectLicence(reason)": LINE,
    "Mutation.revokeLicence(reason)": LINE,
    "Mutation.saveCategoryRequirement(category)": LISTED,
    "Mutation.sendBackMerchant(reason)": LINE,
    "Mutation.closeMerchant(reason)": LINE,
    "Mutation.suspendMerchant(reason)": LINE,
    "Mutation.reactivateMerchant(reason)": LINE,
    "Mutation.rejectSellerOrder(reason)": LINE,
    "Mutation.cancelSellerOrder(reason)": LINE,
    **{f"Mutation.{each}(reason)": LINE for each in ("disputeCashHandover", "settleCashHandover", "reversePayout")},
    **{
        f"Mutation.{each}(reason)": LINE
        for each in ("declineKasbon", "closeKasbon", "forgiveKasbon", "takeBackKasbonPayment", "disputeKasbonEntry")
    },
    "Mutation.noteKasbonPayment(note)": LINE,
    "Mutation.askKasbon(called)": LINE,
    "Mutation.offerKasbon(called)": LINE,
    **{
        f"Mutation.{each}": LINE
        for each in ("recordPayout(input.reference)", "recordPayout(input.note)", "setTaxStatement(note)")
    },
    "Mutation.openClaim(input.words)": LINE,
    "Mutation.openTicket(input.words)": LINE,
    **{
        f"Mutation.{mutation}(words)": LINE
        for mutation in (
            "answerClaim",
            "escalateClaim",
            "decideClaim",
            "replyToTicket",
            "resolveTicket",
            "reviewGoods",
            "reviewDelivery",
            "answerReview",
        )
    },
    **{f"Mutation.{mutation}(proof)": LINE for mutation in ("reportClaimPaid", "settleClaim", "settleRefund")},
    **{f"Mutation.{mutation}(why)": LINE for mutation in ("reportReview", "moderateReview")},
    **dict.fromkeys(
        (
            "Mutation.setCartLine(note)",
            "Mutation.setCartLines(lines.note)",
            "Mutation.openGuestCart(lines.note)",
            "Mutation.setSellerNote(note)",
        ),
        LINE,
    ),
    **{f"Mutation.{each}(guest)": TOKEN for each in ("setCartLine", "setCartLines", "removeCartLine", "setSellerNote")},
    "Query.guestCart(token)": TOKEN,
    "Mutation.takeOverGuestCart(token)": TOKEN,
    **{
        f"Mutation.{mutation}(input.{field})": rule
        for mutation in ("applyAsPartner", "applyAgainAsPartner")
        for field, rule in {
            "name": LINE,
            "contactName": LINE,
            "phone": PHONE,
            "kecamatanCode": CODE,
            "licenceNumber": LINE,
        }.items()
    },
    **{
        f"Mutation.{mutation}(reason)": LINE
        for mutation in ("sendBackPartner", "pausePartner", "resumePartner", "leaveAsPartner", "declineOffer")
    },
    "Mutation.requestPhotoUpload(returnTo)": ADDRESS,
    "Mutation.requestClaimPhotoUpload(returnTo)": ADDRESS,
    "Mutation.requestProofUpload(returnTo)": ADDRESS,
    "Mutation.addProductPhoto(alt)": LINE,
    "Mutation.setMerchantPhoto(alt)": LINE,
    "Mutation.joinPartner(code)": TOKEN,
    "Mutation.joinPartner(name)": LINE,
    "Mutation.saveRider(externalId)": LINE,
    "Mutation.saveRider(input.name)": LINE,
    "Mutation.saveRider(input.plate)": LINE,
    "Mutation.handOver(pin)": PROVED,
    "Mutation.setPartnerStatus(reason)": LINE,
    "Mutation.endDelivery(reason)": LINE,
    "Mutation.reassignDelivery(reason)": LINE,
    "Mutation.enterZones(input.geojson)": BOUNDARY,
    "Mutation.setPartnerReach(input.geojson)": BOUNDARY,
    **{f"Mutation.enterZones(input.{field})": LINE for field in ("name", "reason", "reasonEn", "why")},
    "Mutation.switchZone(reason)": LINE,
    "Mutation.endZone(reason)": LINE,
    "Mutation.enterTariff(input.legalBasis)": LINE,
    "Mutation.enterTripInVainRule(input.legalBasis)": LINE,
    "Mutation.enterProofRule(input.legalBasis)": LINE,
    "Mutation.enterTariff(input.why)": LINE,
    "Mutation.saveContact(input.label)": LINE,
    "Mutation.saveContact(input.recipient)": LINE,
    "Mutation.saveContact(input.line)": LINE,
    "Mutation.saveContact(input.note)": LINE,
    "Mutation.saveContact(input.phone)": PHONE,
    "Mutation.saveContact(input.kecamatanCode)": CODE,
    "Mutation.saveContact(input.desaCode)": CODE,
    "Mutation.updateContact(input.label)": LINE,
    "Mutation.updateContact(input.recipient)": LINE,
    "Mutation.updateContact(input.line)": LINE,
    "Mutation.updateContact(input.note)": LINE,
    "Mutation.updateContact(input.phone)": PHONE,
    "Mutation.updateContact(input.kecamatanCode)": CODE,
    "Mutation.updateContact(input.desaCode)": CODE,
    "Mutation.placeOrder(input.quote)": SIGNED,
    **{
        f"Mutation.{mutation}(input.{field})": rule
        for mutation in ("createPromotion", "changePromotion")
        for field, rule in {
            "nameId": LINE,
            "nameEn": LINE,
            "code": VOUCHER,
            "programme": SLUG,
            "categories": SLUG,
            "kecamatanCodes": CODE,
        }.items()
    },
    "Query.recovery(month)": MONTH,
    "Query.recovery(place)": CODE,
    "Query.recoveries(place)": CODE,
    "Query.recoveryCells(month)": MONTH,
    "Query.commodityPrices(commodity)": SLUG,
    "Query.commodityPrices(place)": CODE,
    "Query.companyRecords(month)": MONTH,
    "Query.programmeUses(month)": MONTH,
    "Mutation.loadPriceList(csv)": FILE,
    "Mutation.loadPriceList(publisher)": LINE,
    "Mutation.applyVoucher(code)": VOUCHER,
    "Mutation.setCommission(input.basis)": LINE,
    "Mutation.setCommission(input.category)": SLUG,
    "Mutation.setCommission(input.merchantKind)": LISTED,
    "Mutation.requestSignInCode(phone)": PHONE,
    "Mutation.signIn(phone)": PHONE,
    "Mutation.signIn(code)": PROVED,
    "Mutation.signIn(device)": LINE,
    "Mutation.refreshSession(refreshToken)": TOKEN,
    "Mutation.requestNumberChange(phone)": PHONE,
    "Mutation.changeNumber(phone)": PHONE,
    "Mutation.changeNumber(code)": PROVED,
    "Mutation.eraseMe(code)": PROVED,
    "Mutation.requestExport(code)": PROVED,
    "Mutation.updatePerson(name)": LINE,
    "Query.consentText(document)": WORD,
    "Mutation.giveConsent(document)": WORD,
    "Mutation.withdrawConsent(document)": WORD,
    "Mutation.grantStaffRole(phone)": PHONE,
    "Mutation.subscribeToPush(endpoint)": ADDRESS,
    "Mutation.subscribeToPush(p256dh)": ADDRESS,
    "Mutation.subscribeToPush(auth)": ADDRESS,
    "Mutation.unsubscribeFromPush(endpoint)": ADDRESS,
}
"""Texts that are no ids; those of the name `after` and `idempotencyKey` are the kit's. tests/integration/*/test_texts.py try them all."""


def _without_rule(found: list[Position]) -> set[str]:
    texts = {str(each) for each in found if each.kind == "String" and each.path[-1] not in ("after", "idempotencyKey")}
    return texts - set(RULES)


@pytest.mark.parametrize("service", NAMES)
def test_every_text_has_a_rule(service: str) -> None:
    assert _without_rule(positions(schema_of(service)._schema)) == set()


def test_every_rule_is_of_a_text_that_there_is() -> None:
    there = {str(each) for service in NAMES for each in positions(schema_of(service)._schema)}
    assert set(RULES) - there == set()


def test_a_text_without_a_rule_is_found_where_ever_it_hides() -> None:
    schema = build_schema("""
        input Inner { words: [String!]! }
        input Outer { inner: Inner, id: ID! }
        type Thing { rename(to: String!, after: String): Int }
        type Query { thing(outer: Outer): Thing }""")
    assert _without_rule(positions(schema)) == {"Thing.rename(to)", "Query.thing(outer.inner.words)"}
