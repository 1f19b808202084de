"""Every field of the graphs: which are about a person, and how staff come to those of others. A new field is classified here first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphql import (
    DocumentNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    TypeNode,
    UnionTypeDefinitionNode,
)

AUDITED: Final = "written down before it is shown"
OWN: Final = "of whoever asks, and of nobody else"

PERSONAL: Final = {
    "catalog": {
        "LicenceDocument": "photoId photo",
        "MerchantMember": "id name role joinedAt isMe",
        "ProductChange": "what about before after actor byName at",
        "MerchantRegistration": "contactName phone yearlySales capital umkmClass appliedAt",
        "PassingWish": "id point madeAt merchant",
    },
    "ordering": {
        "Kasbon": "id state called limit owed held room buys sells changedAt merchant entries",
        "KasbonEntry": "id kind at amount adds owed limit orderCode orderId of side byMe words takenBack",
        "CarriedCash": "rider amount isOverLimit",
        "Checkout": "id cart contact merchantIds massGram dropoff problems",
        "RiderCash": "carrying limit isOverLimit owed",
        "ClaimPhoto": "id by byMe sentAt color sizes",
        "JobDoor": "orderCode pickups recipient phone line note point",
        "Contact": "id label recipient phone line kecamatanCode desaCode point note",
    },
    "delivery": {
        "PartnerMember": "id name role joinedAt isMe",
        "HandoverProof": "id kind stop sentAt proves color sizes",
        "PartnerRegistration": "kecamatanCode contactName phone licenceNumber appliedAt",
        "Rider": "id name plate externalId vehicle hasBox cashLimit carriesGram onShift ended signsIn isMe partner jobs stops position",
        "RiderPosition": "point at",
        "TrackedDelivery": "status partnerName riderName plate position estimate history",
    },
    "people": {
        "Consent": "document version givenAt withdrawnAt",
        "Erasure": "status requestedAt waitsFor",
        "Export": "id status requestedAt readyAt expiresAt waitsFor path",
        "Membership": "kind about name",
        "Notice": "id kind about text madeAt readAt outcome",
        "NoticePreference": "kind channels",
        "Person": "id name phone language registeredAt",
        "Session": "id device beganAt usedAt expiresAt isCurrent",
        "Tokens": "accessToken expiresIn refreshToken refreshTokenExpiresAt",
        "Viewer": "notices noticePreferences exports memberships person sessions staffRoles consents erasure",
    },
}
"""Types that say something of a person. Nothing leads to one but what GATES has."""

GATES: Final = {
    "catalog.Licence.document": AUDITED,
    "catalog.Merchant.members": AUDITED,
    "catalog.Merchant.registration": AUDITED,
    "catalog.ProductChangeEdge.node": AUDITED,
    "catalog.Query.myPassingWishes": OWN,
    "catalog.TellMeWhenPassingPayload.wish": OWN,
    "ordering.Buyer.contacts": AUDITED,
    "ordering.Buyer.defaultContact": AUDITED,
    "ordering.Claim.photos": AUDITED,
    "ordering.Order.contact": AUDITED,
    "ordering.Cart.checkout": OWN,
    "ordering.CompanyCash.riders": OWN,
    "ordering.Delivery.door": OWN,
    "ordering.Rider.cash": OWN,
    "ordering.Query.kasbon": OWN,
    "ordering.Merchant.myKasbon": OWN,
    "ordering.KasbonEdge.node": OWN,
    "ordering.KasbonEntryEdge.node": OWN,
    **{
        f"ordering.{each}Payload.kasbon": OWN
        for each in (
            "AcceptKasbon",
            "AskKasbon",
            "CloseKasbon",
            "DeclineKasbon",
            "DisputeKasbonEntry",
            "ForgiveKasbon",
            "NoteKasbonPayment",
            "OfferKasbon",
            "SetKasbonLimit",
            "TakeBackKasbonPayment",
        )
    },
    "ordering.Order.counterCode": OWN,
    "ordering.SaveContactPayload.contact": OWN,
    "ordering.UpdateContactPayload.contact": OWN,
    "ordering._Entity.Checkout": OWN,
    "delivery.Delivery.rider": AUDITED,
    "delivery.Delivery.proofs": AUDITED,
    "delivery.ProvenHandover.proofs": AUDITED,
    "delivery.Pickup.rider": AUDITED,
    "delivery.Pickup.proofs": AUDITED,
    "delivery._Entity.Rider": AUDITED,
    "delivery.Partner.members": AUDITED,
    "delivery.Partner.registration": AUDITED,
    "delivery.Partner.riders": AUDITED,
    "delivery.RiderEdge.node": AUDITED,
    "delivery.EndRiderPayload.rider": AUDITED,
    "delivery.InviteRiderPayload.rider": AUDITED,
    "delivery.SaveRiderPayload.rider": AUDITED,
    "delivery.SetShiftPayload.rider": AUDITED,
    "delivery.Query.myRider": OWN,
    "delivery.Delivery.handoverPin": OWN,
    "delivery.Delivery.position": OWN,
    "delivery.Rider.position": OWN,
    "delivery.Delivery.trackingToken": OWN,
    "delivery.Delivery.trail": AUDITED,
    "delivery.Query.trackedDelivery": OWN,
    "people.Query.viewer": OWN,
    "people._Entity.Person": OWN,
    "people.NoticeEdge.node": OWN,
    **{
        f"people.{payload}Payload.{field}": OWN
        for payload, fields in {
            "ChangeNumber": "person",
            "EndOtherSessions": "sessions",
            "EndSession": "sessions",
            "EraseMe": "erasure",
            "GiveConsent": "consents",
            "MarkNoticesRead": "notices",
            "RefreshSession": "tokens",
            "RequestExport": "export",
            "SetNoticePreferences": "preferences",
            "SignIn": "tokens session person",
            "UpdatePerson": "person",
            "WithdrawConsent": "consents",
        }.items()
        for field in fields.split()
    },
}
"""Fields that lead to a person's data, and entities. They are tried in tests/integration/*/test_staff_reads.py."""

