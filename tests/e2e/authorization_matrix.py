"""Who may what: a document for each root field, and what everybody gets for it; whose is each entity.

Names in braces are ids of the scene of test_authorization."""

from __future__ import annotations

from services.contracts.registry import NAMES


def _stock(field: str, quantity: int, more: str = "") -> str:
    given = f'items: [{{variantId: "{{variant}}", quantity: {quantity}}}], idempotencyKey: "0123456789abcdef" {more}'
    return f"mutation {{ {field}({given}) {{ problems {{ code }} }} }}"


def _claim(field: str, more: str = "") -> str:
    """Of a claim that is none: what is refused before it is looked for is seen."""
    given = f'id: "{{no_claim}}", {more}'.rstrip(", ")
    return f"mutation {{ {field}({given}) {{ problems {{ code }} }} }}"


def _camel(service: str) -> str:
    """What the graph's names of a service begin with."""
    first, *others = service.split("_")
    return first + "".join(each.capitalize() for each in others)


def _running(service: str) -> dict[str, str]:
    """What each service has for operators."""
    name = _camel(service)
    settle = f"settle{name[0].upper()}{name[1:]}Event"
    return {
        f"Query.{name}Health": f"{{ {name}Health {{ untold }} }}",
        f"Query.{name}StuckEvents": f"{{ {name}StuckEvents(first: 1) {{ edges {{ node {{ id }} }} }} }}",
        # No number is so high.
        f"Mutation.{settle}": f'mutation {{ {settle}(id: "WzkwMDAwMDAwMDAwMDBd", deed: TRY_AGAIN) {{ problems {{ code }} }} }}',
    }