NOBODY: Final = {
    "catalog": {
        "Category": "code name requirements parent parentCode depth children path position attributes commodity",
        "CategoryRequirement": "licenceKind appliesFrom keepsDays",
        "Attribute": "code name kind unit choices required categoryCode",
        "AttributeCount": "attribute values",
        "AttributeValueCount": "value count",
        "CatchWeight": "price priceBasis overrunPercent priceText",
        "CategoryCount": "category count",
        "Commodity": "code name kind",
        "Closure": "id startsAt endsAt note",
        "MerchantCategory": "category count",
        "Merchant": "id categories history invitations name slug kind status statusReason kecamatanCode kecamatanName pickupPoint"
        " openNow alwaysOpen hours closures opensNextAt autoAccept acceptWithinS preparationS route products licences"
        " productsPastFresh photo waitingPhotos stockPlaces shelves shelf loadTemplates round servingArea servesPoint"
        " imports",
        "Licence": "id kind number status reason issuedOn expiresOn ofMerchant submittedAt decidedAt merchant products history",
        "LicenceHistoryEntry": "action status reason at",
        "LicenceNeed": "licenceKind appliesFrom met",
        "LoadTemplate": "id name savedAt items",
        "LoadTemplateItem": "quantity variant",
        "CopiedTemplate": "code problems product",
        "Import": "id kind status dryRun rows worked created changed unchanged refused ignoredColumns problem madeAt doneAt"
        " reportPath report",
        "ImportRow": "row sku outcome problems",
        "MerchantHistoryEntry": "action status reason at",
        "MerchantInvitation": "id role madeAt expiresAt",
        "MerchantKindCount": "kind count",
        "OpeningHours": "weekday opensAt closesAt",
        "Photo": "id alt color sizes",
        "PhotoChange": "action photoId at",
        "PhotoSize": "url width height",
        "PhotoUpload": "photoId url expiresAt maxBytes",
        "PastPrice": "price priceBasis since until",
        "Point": "lat lng",
        "PriceBand": "priceFrom priceTo count",
        "Product": "id licences halalStatus licenceNeeds name slug description category status originDesaCode keepsForS merchant"
        " variants archivedAt harvestedOn freshUntil isPastFresh originGroup regionMark commodity attributes"
        " retiredVariants history photo photos photoHistory",
        "ProductFacets": "total categories kinds prices openNow inStock halal attributes",
        "ProductAttribute": "attribute value text",
        "Region": "code name level postcode centroid villages",
        "Route": "weekday stops",
        "RouteStop": "label point arrivesAt id nextDay orders orderUntilS",
        "SaleUnit": "code label kind basePerUnit step min max",
        "Round": "id day startedAt position lastSeenAt etaAt nextStop",
        "RoundNow": "round",
        "ServingArea": "radiusM kecamatanCodes",
        "SearchSuggestion": "text category",
        "ShelfItem": "available variant place",
        "Stock": "onHand reserved onCounter",
        "StockAtPlace": "onHand place",
        "StockMovement": "cause change reserved onCounter orderId note memberId byHub at place",
        "StockPlace": "id name position status merchant hub history",
        "StockPlaceHistoryEntry": "action byHub at",
        "Synonym": "word means",
        "Variant": "id sku label unit price priceBasis available gramPerUnit stock priceText product wasPrice priceHistory"
        " pricedBy catchWeight estimate cap retiredAt stockMode stockMovements stockAtPlaces loadedToday",
        "WlijoPassing": "at live distanceM merchant stop goods",
        "TemplateGood": "code name description category unit label gramPerUnit keepsForS",
        **dict.fromkeys(
            ("Buyer", "Cart", "Delivery", "Order", "Partner", "Payment", "Person", "Rider", "SellerOrder"), "id"
        ),
    },
    "ordering": {
        "Buyer": "id cart orders claims kasbons",
        "Claim": "id orderId orderCode lineId lineName kind state version quantity asked offered granted borneBy reason settledBy goesBack"
        " openedAt dueAt photos entries",
        "ClaimPhotoSize": "url width height",
        "ClaimPhotoUpload": "photoId url expiresAt maxBytes",
        "ClaimEntry": "at state what actor byMe words amount",
        "MarkedOrder": "mark orderCode placedAt order",
        "OrderLife": "state mark settled timers transfers told",
        "OrderTimer": "kind dueAt isOverdue attempts error",
        "OrderTransfer": "kind debit credit amount at",
        "SettledMark": "mark because at byMe",
        "ToldEvent": "id type count toldAt sentAt",
        "HistoryEntry": "at status what actor byMe reason reasonCode",
        "Product": "id rating reviews",
        "Rating": "reviews average",
        "Review": "id kind lineId stars words byInitial shown postedAt editedAt answer answeredAt reportedAt",
        "Ticket": "id orderCode opener category state version openedAt respondBy resolveBy respondedAt resolvedAt dueAt entries",
        "TicketEntry": "at state what actor byMe words",
        "Cancellation": "reason borneBy",
        "CancellationRequest": "reason at answer",
        "Cart": "id version updatedAt lines goodsTotal massGram handovers promotions expiresAt expiredAt problems sellers",
        "CartDiscount": "name amount borneBy offDelivery byVoucher",
        "CartPromotions": "discounts goodsDiscount deliveryDiscountAtMost voucher",
        "CartVoucher": "code problems",
        "CommissionRule": "id permille startsAt merchantKind category basis",
        "Discount": "name amount borneBy offDelivery",
        "CartLine": "id variant merchant name unit quantity price priceBasis total massGram forSale quantityText priceText"
        " problems estimated capTotal catchWeight note whenShort priceSeen",
        "CartSeller": "merchant goodsTotal note",
        "LineLeftOut": "variant name quantity problems",
        "PriceSeen": "price priceBasis priceText",
        "Delivery": "id",
        "JobPickup": "merchantName point",
        "Balance": "plus minus",
        "CashDay": "day orderCount due collected short over opening handedOn kept closing withRiders fromRiders matches orders csv",
        "CashHandover": "id leg amount state statedSide statedAt statedByMe counted note endedAt partner rider merchant",
        "CashOfOrder": "at orderCode rider due collected short over",
        "CompanyCash": "held withRiders limitPerRider",
        "Merchant": "id name orders handovers handoverLimits claims rating promotions owed statement payouts cashHandovers taxStatements"
        " kasbonOwed kasbons",
        "Owed": "amount merchant partner rider",
        "Partner": "id cash cashDay cashHandovers owed statement payouts",
        "Payout": "id method amount reference note recordedAt receivedAt reversedAt reversedBecause merchant partner rider",
        "Rider": "id cashHandovers",
        "Statement": "first last opening sums closing lineCount lines csv",
        "StatementLine": "at kind orderCode reference sums balance",
        "StatementSums": "earned commission discount tax mdr counter paid other change",
        "TaxStatement": "year verifiedAt endedAt",
        "Promotion": "id nameId nameEn kind value cap minimum merchantIds categories kecamatanCodes firstOrderOnly borneBy merchantId"
        " programme code startsAt endsAt budget uses usesPerBuyer status used spent createdAt",
        "Handover": "way slotFrom slotTo place point",
        "HandoverLimits": "pickupsPerHour deliveriesPerHour",
        "HandoverSlot": "way slotFrom slotTo orderUntil capacityLeft unavailable stopId place point",
        "MerchantOrders": "reset complete orders endedSince",
        "Order": "id orderCode version status slot placedAt goodsTotal deliveryFee discount discounts total placedTotal ifRefused"
        " answerBy payment cancellation cancellationRequest test sellerOrders history handover entries claims reviews questions life",
        "OfferedReplacement": "name quantity quantityText priceText capTotal variant",
        "OrderLine": "id variant name unit quantity price priceBasis total quantityText priceText estimated capTotal catchWeight state"
        " packedQuantity packedGram packedText finalTotal replaces note whenShort",
        "OrderQuestion": "id lineId lineName kind state askedAt answerBy endedAt quantity quantityText gram gramText total ifNotAccepted"
        " totalIfNotAccepted replacement",
        "OrderMoment": "at status",
        "Payment": "id method amount status cashToCollect cashCollected qris refunds",
        "Qris": "state content expiresAt payBy",
        "Refund": "id orderCode amount reason borneBy status requestedAt doneAt whyByHand proof",
        "Point": "lat lng",
        "SaleUnit": "code label kind basePerUnit step min max",
        "SellerOrder": "id orderCode version status placedAt acceptBy readyAt rejectReason goodsTotal placedGoodsTotal leftAt"
        " dropoffKecamatanCode order merchant lines handover discount discounts commission entries claims note questions onKasbon",
        "CatchWeight": "price priceBasis overrunPercent priceText",
        "Variant": "id",
    },
    "delivery": {
        "PartnerWebhook": "url status pausedBy twoSecretsUntil failingSince restsUntil deliveredAt waiting waitingSince messages",
        "TestFinding": "expected met detail",
        "TestJob": "id scenario status requestedAt cashToCollect cashCollected pin verdict findings course",
        "TestMoment": "at type what code message",
        "WebhookMessage": "id type subject toldAt status tried nextAt attempts",
        "WebhookAttempt": "at tookMs status error excerpt",
        "Checkout": "id merchantIds massGram dropoff deliveryQuotes",
        "Delivery": "id version status test fee cashToCollect requestedAt wantsPersonSince seekUntil order partner history hazard estimate"
        " pickups places life acceptedProofs dropoffWish provenBy",
        "AcceptedProof": "kind when now",
        "ProofSize": "url width height",
        "ProofUpload": "proofId url expiresAt maxBytes",
        "ProvenHandover": "orderId status provenBy",
        "DeliveryLife": "steps offers replies deeds timers told",
        "ToldEvent": "id type count toldAt sentAt",
        "TripDeed": "outcome failure cash fromPartnerName toPartnerName withGoods reason at byMe",
        "TripOffer": "partnerName state offeredAt closedAt",
        "TripReply": "partnerName type code at",
        "TripStep": "at status cause",
        "TripTimer": "kind dueAt isOverdue attempts error",
        "Estimate": "at marginS",
        "EstimateAccuracy": "stage trips medianS offByS withinFiveMinutes",
        "DeliveryStep": "at status",
        "FareLine": "part amount off count each name",
        "JobOffer": "id deliveryId expiresAt test places distanceM fee riderShare partnerShare cashToCollect"
        " weightLimitGram parcels waitLimitS joinsDeliveryId addedM",
        "RiderStop": "deliveryId place kecamatanName merchantName",
        "JobPlace": "kecamatanCode kecamatanName point merchantName stop readyAt packedAt",
        "Order": "id delivery",
        "Partner": "id name heardAt status unansweredOffers statusReason isConnected history invitations offers jobs webhook days reach"
        " rates testJobs",
        "CompanyRate": "version validFrom perMille enteredAt",
        "CompanyRates": "holds entered lowest highest tariffVersion",
        "RateOfCompany": "rate partner",
        "PartnerReach": "hours kecamatanCodes boundary jobsAtOnce hasNow isOpen",
        "PartnerDay": "day offered accepted declined expired delivered fees riderShares",
        "PartnerHistoryEntry": "action status reason at",
        "PartnerInvitation": "id role riderId madeAt expiresAt",
        "PartnerJobs": "offers jobs",
        "DeliveryPickup": "stop merchantName arrivedAt fetchedAt leftOutAt failure",
        "Pickup": "status partner arrivedAt fetchedAt provenBy",
        "Point": "lat lng",
        "Quote": "slot id token fee distanceM durationS riderShare partnerShare platformShare massLimitGram tariffVersion"
        " rateVersion legalBasis lines distanceSource expiresAt test",
        "SellerOrder": "id pickup",
        "FareBand": "perKmLow perKmHigh minFeeLow minFeeHigh",
        "NightFare": "begins ends amount",
        "ReplayedFare": "tariffVersion rateVersion ratePerMille legalBasis at distanceM distanceSource pickups massLimitGram lines quoted"
        " recomputed same feeNow",
        "Tariff": "version validFrom validUntil minFee includedM perKm perStop includedGram perKg night rounding riderSharePercent"
        " partnerSharePercent platformSharePercent legalBasis binding band why",
        "ProofRule": "version validFrom legalBasis photo signature signatureCash",
        "TripInVainRule": "version validFrom legalBasis calledOffPercent atPickupPercent wayBackPercent freeMinutes perMinute most",
        "AskedCompany": "partner state offeredAt closedAt policyId takenToday askedOf awayM joinsDeliveryId addedM byHand",
        "SearchDecision": "action partner minutes reason at",
        "RiderSearch": "deliveryId orderId status test requestedAt wantsPersonSince seekUntil cashToCollect distanceM merchantName"
        " fromKecamatan toKecamatan asked decisions",
        "DispatchPolicy": "id validFrom rule companies offerSeconds atOnce rounds pauseSeconds assignWithinSeconds reachM escalatePercent"
        " together batch detourM why",
        "Zone": "id name kind effect reason reasonEn surcharge boundary validFrom validUntil hours switchedOn holdsNow endedAt version"
        " history",
        "ZoneHistoryEntry": "action reason at",
        "ZoneHours": "weekday opensAt closesAt",
    },
    "people": {
        "ConsentText": "document version language text publishedAt",
        "PartnerClient": "id name madeAt usedAt revokedAt",
    },
    "insight": {
        "CommodityPrice": "commodity unit place day median low high sellers weekBefore reference referenceDay referenceSource isAlarm",
        "CompanyRecord": "partnerId name jobs delivered failed fees riders companys platforms isWithin",
        "ComplaintRecord": "month isClaim kind opened inTime late withdrawn waiting overdue unanswered",
        "Figures": "month revision isTest withheld turnover sold buyers sellers",
        "LicencesEnding": "kind place within14Days within60Days",
        "MarketDay": "day orders handedOver cancelled",
        "MarketFigures": "orders cancelled delivered failedTrips fees claimed borneByRegency newSellers lapsedSellers acceptMinutes "
        "deliverMinutes",
        "PriceListFault": "line column value",
        "PriceListReport": "taken faults",
        "ProgrammeUse": "programme orders borne",
        "Recovery": "place umkmClass figures monthBefore yearBefore percentOfMonthBefore percentOfYearBefore market",
        "RecoveryCell": "cell figures",
    },
    # services: next
}
"""Goods, money, times and states, and where a wlijo is on her round, which everybody sees while it lasts: they name
nobody (docs/adr/0058). `Checkout` at delivery is the asker's own."""

_ROOTS: Final = {"Query", "Mutation", "Subscription"}
_OF_THE_KIT: Final = {
    *("PageInfo", "Refusal", "Problem", "Node", "_Service"),
    # How a service runs, and what is stuck there: nothing of what an event says, and its error without what came with it.
    *("ServiceHealth", "ServiceProcess", "MissingPart", "ConsumerHealth", "StuckEvent"),
}


def complaints(service: str, schema: DocumentNode) -> Iterator[str]:
    """Fields in no list, entries without a field, and ways to a person's data that are no gate."""
    listed = {
        f"{kind}.{field}"
        for kinds in (PERSONAL.get(service, {}), NOBODY[service])
        for kind, fields in kinds.items()
        for field in fields.split()
    } | {gate.partition(".")[2] for gate in GATES if gate.startswith(f"{service}.")}
    there: set[str] = set()
    personal = PERSONAL.get(service, {})
    for node in schema.definitions:
        match node:
            case ObjectTypeDefinitionNode() | ObjectTypeExtensionNode() | InterfaceTypeDefinitionNode():
                kind = node.name.value
                for field in node.fields or ():
                    name, leads_to = f"{kind}.{field.name.value}", _named(field.type)
                    there.add(name)
                    if leads_to in personal and kind not in personal and f"{service}.{name}" not in GATES:
                        yield f"{name} leads to {leads_to} and is no gate"
                    if name not in listed and not _is_frame(kind):
                        yield f"{name} is in no list"
            case UnionTypeDefinitionNode(name=named) if named.value == "_Entity":
                for each in node.types or ():
                    there.add(f"_Entity.{each.name.value}")
                    if each.name.value in personal and f"{service}._Entity.{each.name.value}" not in GATES:
                        yield f"_Entity.{each.name.value} is no gate"
    yield from (f"there is no {each}" for each in sorted(listed - there))


def _is_frame(kind: str) -> bool:
    """What only holds others: roots, payloads, pages, problems."""
    return kind in _ROOTS | _OF_THE_KIT or kind.endswith(("Payload", "Connection", "Edge"))


def _named(kind: TypeNode) -> str:
    while hasattr(kind, "type"):
        kind = kind.type
    return str(kind.name.value)  # type: ignore[attr-defined]


def gates(service: str, how: str) -> set[str]:
    return {name.partition(".")[2] for name, said in GATES.items() if name.startswith(f"{service}.") and said == how}