# Root field -> document.
DOCUMENTS = {
    **{field: document for each in NAMES for field, document in _running(each).items()},
    "Query.node": '{ node(id: "{order}") { id ... on Order { orderCode } } }',
    "Query.merchant": '{ merchant(id: "{merchant}") { name } }',
    "Query.merchantBySlug": '{ merchantBySlug(slug: "wlijo-bu-sri") { name } }',
    "Query.myMerchants": "{ myMerchants { name } }",
    "Query.wlijoPassing": "{ wlijoPassing(point: {lat: -8.13, lng: 113.22}) { at } }",
    "Query.myPassingWishes": "{ myPassingWishes { id } }",
    "Query.merchants": "{ merchants(first: 1) { edges { node { name } } } }",
    "Query.product": '{ product(id: "{product}") { name } }',
    "Query.productBySlug": '{ productBySlug(merchant: "wlijo-bu-sri", slug: "bayam") { name } }',
    "Query.categories": "{ categories { name } }",
    "Query.categoryTree": "{ categoryTree { code parentCode depth } }",
    "Query.commodities": "{ commodities { code } }",
    "Query.sameGoods": '{ sameGoods(commodityCode: "bayam") { edges { price } } }',
    "Query.productsNear": "{ productsNear(point: {lat: -8.1, lng: 113.2}, first: 1) { edges { distanceM } } }",
    "Query.searchProducts": '{ searchProducts(text: "bayam", first: 1) { facets { total } edges { distanceM } } }',
    "Query.searchSuggestions": '{ searchSuggestions(text: "bay") { text } }',
    "Query.synonyms": "{ synonyms { word } }",
    "Query.regions": "{ regions { name } }",
    "Query.licence": '{ licence(id: "{licence}") { number } }',
    "Query.licencesWaiting": "{ licencesWaiting(first: 1) { edges { node { number } } } }",
    "Query.licencesDue": "{ licencesDue(first: 1) { edges { node { number } } } }",
    "Query.import": '{ import(id: "imp_01h455vb4pex5vsknk084sn02q") { status } }',
    "Mutation.confirmImport": 'mutation { confirmImport(id: "imp_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.stopImport": 'mutation { stopImport(id: "imp_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Query.templateGoods": "{ templateGoods(first: 1) { edges { node { name } } } }",
    "Mutation.copyTemplateGoods": (
        'mutation { copyTemplateGoods(merchantId: "{merchant}", idempotencyKey: "0123456789abcdef",'
        ' items: [{code: "tidak-ada", price: 1}]) { problems { code } results { problems { code } } } }'
    ),
    "Mutation.saveTemplateGood": (
        'mutation { saveTemplateGood(code: "uji", input: {name: "Uji", category: "sayur", unit: "kg", label: "per kg"})'
        " { problems { code } } }"
    ),
    "Mutation.removeTemplateGood": 'mutation { removeTemplateGood(code: "uji") { problems { code } } }',
    "Query.me": "{ me { contacts { phone } } }",
    "Query.order": '{ order(id: "{order}") { orderCode contact { phone } } }',
    "Query.orderByCode": '{ orderByCode(code: "{code}") { id contact { phone } } }',
    "Query.cart": '{ cart(id: "{cart}") { goodsTotal } }',
    "Query.paymentMethods": "{ paymentMethods }",
    "Query.ordersWantingAPerson": "{ ordersWantingAPerson(first: 1) { edges { node { orderCode mark } } } }",
    "Mutation.settleOrderMark": (
        'mutation { settleOrderMark(id: "{order}", mark: "nothing", because: "x") { problems { code } } }'
    ),
    "Mutation.callOffOrder": (
        'mutation { callOffOrder(id: "{order}", onBehalfOf: BUYER, reason: "uji") { problems { code } } }'
    ),
    "Query.refundsByHand": "{ refundsByHand(first: 1) { edges { node { amount } } } }",
    "Mutation.settleRefund": (
        'mutation { settleRefund(id: "ref_01h455vb4pex5vsknk084sn02q", proof: "uji") { problems { code } } }'
    ),
    "Query.quoteDelivery": (
        '{ quoteDelivery(input: {merchantIds: ["{merchant}"], dropoff: {lat: -8.1321, lng: 113.2193}, massGram: 500})'
        " { problems { code } } }"
    ),
    "Query.delivery": '{ delivery(id: "{delivery}") { status } }',
    "Query.partners": "{ partners { edges { node { name } } } }",
    "Mutation.setStock": 'mutation { setStock(variantId: "{variant}", onHand: 500) { problems { code } } }',
    "Mutation.markSoldOut": (
        'mutation { markSoldOut(changes: [{variantId: "{variant}", soldOut: false}]) { problems { code } } }'
    ),
    "Mutation.setStockMode": ('mutation { setStockMode(variantId: "{variant}", mode: TRACKED) { problems { code } } }'),
    "Mutation.receiveStock": _stock("receiveStock", 1),
    "Mutation.recordSale": _stock("recordSale", 1),
    "Mutation.recordSpoiled": _stock("recordSpoiled", 1),
    "Mutation.countStock": _stock("countStock", -1),
    "Mutation.moveStock": _stock("moveStock", 1, 'toPlaceId: "{place}"'),
    "Mutation.setTodaysLoad": _stock("setTodaysLoad", 0, 'merchantId: "{merchant}"'),
    "Mutation.loadAsYesterday": (
        'mutation { loadAsYesterday(merchantId: "{merchant}", idempotencyKey: "0123456789abcdef") { problems { code } } }'
    ),
    "Mutation.saveLoadTemplate": (
        'mutation { saveLoadTemplate(merchantId: "{merchant}", name: "Hari pasar", items: [{variantId: "{variant}", quantity: 5}])'
        " { problems { code } } }"
    ),
    "Mutation.loadFromTemplate": (
        'mutation { loadFromTemplate(merchantId: "{merchant}", templateId: "{template}", idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.deleteLoadTemplate": (
        'mutation { deleteLoadTemplate(merchantId: "{merchant}", templateId: "{template}") { problems { code } } }'
    ),
    "Mutation.createStockPlace": (
        'mutation { createStockPlace(merchantId: "{merchant}", name: "di rumah", idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.changeStockPlace": 'mutation { changeStockPlace(id: "{place}", position: 2) { problems { code } } }',
    "Mutation.closeStockPlace": 'mutation { closeStockPlace(id: "{place}") { problems { code } } }',
    "Mutation.offerShelf": (
        'mutation { offerShelf(hubId: "{merchant}", merchantId: "{merchant}") { problems { code } } }'
    ),
    "Mutation.acceptShelf": 'mutation { acceptShelf(id: "{place}") { problems { code } } }',
    "Mutation.endShelf": 'mutation { endShelf(id: "{place}") { problems { code } } }',
    "Mutation.saveSynonym": 'mutation { saveSynonym(word: "unting", means: "ikat") { problems { code } } }',
    "Mutation.submitLicence": (
        'mutation { submitLicence(merchantId: "{merchant}", idempotencyKey: "0123456789abcdef",'
        ' input: {kind: NIB, number: "12", issuedOn: "2026-01-05"}) { problems { code } } }'
    ),
    "Mutation.withdrawLicence": 'mutation { withdrawLicence(id: "{no_licence}") { problems { code } } }',
    "Mutation.verifyLicence": 'mutation { verifyLicence(id: "{licence}") { problems { code } } }',
    "Mutation.rejectLicence": 'mutation { rejectLicence(id: "{licence}", reason: "uji") { problems { code } } }',
    "Mutation.revokeLicence": 'mutation { revokeLicence(id: "{no_licence}", reason: "uji") { problems { code } } }',
    "Mutation.saveCategoryRequirement": (
        'mutation { saveCategoryRequirement(category: "uji", licenceKind: NIB, appliesFrom: null) { problems { code } } }'
    ),
    "Mutation.declareNotHalal": 'mutation { declareNotHalal(id: "{nothing}") { problems { code } } }',
    "Mutation.removeSynonym": 'mutation { removeSynonym(word: "uji") { problems { code } } }',
    "Mutation.changePrice": 'mutation { changePrice(variantId: "{variant}", price: 3000) { problems { code } } }',
    "Mutation.publishProduct": 'mutation { publishProduct(id: "{product}") { problems { code } } }',
    "Mutation.hideProduct": 'mutation { hideProduct(id: "{nothing}") { problems { code } } }',
    "Query.merchantApplications": "{ merchantApplications(first: 1) { edges { node { name } } } }",
    "Mutation.applyAsMerchant": (
        'mutation { applyAsMerchant(idempotencyKey: "0123456789abcdef", input: {name: "x", kind: HOME, kecamatanCode: "35.08.10",'
        ' point: {lat: -8.1321, lng: 113.2193}, contactName: "x", phone: "12", capital: 1}) { problems { code } } }'
    ),
    "Mutation.applyAgainAsMerchant": (
        'mutation { applyAgainAsMerchant(id: "{merchant}", input: {name: "x", kind: HOME, kecamatanCode: "35.08.10",'
        ' point: {lat: -8.1321, lng: 113.2193}, contactName: "x", phone: "081234567890", capital: 1}) { problems { code } } }'
    ),
    "Mutation.verifyMerchant": 'mutation { verifyMerchant(id: "{merchant}") { problems { code } } }',
    "Mutation.sendBackMerchant": 'mutation { sendBackMerchant(id: "{merchant}", reason: "uji") { problems { code } } }',
    "Mutation.openMerchant": 'mutation { openMerchant(id: "{merchant}") { problems { code } } }',
    "Mutation.closeMerchant": 'mutation { closeMerchant(id: "{nobody}", reason: "uji") { problems { code } } }',
    "Mutation.suspendMerchant": 'mutation { suspendMerchant(id: "{nobody}", reason: "uji") { problems { code } } }',
    "Mutation.reactivateMerchant": 'mutation { reactivateMerchant(id: "{nobody}", reason: "uji") { problems { code } } }',
    "Mutation.inviteToMerchant": 'mutation { inviteToMerchant(id: "{merchant}", role: STAFF) { problems { code } } }',
    "Mutation.withdrawMerchantInvitation": (
        'mutation { withdrawMerchantInvitation(id: "{merchant}", invitationId: "{invitation}") { problems { code } } }'
    ),
    "Mutation.joinMerchant": 'mutation { joinMerchant(code: "0000-0000-0000", name: "uji") { problems { code } } }',
    "Mutation.changeMerchantMember": (
        'mutation { changeMerchantMember(id: "{merchant}", memberId: "{member}", role: STAFF) { problems { code } } }'
    ),
    "Mutation.removeMerchantMember": 'mutation { removeMerchantMember(id: "{merchant}", memberId: "{member}") { problems { code } } }',
    "Mutation.correctMerchantContact": (
        'mutation { correctMerchantContact(id: "{merchant}", input: {contactName: "x", phone: "12"}) { problems { code } } }'
    ),
    "Mutation.correctMemberName": 'mutation { correctMemberName(id: "{merchant}", name: "Bu Sri") { problems { code } } }',
    "Mutation.setOpeningHours": 'mutation { setOpeningHours(id: "{merchant}", hours: [], alwaysOpen: true) { problems { code } } }',
    "Mutation.setMerchantWays": 'mutation { setMerchantWays(id: "{merchant}", input: {}) { problems { code } } }',
    "Mutation.setRoute": (
        'mutation { setRoute(merchantId: "{merchant}", weekday: SUNDAY, '
        'stops: [{label: "x", point: {lat: 0, lng: 0}, arrivesAt: "06:00"}]) { problems { code } } }'
    ),
    "Mutation.setServingArea": 'mutation { setServingArea(merchantId: "{merchant}", radiusM: 1) { problems { code } } }',
    "Mutation.startRound": 'mutation { startRound(merchantId: "{merchant}", point: {lat: 0, lng: 0}) { problems { code } } }',
    "Mutation.reportRoundPosition": (
        'mutation { reportRoundPosition(merchantId: "{merchant}", point: {lat: -8.13, lng: 113.22}) { problems { code } } }'
    ),
    "Mutation.endRound": 'mutation { endRound(merchantId: "{merchant}") { problems { code } } }',
    "Mutation.tellMeWhenPassing": (
        'mutation { tellMeWhenPassing(merchantId: "{merchant}", point: {lat: 0, lng: 0}) { problems { code } } }'
    ),
    "Mutation.tellMeNoMore": 'mutation { tellMeNoMore(merchantId: "{merchant}") { problems { code } } }',
    "Mutation.shutMerchant": 'mutation { shutMerchant(id: "{merchant}", endsAt: "2020-01-01T00:00:00Z") { problems { code } } }',
    "Mutation.openMerchantAgain": 'mutation { openMerchantAgain(id: "{merchant}", closureId: "{closure}") { problems { code } } }',
    "Query.saleUnits": "{ saleUnits { code } }",
    "Mutation.createProduct": (
        'mutation { createProduct(merchantId: "{merchant}", idempotencyKey: "0123456789abcdef", input: {name: "", category: "sayur"},'
        ' variants: [{label: "x", unit: "kg", price: 1}]) { problems { code } } }'
    ),
    "Mutation.requestPhotoUpload": (
        'mutation { requestPhotoUpload(merchantId: "{merchant}", purpose: PRODUCT) { problems { code } upload { url } } }'
    ),
    "Mutation.addProductPhoto": (
        'mutation { addProductPhoto(productId: "{product}", photoId: "{photo}", alt: "Foto") { problems { code } } }'
    ),
    "Mutation.orderProductPhotos": (
        'mutation { orderProductPhotos(productId: "{product}", photoIds: ["{photo}"]) { problems { code } } }'
    ),
    "Mutation.removeProductPhoto": (
        'mutation { removeProductPhoto(productId: "{product}", photoId: "{photo}") { problems { code } product { id } } }'
    ),
    "Mutation.setMerchantPhoto": (
        'mutation { setMerchantPhoto(merchantId: "{merchant}", photoId: null) { problems { code } merchant { id } } }'
    ),
    "Mutation.changeProduct": 'mutation { changeProduct(id: "{product}", input: {name: "", category: "sayur"}) { problems { code } } }',
    "Mutation.addVariant": (
        'mutation { addVariant(productId: "{product}", idempotencyKey: "0123456789abcdef",'
        ' variant: {label: "", unit: "kg", price: 1}) { problems { code } } }'
    ),
    "Mutation.changeVariant": 'mutation { changeVariant(id: "{variant}", input: {label: ""}) { problems { code } } }',
    "Mutation.saveSaleUnit": 'mutation { saveSaleUnit(code: "kg", label: "kg", kind: MASS, basePerUnit: 1000) { problems { code } } }',
    "Mutation.archiveProduct": 'mutation { archiveProduct(id: "{nothing}") { problems { code } } }',
    "Mutation.restoreProduct": 'mutation { restoreProduct(id: "{nothing}") { problems { code } } }',
    "Mutation.retireVariant": 'mutation { retireVariant(id: "{variant}") { problems { code } } }',
    "Mutation.restoreVariant": 'mutation { restoreVariant(id: "{variant}") { problems { code } } }',
    "Mutation.setProductAttributes": (
        'mutation { setProductAttributes(id: "{product}", attributes: [{code: "x", value: ""}]) { problems { code } } }'
    ),
    "Mutation.setHarvestedOn": (
        'mutation { setHarvestedOn(productIds: ["{product}"], harvestedOn: "1999-01-01") { problems { code } } }'
    ),
    "Mutation.placeCategory": 'mutation { placeCategory(code: "nothing") { problems { code } } }',
    "Mutation.saveAttribute": (
        'mutation { saveAttribute(categoryCode: "nothing", code: "x", name: "X", kind: TEXT) { problems { code } } }'
    ),
    "Mutation.removeAttribute": 'mutation { removeAttribute(code: "nothing") { problems { code } } }',
    "Mutation.saveCommodity": 'mutation { saveCommodity(code: "bayam", name: "Bayam", kind: MASS) { problems { code } } }',
    "Mutation.saveCategory": 'mutation { saveCategory(code: "sayur", name: "Sayur") { problems { code } } }',
    "Mutation.saveContact": (
        'mutation { saveContact(idempotencyKey: "0123456789abcdef", input: {label: "x", recipient: "x", phone: "12",'
        ' line: "x", kecamatanCode: "35.08.10", point: {lat: -8.1321, lng: 113.2193}}) { problems { code } } }'
    ),
    "Mutation.updateContact": (
        'mutation { updateContact(id: "{contact}", idempotencyKey: "0123456789abcdef", input: {label: "x", recipient: "x", phone: "12",'
        ' line: "x", kecamatanCode: "35.08.10", point: {lat: -8.1321, lng: 113.2193}}) { problems { code } } }'
    ),
    "Mutation.deleteContact": 'mutation { deleteContact(id: "{no_contact}") { problems { code } } }',
    "Mutation.setDefaultContact": 'mutation { setDefaultContact(id: "{contact}") { problems { code } } }',
    "Mutation.setCartLine": 'mutation { setCartLine(variantId: "{variant}", quantity: 0) { problems { code } } }',
    "Mutation.setCartLines": (
        'mutation { setCartLines(lines: [{variantId: "{variant}", quantity: 0}]) { problems { code } } }'
    ),
    "Query.guestCart": '{ guestCart(token: "0123456789abcdef0123456789abcdef") { goodsTotal } }',
    "Mutation.openGuestCart": (
        'mutation { openGuestCart(lines: [{variantId: "{variant}", quantity: 0}]) { problems { code } } }'
    ),
    "Mutation.takeOverGuestCart": (
        'mutation { takeOverGuestCart(token: "0123456789abcdef0123456789abcdef") { problems { code } } }'
    ),
    "Mutation.setSellerNote": (
        'mutation { setSellerNote(merchantId: "{merchant}", note: "", guest: "0123456789abcdef0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.reorder": 'mutation { reorder(orderId: "{order}") { problems { code } } }',
    "Mutation.removeCartLine": 'mutation { removeCartLine(variantId: "{variant}") { problems { code } } }',
    "Mutation.placeOrder": (
        'mutation { placeOrder(idempotencyKey: "0123456789abcdef", input: {cartId: "{cart}", cartVersion: 1, contactId: "{contact}",'
        ' slot: NOW, paymentMethod: COD, quote: "x", total: 1}) { problems { code } } }'
    ),
    "Mutation.cancelOrder": 'mutation { cancelOrder(id: "{order}") { problems { code } } }',
    "Mutation.continueOrder": 'mutation { continueOrder(id: "{order}") { problems { code } } }',
    "Mutation.cancelSellerOrder": 'mutation { cancelSellerOrder(id: "{sellerOrder}") { problems { code } } }',
    "Mutation.acceptSellerOrder": 'mutation { acceptSellerOrder(id: "{sellerOrder}") { problems { code } } }',
    "Mutation.rejectSellerOrder": (
        'mutation { rejectSellerOrder(id: "{sellerOrder}", reason: "habis") { problems { code } } }'
    ),
    "Mutation.markSellerOrderReady": 'mutation { markSellerOrderReady(id: "{sellerOrder}") { problems { code } } }',
    "Mutation.handOverSellerOrder": (
        'mutation { handOverSellerOrder(id: "{sellerOrder}", code: "x") { problems { code } } }'
    ),
    "Query.owed": "{ owed(payee: MERCHANT, first: 1) { edges { cursor } } }",
    "Query.payouts": "{ payouts(first: 1) { edges { cursor } } }",
    "Query.disputedCash": "{ disputedCash(first: 1) { edges { cursor } } }",
    "Query.kasbon": '{ kasbon(id: "ksb_01h455vb4pex5vsknk084sn02q") { owed } }',
    "Mutation.askKasbon": 'mutation { askKasbon(merchantId: "{merchant}", called: "") { problems { code } } }',
    "Mutation.offerKasbon": (
        'mutation { offerKasbon(sellerOrderId: "sor_01h455vb4pex5vsknk084sn02q", limit: 1000) { problems { code } } }'
    ),
    "Mutation.acceptKasbon": 'mutation { acceptKasbon(id: "ksb_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.declineKasbon": 'mutation { declineKasbon(id: "ksb_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.setKasbonLimit": (
        'mutation { setKasbonLimit(id: "ksb_01h455vb4pex5vsknk084sn02q", limit: 1000) { problems { code } } }'
    ),
    "Mutation.closeKasbon": 'mutation { closeKasbon(id: "ksb_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.noteKasbonPayment": (
        'mutation { noteKasbonPayment(id: "ksb_01h455vb4pex5vsknk084sn02q", amount: 1000, idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.forgiveKasbon": (
        'mutation { forgiveKasbon(id: "ksb_01h455vb4pex5vsknk084sn02q", amount: 1000, reason: "uji", idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.takeBackKasbonPayment": (
        'mutation { takeBackKasbonPayment(id: "kse_01h455vb4pex5vsknk084sn02q", reason: "uji") { problems { code } } }'
    ),
    "Mutation.disputeKasbonEntry": (
        'mutation { disputeKasbonEntry(id: "kse_01h455vb4pex5vsknk084sn02q", reason: "uji") { problems { code } } }'
    ),
    "Mutation.stateCashHandover": (
        'mutation { stateCashHandover(input: {partnerId: "{partner}", amount: 0}, idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.confirmCashHandover": 'mutation { confirmCashHandover(id: "csh_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.disputeCashHandover": (
        'mutation { disputeCashHandover(id: "csh_01h455vb4pex5vsknk084sn02q", counted: 1, reason: "uji") { problems { code } } }'
    ),
    "Mutation.withdrawCashHandover": 'mutation { withdrawCashHandover(id: "csh_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.settleCashHandover": (
        'mutation { settleCashHandover(id: "csh_01h455vb4pex5vsknk084sn02q", amount: 1, reason: "uji") { problems { code } } }'
    ),
    "Mutation.setCashLimit": 'mutation { setCashLimit(partnerId: "{partner}", limit: 2000000000) { problems { code } } }',
    "Mutation.recordPayout": (
        'mutation { recordPayout(input: {payeeId: "{merchant}", method: BANK, amount: 0, reference: "uji"},'
        ' idempotencyKey: "0123456789abcdef") { problems { code } } }'
    ),
    "Mutation.confirmPayout": 'mutation { confirmPayout(id: "pyo_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.reversePayout": 'mutation { reversePayout(id: "pyo_01h455vb4pex5vsknk084sn02q", reason: "uji") { problems { code } } }',
    "Mutation.setTaxStatement": (
        'mutation { setTaxStatement(merchantId: "{merchant}", year: 2000, holds: true, note: "uji") { problems { code } } }'
    ),
    "Mutation.weighLine": 'mutation { weighLine(lineId: "{orderLine}", gram: 900) { problems { code } } }',
    "Mutation.packLine": 'mutation { packLine(lineId: "{orderLine}", quantity: 0) { problems { code } } }',
    "Mutation.replaceLine": (
        'mutation { replaceLine(lineId: "{orderLine}", variantId: "{variant}", quantity: 7) { problems { code } } }'
    ),
    "Mutation.answerQuestion": (
        'mutation { answerQuestion(id: "qst_01h455vb4pex5vsknk084sn02q", accept: true) { problems { code } } }'
    ),
    "Mutation.setHandoverLimits": (
        'mutation { setHandoverLimits(input: {merchantId: "{merchant}", pickupsPerHour: -1, deliveriesPerHour: 1}) { problems { code } } }'
    ),
    "Query.claim": '{ claim(id: "{no_claim}") { state } }',
    "Query.claimsWaiting": "{ claimsWaiting(first: 1) { edges { node { state } } } }",
    "Query.ticket": '{ ticket(id: "{no_ticket}") { state } }',
    "Query.myTickets": "{ myTickets(first: 1) { edges { node { state } } } }",
    "Query.ticketsWaiting": "{ ticketsWaiting(first: 1) { edges { node { state } } } }",
    "Query.reviewsReported": "{ reviewsReported(first: 1) { edges { node { stars } } } }",
    "Mutation.openClaim": (
        'mutation { openClaim(input: {orderLineId: "{line}", kind: SHORT, quantity: 0, words: "x"},'
        ' idempotencyKey: "0123456789abcdef") { problems { code } } }'
    ),
    "Mutation.answerClaim": _claim("answerClaim", 'amount: 0, words: "x"'),
    "Mutation.requestClaimPhotoUpload": _claim("requestClaimPhotoUpload"),
    "Mutation.agreeToClaim": _claim("agreeToClaim"),
    "Mutation.escalateClaim": _claim("escalateClaim", 'words: "x"'),
    "Mutation.withdrawClaim": _claim("withdrawClaim"),
    "Mutation.reportClaimPaid": _claim("reportClaimPaid", 'proof: "x"'),
    "Mutation.confirmClaim": _claim("confirmClaim", "received: true"),
    "Mutation.decideClaim": _claim("decideClaim", 'amount: 0, reason: LATE, words: "x"'),
    "Mutation.settleClaim": _claim("settleClaim", 'proof: "x"'),
    "Mutation.openTicket": (
        'mutation { openTicket(input: {category: ORDER, words: "x", orderId: "{order}"},'
        ' idempotencyKey: "0123456789abcdef") { problems { code } } }'
    ),
    "Mutation.replyToTicket": (
        'mutation { replyToTicket(id: "{no_ticket}", words: "x", idempotencyKey: "0123456789abcdef") { problems { code } } }'
    ),
    "Mutation.resolveTicket": 'mutation { resolveTicket(id: "{no_ticket}", words: "x") { problems { code } } }',
    "Mutation.reviewGoods": 'mutation { reviewGoods(orderLineId: "{line}", stars: 0) { problems { code } } }',
    "Mutation.reviewDelivery": 'mutation { reviewDelivery(orderId: "{order}", stars: 0) { problems { code } } }',
    "Mutation.answerReview": 'mutation { answerReview(id: "{no_review}", words: "x") { problems { code } } }',
    "Mutation.reportReview": 'mutation { reportReview(id: "{no_review}", why: "x") { problems { code } } }',
    "Mutation.moderateReview": 'mutation { moderateReview(id: "{no_review}", shown: true, why: "x") { problems { code } } }',
    "Query.programmes": "{ programmes(first: 1) { edges { node { nameId } } } }",
    "Query.commissionRules": "{ commissionRules(first: 1) { edges { node { permille } } } }",
    "Mutation.createPromotion": (
        'mutation { createPromotion(idempotencyKey: "0123456789abcdef", input: {merchantId: "{merchant}", nameId: "x", nameEn: "x",'
        ' kind: PERCENT, value: 0, startsAt: "2026-01-01T00:00:00Z", endsAt: "2026-01-01T00:00:00Z"}) { problems { code } } }'
    ),
    "Mutation.changePromotion": (
        'mutation { changePromotion(id: "prm_01h455vb4pex5vsknk084sn02q", input: {merchantId: "{merchant}", nameId: "x", nameEn: "x",'
        ' kind: PERCENT, startsAt: "2026-01-01T00:00:00Z", endsAt: "2026-01-01T00:00:00Z"}) { problems { code } } }'
    ),
    "Mutation.startPromotion": 'mutation { startPromotion(id: "prm_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.pausePromotion": 'mutation { pausePromotion(id: "prm_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.endPromotion": 'mutation { endPromotion(id: "prm_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Mutation.applyVoucher": 'mutation { applyVoucher(code: "TIDAKADA") { problems { code } } }',
    "Mutation.removeVoucher": "mutation { removeVoucher { problems { code } } }",
    "Mutation.setCommission": (
        'mutation { setCommission(idempotencyKey: "0123456789abcdef", input: {permille: -1, startsAt: "2026-01-01T00:00:00Z",'
        ' basis: "uji"}) { problems { code } } }'
    ),
    "Mutation.setPartnerStatus": (
        'mutation { setPartnerStatus(id: "{partner}", status: ACTIVE, reason: "uji") { problems { code } } }'
    ),
    "Mutation.endDelivery": (
        'mutation { endDelivery(id: "{no_trip}", outcome: LOST, reason: "uji") { problems { code } } }'
    ),
    "Mutation.reassignDelivery": (
        'mutation { reassignDelivery(id: "{no_trip}", failure: BREAKDOWN, reason: "uji") { problems { code } } }'
    ),
    "Query.partner": '{ partner(id: "{partner}") { name } }',
    "Query.myPartners": "{ myPartners { name } }",
    "Query.myRider": "{ myRider { name } }",
    "Query.partnerApplications": "{ partnerApplications(first: 1) { edges { node { name } } } }",
    "Query.zones": "{ zones(first: 1) { edges { node { name } } } }",
    "Query.tariffs": "{ tariffs(first: 1) { edges { node { version } } } }",
    "Query.companyRates": "{ companyRates(first: 1) { edges { node { rate { version } } } } }",
    "Query.tripInVainRules": "{ tripInVainRules { version } }",
    "Query.proofRules": "{ proofRules { version } }",
    "Mutation.enterTripInVainRule": (
        'mutation { enterTripInVainRule(idempotencyKey: "0123456789abcdef", input: {validFrom: "2020-01-01", legalBasis: "x",'
        " calledOffPercent: 30, atPickupPercent: 60, wayBackPercent: 50, freeMinutes: 10, perMinute: 200, most: 6000})"
        " { problems { code } } }"
    ),
    "Mutation.enterProofRule": (
        'mutation { enterProofRule(idempotencyKey: "0123456789abcdef", input: {validFrom: "2020-01-01", legalBasis: "x", photo: NEVER,'
        " signature: false}) { problems { code } } }"
    ),
    "Query.replayedFare": '{ replayedFare(id: "{no_trip}") { same } }',
    "Mutation.enterTariff": (
        'mutation { enterTariff(idempotencyKey: "0123456789abcdef", input: {validFrom: "2020-01-01", minFee: 8000, includedM: 4000,'
        ' perKm: 2000, riderSharePercent: 80, partnerSharePercent: 12, platformSharePercent: 8, legalBasis: "x", why: "x"})'
        " { problems { code } } }"
    ),
    "Query.searchesWantingAPerson": "{ searchesWantingAPerson(first: 1) { edges { node { status } } } }",
    "Query.riderSearch": '{ riderSearch(deliveryId: "{no_trip}") { status } }',
    "Mutation.offerToPartner": (
        'mutation { offerToPartner(deliveryId: "{no_trip}", partnerId: "{no_partner}", reason: "x") { problems { code } } }'
    ),
    "Mutation.extendSearch": (
        'mutation { extendSearch(deliveryId: "{no_trip}", minutes: 5, reason: "x") { problems { code } } }'
    ),
    "Mutation.cancelSearch": 'mutation { cancelSearch(deliveryId: "{no_trip}", reason: "x") { problems { code } } }',
    "Query.dispatchPolicy": "{ dispatchPolicy { rule } }",
    "Query.dispatchPolicies": "{ dispatchPolicies(first: 1) { edges { node { rule } } } }",
    "Mutation.enterDispatchPolicy": (
        'mutation { enterDispatchPolicy(idempotencyKey: "0123456789abcdef", input: {rule: FAIR_SHARE, why: "x", rounds: 0})'
        " { problems { code } } }"
    ),
    "Query.zonesAt": "{ zonesAt(point: {lat: -8.13, lng: 113.22}) { name } }",
    "Mutation.enterZones": (
        'mutation { enterZones(idempotencyKey: "0123456789abcdef", input: {geojson: "{}", name: "x", kind: RESTRICTED,'
        ' effect: DENY_PICKUP, reason: "x", why: "x"}) { problems { code } } }'
    ),
    "Mutation.switchZone": 'mutation { switchZone(id: "{no_zone}", on: true, reason: "uji") { problems { code } } }',
    "Mutation.endZone": 'mutation { endZone(id: "{no_zone}", reason: "uji") { problems { code } } }',
    "Mutation.applyAsPartner": (
        'mutation { applyAsPartner(idempotencyKey: "0123456789abcdef", input: {name: "x", kecamatanCode: "35.08.10",'
        ' contactName: "x", phone: "12"}) { problems { code } } }'
    ),
    "Mutation.applyAgainAsPartner": (
        'mutation { applyAgainAsPartner(id: "{partner}", input: {name: "x", kecamatanCode: "35.08.10", contactName: "x",'
        ' phone: "081234567890"}) { problems { code } } }'
    ),
    "Mutation.verifyPartner": 'mutation { verifyPartner(id: "{partner}") { problems { code } } }',
    "Mutation.sendBackPartner": 'mutation { sendBackPartner(id: "{partner}", reason: "uji") { problems { code } } }',
    "Mutation.activatePartner": 'mutation { activatePartner(id: "{partner}") { problems { code } } }',
    "Mutation.pausePartner": 'mutation { pausePartner(id: "{no_partner}", reason: "uji") { problems { code } } }',
    "Mutation.resumePartner": 'mutation { resumePartner(id: "{no_partner}", reason: "uji") { problems { code } } }',
    "Mutation.leaveAsPartner": 'mutation { leaveAsPartner(id: "{no_partner}", reason: "uji") { problems { code } } }',
    "Mutation.inviteToPartner": 'mutation { inviteToPartner(id: "{partner}", role: DISPATCHER) { problems { code } } }',
    "Mutation.withdrawPartnerInvitation": (
        'mutation { withdrawPartnerInvitation(id: "{partner}", invitationId: "{partner_invitation}") { problems { code } } }'
    ),
    "Mutation.joinPartner": 'mutation { joinPartner(code: "0000-0000-0000", name: "uji") { problems { code } } }',
    "Mutation.changePartnerMember": (
        'mutation { changePartnerMember(id: "{partner}", memberId: "{partner_member}", role: OWNER) { problems { code } } }'
    ),
    "Mutation.removePartnerMember": (
        'mutation { removePartnerMember(id: "{partner}", memberId: "{partner_member}") { problems { code } } }'
    ),
    "Mutation.saveRider": (
        'mutation { saveRider(partnerId: "{partner}", externalId: "uji", input: {name: "", plate: "x"}) { problems { code } } }'
    ),
    "Mutation.inviteRider": 'mutation { inviteRider(id: "{rider}") { problems { code } } }',
    "Mutation.endRider": 'mutation { endRider(id: "{no_rider}") { problems { code } } }',
    "Mutation.setPartnerReach": (
        'mutation { setPartnerReach(id: "{partner}", idempotencyKey: "0123456789abcdef", input: {jobsAtOnce: 0})'
        " { problems { code } } }"
    ),
    "Mutation.enterCompanyRate": (
        'mutation { enterCompanyRate(id: "{partner}", idempotencyKey: "0123456789abcdef", input: {validFrom: "2020-01-01", perMille: 900})'
        " { problems { code } } }"
    ),
    "Mutation.setShift": 'mutation { setShift(id: "{rider}", onShift: false) { problems { code } } }',
    "Mutation.acceptOffer": (
        'mutation { acceptOffer(deliveryId: "{no_trip}", offerId: "{no_offer}", riderId: "{rider}",'
        ' idempotencyKey: "0123456789abcdef") { problems { code } } }'
    ),
    "Mutation.changeRider": (
        'mutation { changeRider(deliveryId: "{no_trip}", riderId: "{rider}", idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.declineOffer": (
        'mutation { declineOffer(deliveryId: "{no_trip}", offerId: "{no_offer}", idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.reportTrip": (
        'mutation { reportTrip(deliveryId: "{delivery}", status: AT_PICKUP, idempotencyKey: "0123456789abcdef") { problems { code } } }'
    ),
    "Mutation.handOver": (
        'mutation { handOver(deliveryId: "{delivery}", pin: "0000", cashCollected: 1, idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.reportFailure": (
        'mutation { reportFailure(deliveryId: "{delivery}", code: ACCIDENT, idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.requestProofUpload": (
        'mutation { requestProofUpload(deliveryId: "{no_trip}", kind: PHOTO, idempotencyKey: "0123456789abcdef") { problems { code } } }'
    ),
    "Mutation.wishDropoff": 'mutation { wishDropoff(deliveryId: "{no_trip}", wish: PIN_ONLY) { problems { code } } }',
    "Query.handovers": "{ handovers(orderIds: []) { provenBy } }",
    "Query.trackedDelivery": '{ trackedDelivery(trackingToken: "none") { status } }',
    "Query.estimateAccuracy": "{ estimateAccuracy { trips } }",
    "Mutation.reportPosition": (
        'mutation { reportPosition(point: {lat: -8.13, lng: 113.22}, at: "2026-02-01T03:30:00Z") { problems { code } } }'
    ),
    "Mutation.shareDelivery": 'mutation { shareDelivery(id: "{no_trip}") { problems { code } } }',
    "Mutation.stopSharingDelivery": 'mutation { stopSharingDelivery(id: "{no_trip}") { problems { code } } }',
    "Query.consentText": '{ consentText(document: "terms") { version } }',
    "Query.viewer": "{ viewer { staffRoles } }",
    "Mutation.requestSignInCode": 'mutation { requestSignInCode(phone: "12") { problems { code } } }',
    "Mutation.signIn": 'mutation { signIn(phone: "081234599999", code: "x") { problems { code } } }',
    "Mutation.refreshSession": 'mutation { refreshSession(refreshToken: "x") { problems { code } } }',
    "Mutation.signOut": "mutation { signOut { problems { code } } }",
    "Mutation.endSession": 'mutation { endSession(id: "ses_01ep341r00fd7bct50xvevp6ve") { problems { code } } }',
    "Mutation.endOtherSessions": "mutation { endOtherSessions { problems { code } } }",
    "Mutation.requestNumberChange": 'mutation { requestNumberChange(phone: "12") { problems { code } } }',
    "Mutation.changeNumber": 'mutation { changeNumber(phone: "12", code: "x") { problems { code } } }',
    "Mutation.updatePerson": 'mutation { updatePerson(name: "x") { problems { code } } }',
    "Mutation.giveConsent": 'mutation { giveConsent(document: "terms", version: 1) { problems { code } } }',
    "Mutation.withdrawConsent": 'mutation { withdrawConsent(document: "terms") { problems { code } } }',
    "Mutation.markNoticesRead": 'mutation { markNoticesRead(ids: ["ntc_01ep341r00fd7bct50xvevp6ve"]) { problems { code } } }',
    "Mutation.setNoticePreferences": (
        "mutation { setNoticePreferences(preferences: [{kind: ORDER_ACCEPTED}]) { problems { code } } }"
    ),
    "Mutation.subscribeToPush": (
        'mutation { subscribeToPush(endpoint: "x", p256dh: "x", auth: "x") { problems { code } } }'
    ),
    "Mutation.unsubscribeFromPush": 'mutation { unsubscribeFromPush(endpoint: "x") { problems { code } } }',
    "Mutation.requestErasureCode": "mutation { requestErasureCode { problems { code } } }",
    "Mutation.eraseMe": 'mutation { eraseMe(code: "x") { problems { code } } }',
    "Mutation.cancelErasure": "mutation { cancelErasure { problems { code } } }",
    "Mutation.requestExportCode": "mutation { requestExportCode { problems { code } } }",
    "Mutation.requestExport": 'mutation { requestExport(code: "x") { problems { code } } }',
    "Mutation.deleteExport": 'mutation { deleteExport(id: "exp_01ep341r00fd7bct50xvevp6ve") { problems { code } } }',
    "Mutation.setPartnerWebhook": (
        'mutation { setPartnerWebhook(partnerId: "ptn_01h455vb4pex5vsknk084sn02q", url: "https://ojek.example/") { problems { code } } }'
    ),
    **{
        f"Mutation.{field}": (
            f'mutation {{ {field}(partnerId: "ptn_01h455vb4pex5vsknk084sn02q") {{ problems {{ code }} }} }}'
        )
        for field in (
            "rotatePartnerWebhookSecret",
            "pausePartnerWebhook",
            "resumePartnerWebhook",
            "removePartnerWebhook",
            "pingPartner",
        )
    },
    "Mutation.resendWebhookMessage": (
        'mutation { resendWebhookMessage(partnerId: "ptn_01h455vb4pex5vsknk084sn02q", id: "evt_01h455vb4pex5vsknk084sn02q")'
        " { problems { code } } }"
    ),
    "Mutation.requestTestJob": (
        'mutation { requestTestJob(partnerId: "ptn_01h455vb4pex5vsknk084sn02q", scenario: PLAIN, idempotencyKey: "0123456789abcdef")'
        " { problems { code } } }"
    ),
    "Mutation.endTestJob": 'mutation { endTestJob(id: "dlv_01h455vb4pex5vsknk084sn02q") { problems { code } } }',
    "Query.partnerClients": '{ partnerClients(partnerId: "{partner}") { id } }',
    "Mutation.createPartnerClient": (
        'mutation { createPartnerClient(partnerId: "ptn_01h455vb4pex5vsknk084sn02q", name: "uji") { problems { code } } }'
    ),
    "Mutation.revokePartnerClient": (
        'mutation { revokePartnerClient(id: "cli_01h455vb4pex5vsknk084sn02q") { problems { code } } }'
    ),
    "Mutation.grantStaffRole": 'mutation { grantStaffRole(phone: "12", role: OFFICER) { problems { code } } }',
    "Mutation.withdrawStaffRole": (
        'mutation { withdrawStaffRole(personId: "{person}", role: OFFICER) { problems { code } } }'
    ),
    "Query.recovery": '{ recovery(month: "2020-01") { figures { turnover } } }',
    "Query.recoveries": "{ recoveries(first: 1) { edges { node { figures { turnover } } } } }",
    "Query.recoveryCells": '{ recoveryCells(month: "2020-01", by: PLACE, first: 1) { edges { node { cell } } } }',
    "Query.marketDays": "{ marketDays(first: 1) { edges { node { orders } } } }",
    "Query.commodityPrices": "{ commodityPrices(first: 1) { edges { node { median } } } }",
    "Query.companyRecords": '{ companyRecords(month: "2020-01", first: 1) { edges { node { fees } } } }',
    "Query.programmeUses": '{ programmeUses(month: "2020-01", first: 1) { edges { node { borne } } } }',
    "Query.licencesEnding": "{ licencesEnding(first: 1) { edges { node { within14Days } } } }",
    "Query.complaintRecords": "{ complaintRecords(first: 1) { edges { node { opened } } } }",
    "Mutation.loadPriceList": 'mutation { loadPriceList(csv: "x", publisher: "uji") { problems { code } report { taken } } }',
    # services: next (documents)
    "Subscription.orderChanged": 'subscription { orderChanged(id: "{order}") { orderCode } }',
    "Subscription.merchantOrders": 'subscription { merchantOrders(merchantId: "{merchant}") { orders { status } } }',
    "Subscription.roundChanged": 'subscription { roundChanged(merchantId: "{merchant}") { round { id } } }',
    "Subscription.partnerJobs": 'subscription { partnerJobs(partnerId: "{partner}") { jobs { status } } }',
    "Subscription.deliveryChanged": 'subscription { deliveryChanged(id: "{delivery}") { status } }',
}
EVERYBODY = ("anonymous", "owner", "stranger", "merchant", "rival", "partner", "ops", "officer", "government")


def _row(rest: str, **said: str) -> dict[str, str]:
    """What each caller gets: `rest` for those who are not named."""
    return {who: said.get(who, rest) for who in EVERYBODY}


_PUBLIC = _row("data")
_OWNERS = _row("null", anonymous="UNAUTHENTICATED", owner="data", ops="data")
_MEMBERS = _row("FORBIDDEN", anonymous="UNAUTHENTICATED", merchant="data", ops="data", rival="NOT_FOUND")
_OPS = _row("FORBIDDEN", anonymous="UNAUTHENTICATED")
_SELLERS = _OPS
_OFFICERS = _row("FORBIDDEN", anonymous="UNAUTHENTICATED", ops="data", officer="data", government="data")
_NO_PLACE = _MEMBERS | {"merchant": "NOT_FOUND", "ops": "NOT_FOUND"}
# Those whom another issuer knows have nothing of their own at people.
_OWN = _row("FORBIDDEN", anonymous="UNAUTHENTICATED")


def _runs(service: str) -> dict[str, dict[str, str]]:
    return {
        field: _OPS | {"ops": "NOT_FOUND" if field.startswith("Mutation.") else "data"} for field in _running(service)
    }


def _buyers(owner: str, stranger: str | None = None) -> dict[str, str]:
    return _row("FORBIDDEN", anonymous="UNAUTHENTICATED", owner=owner, stranger=stranger or owner)


def _people(said: str, **staff: str) -> dict[str, str]:
    """Whoever signs in."""
    return _row(
        "FORBIDDEN",
        anonymous="UNAUTHENTICATED",
        **dict.fromkeys(("owner", "stranger", "merchant", "rival"), said),
        **staff,
    )


# `data`, `null`, the code of a problem, or the code of an error.
MATRIX = {
    **{field: said for each in NAMES for field, said in _runs(each).items()},
    "Query.node": _row("NOT_FOUND", owner="data", ops="data"),
    "Query.merchant": _PUBLIC,
    "Query.merchantBySlug": _PUBLIC,
    "Query.myMerchants": _row("data", anonymous="UNAUTHENTICATED"),
    "Query.wlijoPassing": _PUBLIC,
    "Query.myPassingWishes": _row("data", anonymous="UNAUTHENTICATED"),
    "Query.merchants": _PUBLIC,
    "Query.product": _PUBLIC,
    "Query.productBySlug": _PUBLIC,
    "Query.categories": _PUBLIC,
    "Query.categoryTree": _PUBLIC,
    "Query.commodities": _PUBLIC,
    "Query.sameGoods": _PUBLIC,
    "Query.productsNear": _PUBLIC,
    "Query.searchProducts": _PUBLIC,
    "Query.searchSuggestions": _PUBLIC,
    "Query.synonyms": _OPS | {"ops": "data"},
    "Query.regions": _PUBLIC,
    "Query.licence": _PUBLIC,
    "Query.licencesWaiting": _OPS | {"officer": "data", "ops": "data"},
    "Query.licencesDue": _OPS | {"officer": "data", "ops": "data"},
    "Query.import": _SELLERS | {"merchant": "null", "rival": "null"},
    "Mutation.confirmImport": _SELLERS | {"merchant": "NOT_FOUND", "rival": "NOT_FOUND"},
    "Mutation.stopImport": _SELLERS | {"merchant": "NOT_FOUND", "rival": "NOT_FOUND"},
    "Query.templateGoods": _row("data", anonymous="UNAUTHENTICATED"),
    "Mutation.copyTemplateGoods": _SELLERS | {"merchant": "data", "rival": "NOT_FOUND"},
    "Mutation.saveTemplateGood": _OPS | {"ops": "data"},
    "Mutation.removeTemplateGood": _OPS | {"ops": "data"},
    "Query.me": _row("null", anonymous="UNAUTHENTICATED", owner="data", stranger="data"),
    "Query.order": _OWNERS,
    "Query.orderByCode": _OWNERS,
    "Query.cart": _OWNERS,
    "Query.paymentMethods": _PUBLIC,
    "Query.ordersWantingAPerson": _OPS | {"ops": "data"},
    "Mutation.settleOrderMark": _OPS | {"ops": "NOT_FOUND"},
    "Mutation.callOffOrder": _OPS | {"ops": "NOT_CANCELLABLE"},
    "Query.refundsByHand": _OPS | {"ops": "data"},
    "Query.quoteDelivery": _buyers("data"),
    "Query.delivery": _OWNERS,
    "Query.partners": _row("data", anonymous="UNAUTHENTICATED"),
    "Mutation.setStock": _MEMBERS,
    "Mutation.markSoldOut": _MEMBERS,
    "Mutation.submitLicence": _SELLERS | {"merchant": "INVALID_LICENCE_NUMBER", "rival": "NOT_FOUND"},
    "Mutation.withdrawLicence": _SELLERS | {"merchant": "NOT_FOUND", "rival": "NOT_FOUND"},
    "Mutation.verifyLicence": _OPS | {"officer": "WRONG_STATE", "ops": "WRONG_STATE"},
    "Mutation.rejectLicence": _OPS | {"officer": "WRONG_STATE", "ops": "WRONG_STATE"},
    "Mutation.revokeLicence": _OPS | {"officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.saveCategoryRequirement": _OPS | {"ops": "UNKNOWN_CATEGORY"},
    "Mutation.declareNotHalal": _SELLERS | {"merchant": "NOT_FOUND", "rival": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.setStockMode": _MEMBERS,
    "Mutation.receiveStock": _MEMBERS,
    "Mutation.recordSale": _MEMBERS,
    "Mutation.recordSpoiled": _MEMBERS,
    "Mutation.countStock": _MEMBERS | {"merchant": "INVALID_QUANTITY", "ops": "INVALID_QUANTITY"},
    "Mutation.moveStock": _NO_PLACE,
    "Mutation.setTodaysLoad": _MEMBERS | {"merchant": "INVALID_QUANTITY", "ops": "INVALID_QUANTITY"},
    "Mutation.loadAsYesterday": _MEMBERS | {"merchant": "NOTHING_TO_LOAD", "ops": "NOTHING_TO_LOAD"},
    "Mutation.saveLoadTemplate": _MEMBERS,
    "Mutation.loadFromTemplate": _NO_PLACE,
    "Mutation.deleteLoadTemplate": _NO_PLACE,
    "Mutation.createStockPlace": _MEMBERS,
    "Mutation.changeStockPlace": _NO_PLACE,
    "Mutation.closeStockPlace": _NO_PLACE,
    "Mutation.offerShelf": _MEMBERS | {"merchant": "NOT_A_HUB", "ops": "NOT_A_HUB"},
    "Mutation.acceptShelf": _NO_PLACE,
    "Mutation.endShelf": _NO_PLACE,
    "Mutation.saveSynonym": _OPS | {"ops": "data"},
    "Mutation.removeSynonym": _OPS | {"ops": "data"},
    "Mutation.changePrice": _MEMBERS,
    "Mutation.publishProduct": _MEMBERS,
    "Mutation.hideProduct": _MEMBERS | {"merchant": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Query.merchantApplications": _OPS | {"officer": "data", "ops": "data"},
    "Mutation.applyAsMerchant": _SELLERS | {"merchant": "INVALID_PHONE", "rival": "INVALID_PHONE"},
    "Mutation.applyAgainAsMerchant": _SELLERS | {"merchant": "WRONG_STATE", "rival": "NOT_FOUND"},
    "Mutation.verifyMerchant": _OPS | {"officer": "WRONG_STATE", "ops": "WRONG_STATE"},
    "Mutation.sendBackMerchant": _OPS | {"officer": "WRONG_STATE", "ops": "WRONG_STATE"},
    "Mutation.openMerchant": _SELLERS | {"merchant": "data", "rival": "NOT_FOUND"},
    "Mutation.closeMerchant": _SELLERS | {"merchant": "NOT_FOUND", "rival": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.suspendMerchant": _OPS | {"ops": "NOT_FOUND"},
    "Mutation.reactivateMerchant": _OPS | {"ops": "NOT_FOUND"},
    "Mutation.inviteToMerchant": _MEMBERS,
    "Mutation.withdrawMerchantInvitation": _MEMBERS,
    "Mutation.joinMerchant": _SELLERS | {"merchant": "CODE_INVALID", "rival": "CODE_INVALID"},
    "Mutation.changeMerchantMember": _MEMBERS | {"merchant": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.removeMerchantMember": _MEMBERS | {"merchant": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.correctMerchantContact": _row(
        "FORBIDDEN", anonymous="UNAUTHENTICATED", merchant="INVALID_PHONE", rival="INVALID_PHONE"
    ),
    "Mutation.correctMemberName": _row("FORBIDDEN", anonymous="UNAUTHENTICATED", merchant="data", rival="NOT_FOUND"),
    "Mutation.setOpeningHours": _MEMBERS,
    "Mutation.setMerchantWays": _MEMBERS,
    "Mutation.setRoute": _MEMBERS | {"merchant": "OUTSIDE_REGION", "ops": "OUTSIDE_REGION"},
    "Mutation.setServingArea": _MEMBERS | {"merchant": "INVALID_QUANTITY", "ops": "INVALID_QUANTITY"},
    "Mutation.startRound": _MEMBERS | {"merchant": "OUTSIDE_REGION", "ops": "FORBIDDEN"},
    "Mutation.reportRoundPosition": _MEMBERS | {"merchant": "NO_ROUND", "ops": "FORBIDDEN"},
    "Mutation.endRound": _MEMBERS | {"ops": "FORBIDDEN"},
    "Mutation.tellMeWhenPassing": _row("OUTSIDE_REGION", anonymous="UNAUTHENTICATED"),
    "Mutation.tellMeNoMore": _row("data", anonymous="UNAUTHENTICATED"),
    "Mutation.shutMerchant": _MEMBERS | {"merchant": "INVALID_TIME", "ops": "INVALID_TIME"},
    "Mutation.openMerchantAgain": _MEMBERS,
    "Query.saleUnits": _PUBLIC,
    **dict.fromkeys(
        ("Mutation.createProduct", "Mutation.changeProduct", "Mutation.addVariant", "Mutation.changeVariant"),
        _MEMBERS | {"merchant": "INVALID_TEXT", "ops": "INVALID_TEXT"},
    ),
    "Mutation.requestPhotoUpload": _MEMBERS,
    "Mutation.addProductPhoto": _MEMBERS | {"merchant": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.orderProductPhotos": _MEMBERS | {"merchant": "PHOTOS_CHANGED", "ops": "PHOTOS_CHANGED"},
    "Mutation.removeProductPhoto": _MEMBERS,
    "Mutation.setMerchantPhoto": _MEMBERS,
    "Mutation.saveSaleUnit": _OPS | {"ops": "data"},
    "Mutation.archiveProduct": _MEMBERS | {"merchant": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.restoreProduct": _MEMBERS | {"merchant": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.retireVariant": _MEMBERS | {"merchant": "LAST_OF_ITS_KIND", "ops": "LAST_OF_ITS_KIND"},
    "Mutation.restoreVariant": _MEMBERS,
    "Mutation.setProductAttributes": _MEMBERS | {"merchant": "ATTRIBUTE_DOES_NOT_FIT", "ops": "ATTRIBUTE_DOES_NOT_FIT"},
    "Mutation.setHarvestedOn": _MEMBERS
    | {"merchant": "INVALID_TIME", "ops": "INVALID_TIME", "rival": "INVALID_TIME,NOT_FOUND"},
    "Mutation.placeCategory": _OPS | {"ops": "NOT_FOUND"},
    "Mutation.saveAttribute": _OPS | {"ops": "UNKNOWN_CATEGORY"},
    "Mutation.removeAttribute": _OPS | {"ops": "data"},
    "Mutation.saveCommodity": _OPS | {"ops": "data"},
    "Mutation.saveCategory": _OPS | {"ops": "data"},
    "Mutation.saveContact": _buyers("INVALID_PHONE,INVALID_TEXT"),
    "Mutation.updateContact": _buyers("INVALID_PHONE,INVALID_TEXT"),
    "Mutation.deleteContact": _buyers("NOT_FOUND"),
    "Mutation.setDefaultContact": _buyers("data", "NOT_FOUND"),
    "Mutation.setCartLine": _buyers("INVALID_QUANTITY"),
    "Mutation.setCartLines": _buyers("INVALID_QUANTITY"),
    "Query.guestCart": _row("null"),
    "Mutation.openGuestCart": _row("INVALID_QUANTITY"),
    "Mutation.takeOverGuestCart": _buyers("NOT_FOUND"),
    # A guest's, whose token nobody has; without one it is the buyer's own cart.
    "Mutation.setSellerNote": _row("NOT_FOUND"),
    "Mutation.reorder": _buyers("data", "NOT_FOUND"),
    "Mutation.removeCartLine": _buyers("data"),
    "Mutation.placeOrder": _buyers("QUOTE_INVALID"),
    "Mutation.cancelOrder": _buyers("NOT_CANCELLABLE", "NOT_FOUND"),
    "Mutation.continueOrder": _buyers("data", "NOT_FOUND"),
    # The order is confirmed by then: too late for its buyer.
    "Mutation.cancelSellerOrder": _buyers("WRONG_STATE", "NOT_FOUND")
    | {"merchant": "WRONG_STATE", "ops": "WRONG_STATE", "rival": "NOT_FOUND"},
    "Mutation.settleRefund": _OPS | {"ops": "NOT_FOUND"},
    "Mutation.acceptSellerOrder": _MEMBERS,
    "Mutation.rejectSellerOrder": _MEMBERS | {"merchant": "WRONG_STATE", "ops": "WRONG_STATE"},
    "Mutation.markSellerOrderReady": _MEMBERS,
    # What is brought is handed over by its rider.
    "Mutation.handOverSellerOrder": _MEMBERS | {"merchant": "WRONG_STATE", "ops": "WRONG_STATE"},
    **dict.fromkeys(
        ("Mutation.weighLine", "Mutation.packLine", "Mutation.replaceLine"),
        _MEMBERS | {"merchant": "WRONG_STATE", "ops": "WRONG_STATE"},
    ),
    "Mutation.answerQuestion": _buyers("NOT_FOUND"),
    "Mutation.setHandoverLimits": _MEMBERS | {"merchant": "INVALID_SLOT_LIMIT", "ops": "INVALID_SLOT_LIMIT"},
    "Query.claim": _row("null", anonymous="UNAUTHENTICATED"),
    "Query.claimsWaiting": _OPS | {"officer": "data", "ops": "data"},
    "Query.ticket": _row("null", anonymous="UNAUTHENTICATED"),
    "Query.myTickets": _row("data", anonymous="UNAUTHENTICATED"),
    "Query.ticketsWaiting": _OPS | {"officer": "data", "ops": "data"},
    "Query.reviewsReported": _OPS | {"officer": "data", "ops": "data"},
    "Mutation.openClaim": _buyers("INVALID_QUANTITY", "NOT_FOUND"),
    **dict.fromkeys(
        ("Mutation.answerClaim", "Mutation.reportClaimPaid", "Mutation.answerReview"),
        _SELLERS | {"merchant": "NOT_FOUND", "rival": "NOT_FOUND"},
    ),
    "Mutation.requestClaimPhotoUpload": _row(
        "FORBIDDEN",
        anonymous="UNAUTHENTICATED",
        owner="NOT_FOUND",
        stranger="NOT_FOUND",
        merchant="NOT_FOUND",
        rival="NOT_FOUND",
    ),
    **dict.fromkeys(
        ("Mutation.agreeToClaim", "Mutation.escalateClaim", "Mutation.withdrawClaim", "Mutation.confirmClaim"),
        _buyers("NOT_FOUND"),
    ),
    **dict.fromkeys(
        ("Mutation.decideClaim", "Mutation.resolveTicket", "Mutation.moderateReview"),
        _OPS | {"officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    ),
    "Mutation.settleClaim": _OPS | {"ops": "NOT_FOUND"},
    # Who rides the scene's trip is a machine's company.
    "Mutation.openTicket": _row(
        "FORBIDDEN",
        anonymous="UNAUTHENTICATED",
        owner="data",
        stranger="NOT_FOUND",
        merchant="data",
        rival="NOT_FOUND",
        partner="NOT_FOUND",
    ),
    "Mutation.replyToTicket": _row("NOT_FOUND", anonymous="UNAUTHENTICATED", government="FORBIDDEN"),
    "Mutation.reviewGoods": _buyers("INVALID_STARS", "NOT_FOUND"),
    "Mutation.reviewDelivery": _buyers("INVALID_STARS", "NOT_FOUND"),
    "Mutation.reportReview": _row(
        "FORBIDDEN",
        anonymous="UNAUTHENTICATED",
        **dict.fromkeys(("owner", "stranger", "merchant", "rival"), "NOT_FOUND"),
    ),
    **dict.fromkeys(
        ("Query.owed", "Query.payouts", "Query.disputedCash"),
        _OPS | {"officer": "data", "ops": "data"},
    ),
    **dict.fromkeys(
        ("Mutation.stateCashHandover", "Mutation.setCashLimit"),
        _row("NOT_FOUND", anonymous="UNAUTHENTICATED", officer="INVALID_AMOUNT", ops="INVALID_AMOUNT"),
    ),
    **dict.fromkeys(
        (
            "Mutation.confirmCashHandover",
            "Mutation.disputeCashHandover",
            "Mutation.withdrawCashHandover",
            "Mutation.confirmPayout",
        ),
        _row("NOT_FOUND", anonymous="UNAUTHENTICATED"),
    ),
    "Query.kasbon": _row("null", anonymous="UNAUTHENTICATED"),
    "Mutation.askKasbon": _buyers("BAD_USER_INPUT"),
    # Who decides of credit is an owner, and no staff.
    "Mutation.offerKasbon": _SELLERS | {"merchant": "NOT_FOUND", "rival": "NOT_FOUND"},
    **dict.fromkeys(
        (
            "Mutation.acceptKasbon",
            "Mutation.declineKasbon",
            "Mutation.setKasbonLimit",
            "Mutation.closeKasbon",
            "Mutation.noteKasbonPayment",
            "Mutation.forgiveKasbon",
            "Mutation.takeBackKasbonPayment",
            "Mutation.disputeKasbonEntry",
        ),
        _row("NOT_FOUND", anonymous="UNAUTHENTICATED"),
    ),
    "Mutation.settleCashHandover": _OPS | {"officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.reversePayout": _OPS | {"officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.recordPayout": _OPS | {"officer": "INVALID_AMOUNT", "ops": "INVALID_AMOUNT"},
    "Mutation.setTaxStatement": _OPS | {"officer": "INVALID_TIME", "ops": "INVALID_TIME"},
    "Query.programmes": _OFFICERS,
    "Query.commissionRules": _SELLERS | {"merchant": "data", "rival": "data", "officer": "data", "ops": "data"},
    # A shop's own its owner makes, and no staff.
    "Mutation.createPromotion": _MEMBERS
    | {"merchant": "PROMOTION_INVALID", "officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    **dict.fromkeys(
        ("Mutation.changePromotion", "Mutation.startPromotion", "Mutation.pausePromotion", "Mutation.endPromotion"),
        _NO_PLACE | {"officer": "NOT_FOUND"},
    ),
    "Mutation.applyVoucher": _buyers("VOUCHER_UNKNOWN"),
    "Mutation.removeVoucher": _buyers("data"),
    "Mutation.setCommission": _OPS | {"officer": "PROMOTION_INVALID", "ops": "PROMOTION_INVALID"},
    "Mutation.setPartnerStatus": _OPS | {"ops": "data"},
    "Mutation.endDelivery": _OPS | {"ops": "NOT_FOUND"},
    "Mutation.reassignDelivery": _OPS | {"ops": "NOT_FOUND"},
    "Query.partner": _row("data", anonymous="UNAUTHENTICATED"),
    "Query.myPartners": _row("data", anonymous="UNAUTHENTICATED"),
    "Query.myRider": _row("null", anonymous="UNAUTHENTICATED"),
    "Query.partnerApplications": _OPS | {"officer": "data", "ops": "data"},
    "Query.zones": _row("data", anonymous="UNAUTHENTICATED"),
    "Query.tariffs": _row("data", anonymous="UNAUTHENTICATED"),
    "Query.companyRates": _OPS | {"officer": "data", "ops": "data"},
    "Query.tripInVainRules": _row("data", anonymous="UNAUTHENTICATED"),
    "Query.proofRules": _row("data", anonymous="UNAUTHENTICATED"),
    "Mutation.enterTripInVainRule": _OPS | {"officer": "TRIP_RULE_INVALID", "ops": "TRIP_RULE_INVALID"},
    "Mutation.enterProofRule": _OPS | {"officer": "TRIP_RULE_INVALID", "ops": "TRIP_RULE_INVALID"},
    "Query.replayedFare": _OPS | {"officer": "null", "ops": "null"},
    "Mutation.enterTariff": _OPS | {"officer": "TARIFF_INVALID", "ops": "TARIFF_INVALID"},
    "Query.searchesWantingAPerson": _OPS | {"officer": "data", "ops": "data"},
    "Query.riderSearch": _OPS | {"officer": "null", "ops": "null"},
    "Mutation.offerToPartner": _OPS | {"officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.extendSearch": _OPS | {"officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.cancelSearch": _OPS | {"officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Query.dispatchPolicy": _row("data", anonymous="UNAUTHENTICATED"),
    "Query.dispatchPolicies": _row("data", anonymous="UNAUTHENTICATED"),
    "Mutation.enterDispatchPolicy": _OPS | {"officer": "DISPATCH_POLICY_INVALID", "ops": "DISPATCH_POLICY_INVALID"},
    "Query.zonesAt": _row("data", anonymous="UNAUTHENTICATED"),
    "Mutation.enterZones": _OPS | {"officer": "BOUNDARY_INVALID", "ops": "BOUNDARY_INVALID"},
    "Mutation.switchZone": _OPS | {"officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.endZone": _OPS | {"officer": "NOT_FOUND", "ops": "NOT_FOUND"},
    "Mutation.applyAsPartner": _people("INVALID_PHONE"),
    "Mutation.applyAgainAsPartner": _people("NOT_FOUND"),
    "Mutation.verifyPartner": _OPS | {"officer": "WRONG_STATE", "ops": "WRONG_STATE"},
    "Mutation.sendBackPartner": _OPS | {"officer": "WRONG_STATE", "ops": "WRONG_STATE"},
    "Mutation.activatePartner": _OPS | {"officer": "data", "ops": "data"},
    **dict.fromkeys(
        (
            "Mutation.pausePartner",
            "Mutation.resumePartner",
            "Mutation.leaveAsPartner",
            "Mutation.changePartnerMember",
            "Mutation.removePartnerMember",
            "Mutation.endRider",
        ),
        _people("NOT_FOUND", ops="NOT_FOUND"),
    ),
    **dict.fromkeys(
        (
            "Mutation.inviteToPartner",
            "Mutation.withdrawPartnerInvitation",
            "Mutation.inviteRider",
            "Mutation.setShift",
        ),
        _people("NOT_FOUND", ops="data"),
    ),
    "Mutation.joinPartner": _people("CODE_INVALID"),
    "Mutation.enterCompanyRate": _people("NOT_FOUND", ops="RATE_INVALID"),
    "Mutation.setPartnerReach": _people("REACH_INVALID", ops="REACH_INVALID"),
    "Mutation.saveRider": _people("INVALID_TEXT", ops="INVALID_TEXT"),
    **dict.fromkeys(
        (
            "Mutation.acceptOffer",
            "Mutation.changeRider",
            "Mutation.declineOffer",
            "Mutation.reportTrip",
            "Mutation.handOver",
            "Mutation.reportFailure",
            "Mutation.requestProofUpload",
        ),
        _people("NOT_FOUND"),
    ),
    "Mutation.wishDropoff": _buyers("NOT_FOUND"),
    "Query.handovers": _OPS | {"officer": "data", "ops": "data"},
    "Query.trackedDelivery": _row("null"),
    "Query.estimateAccuracy": _OPS | {"officer": "data", "ops": "data"},
    "Mutation.reportPosition": _people("NOT_FOUND"),
    "Mutation.shareDelivery": _buyers("NOT_FOUND"),
    "Mutation.stopSharingDelivery": _buyers("NOT_FOUND"),
    "Query.consentText": _row("null"),
    "Query.viewer": _row("data", anonymous="UNAUTHENTICATED"),
    "Mutation.requestSignInCode": _row("INVALID_PHONE"),
    "Mutation.signIn": _row("CODE_INVALID"),
    "Mutation.refreshSession": _row("SESSION_ENDED"),
    "Mutation.signOut": _OWN,
    "Mutation.endSession": _OWN,
    "Mutation.endOtherSessions": _OWN,
    "Mutation.requestNumberChange": _OWN,
    "Mutation.changeNumber": _OWN,
    "Mutation.updatePerson": _OWN,
    "Mutation.giveConsent": _OWN,
    "Mutation.withdrawConsent": _OWN,
    # Two are called by the development issuer like people here. In local mode, which this is, they are them to all that takes no session;
    # elsewhere such a token is nobody's (`tests/unit/people/test_context.py`).
    **dict.fromkeys(
        ("Mutation.markNoticesRead", "Mutation.setNoticePreferences"), _row("data", anonymous="UNAUTHENTICATED")
    ),
    "Mutation.subscribeToPush": _OWN,
    "Mutation.unsubscribeFromPush": _OWN,
    "Mutation.requestErasureCode": _OWN,
    "Mutation.eraseMe": _OWN,
    "Mutation.cancelErasure": _OWN,
    "Mutation.requestExportCode": _OWN,
    "Mutation.requestExport": _OWN,
    "Mutation.deleteExport": _OWN,
    **dict.fromkeys(
        (
            "Mutation.setPartnerWebhook",
            "Mutation.rotatePartnerWebhookSecret",
            "Mutation.pausePartnerWebhook",
            "Mutation.resumePartnerWebhook",
            "Mutation.removePartnerWebhook",
            "Mutation.pingPartner",
            "Mutation.resendWebhookMessage",
        ),
        _people("NOT_FOUND", ops="NOT_FOUND"),
    ),
    **dict.fromkeys(
        ("Mutation.endTestJob", "Mutation.requestTestJob"), _people("NOT_FOUND", ops="NOT_FOUND", partner="NOT_FOUND")
    ),
    "Query.partnerClients": _row("null", anonymous="UNAUTHENTICATED", ops="data"),
    **dict.fromkeys(
        ("Mutation.createPartnerClient", "Mutation.revokePartnerClient"), _row("NOT_FOUND", anonymous="UNAUTHENTICATED")
    ),
    "Mutation.grantStaffRole": _OPS | {"ops": "INVALID_PHONE"},
    "Mutation.withdrawStaffRole": _OPS | {"ops": "NOT_FOUND"},
    "Query.recovery": _OFFICERS | dict.fromkeys(("ops", "officer", "government"), "null"),
    **dict.fromkeys(
        (
            "Query.recoveries",
            "Query.recoveryCells",
            "Query.marketDays",
            "Query.commodityPrices",
            "Query.companyRecords",
            "Query.programmeUses",
            "Query.licencesEnding",
            "Query.complaintRecords",
        ),
        _OFFICERS,
    ),
    "Mutation.loadPriceList": _OFFICERS | dict.fromkeys(("ops", "officer", "government"), "FILE_MALFORMED"),
    # services: next (matrix)
    "Subscription.orderChanged": _row("NOT_FOUND", anonymous="UNAUTHENTICATED", owner="data", ops="data"),
    "Subscription.merchantOrders": _row("NOT_FOUND", anonymous="UNAUTHENTICATED", merchant="data", ops="data"),
    "Subscription.roundChanged": _PUBLIC,
    "Subscription.partnerJobs": _row("NOT_FOUND", anonymous="UNAUTHENTICATED", ops="data"),
    "Subscription.deliveryChanged": _row("NOT_FOUND", anonymous="UNAUTHENTICATED", owner="data", ops="data"),
}

# Entity -> (a field that says something, the name of its id in the scene, who sees it by a key alone).
_ALL = frozenset(EVERYBODY)
ENTITIES: dict[str, dict[str, tuple[str, str, frozenset[str] | set[str]]]] = {
    "catalog": {
        "Merchant": ("name", "merchant", _ALL),
        "Product": ("name", "product", _ALL),
        "Variant": ("label", "variant", _ALL),
    },
    "ordering": {
        "Buyer": ("contacts { phone }", "buyer", {"owner", "ops"}),
        "Cart": ("goodsTotal", "cart", {"owner", "ops"}),
        "Checkout": ("dropoff { lat lng }", "checkout", {"owner"}),
        # Led there are the rider of a trip and its company's people; the scene's trip is a machine's.
        "Delivery": ("door { phone }", "delivery", set()),
        "Merchant": ("orders { edges { cursor } }", "merchant", {"merchant", "ops"}),
        "Order": ("orderCode", "order", {"owner", "ops"}),
        "Product": ("reviews { edges { cursor } }", "product", _ALL),
        "Partner": ("cash { limitPerRider }", "partner", {"ops", "officer"}),
        "Payment": ("amount", "payment", {"owner", "ops"}),
        "Rider": ("cash { carrying }", "rider", set()),
        "SellerOrder": ("goodsTotal", "sellerOrder", {"owner", "merchant", "ops"}),
    },
    "delivery": {
        "Checkout": ("deliveryQuotes { quotes { fee } }", "checkout", set()),
        "Delivery": ("status", "delivery", {"owner", "ops"}),
        "Order": ("delivery { status }", "order", {"owner", "ops"}),
        "Partner": ("name", "partner", _ALL - {"anonymous"}),
        "Rider": ("plate", "rider", {"owner", "ops", "officer"}),
        "SellerOrder": ("pickup { rider { plate } }", "sellerOrder", {"owner", "merchant", "ops"}),
    },
    "people": {
        "Person": ("phone", "person", set()),
    },
}
