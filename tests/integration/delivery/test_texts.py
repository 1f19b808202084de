"""Whatever is typed into delivery: an answer of the vocabulary, and nothing unreadable kept."""

from __future__ import annotations

from uuid import uuid4

from services.contracts.delivery import DeliveryId, OfferId
from services.delivery.domain.crew import InvitationId, MemberId
from services.delivery.schema import SCHEMA
from tests.worlds.delivery import AGUS, HOME, MALL, SEMERU
from tests.worlds.delivery_graph import Graph
from tests.worlds.texts import asked, for_hostile, positions, unreadable


async def test_hostile_texts_get_an_answer_and_are_not_kept(graph: Graph) -> None:
    schema = SCHEMA._schema
    found = [each for each in positions(schema) if each.root in ("Query", "Mutation")]
    assert len(found) > 4
    samples = {"id": str(SEMERU), "reason": "izin habis", "merchantIds": [str(MALL)], "massGram": 5, "status": "PAUSED",
               "lat": HOME.lat, "lng": HOME.lng, "kecamatanCode": "35.08.10", "contactName": "Pak Gatot", "phone": "0812-3456-7890",
               "partnerId": str(SEMERU), "externalId": "R1", "name": "Agus", "plate": "N 1 A", "role": "DISPATCHER", "code": "x",
               "memberId": str(MemberId.seeded("nobody")), "invitationId": str(InvitationId.seeded("nobody")), "onShift": True,
               "deliveryId": str(DeliveryId.seeded("nobody")), "offerId": str(OfferId.seeded("nobody")), "riderId": str(AGUS),
               "pin": "1234", "cashCollected": 5, "url": "https://ojek.example/wlijo", "why": "banjir",
               "geojson": "{}", "on": True, "validFrom": "2026-03-01",
               "perMille": 900, "minFee": 8_000, "includedM": 4_000, "perKm": 2_000, "riderSharePercent": 80,
               "partnerSharePercent": 10, "platformSharePercent": 10, "legalBasis": "KM 1001", "minutes": 30,
               "scenario": "PLAIN", "cash": 0, "calledOffPercent": 30, "atPickupPercent": 60, "wayBackPercent": 50, "freeMinutes": 10,
               "perMinute": 200, "most": 6_000, "photo": "NEVER", "signature": False,
               "failure": "BREAKDOWN", "rule": "NEAREST"}  # fmt: skip
    theirs = (
        "acceptOffer",
        "declineOffer",
        "reportTrip",
        "handOver",
        "reportFailure",
        "changeRider",
        "requestProofUpload",
    )

    async def everywhere(text: str) -> None:
        for each in found:
            of = {"idempotencyKey": uuid4().hex, "status": "AT_PICKUP" if each.field == "reportTrip" else "PAUSED"}
            of |= {"code": "RIDER_GAVE_UP"} if each.field == "reportFailure" else {}
            of |= {"kind": "PHOTO"} if each.field == "requestProofUpload" else {}
            of |= {"id": str(AGUS)} if each.field in ("inviteRider", "endRider", "setShift") else {}
            document, variables = asked(schema, each, text, {**samples, **of})
            # Whoever applies is nobody's operator, and each somebody else: one person has few companies.
            applies = each.field in ("applyAsPartner", "applyAgainAsPartner", "joinPartner")
            who = uuid4().hex if applies or each.field in theirs else f"ops {uuid4().hex}"
            buys = each.field in ("quoteDelivery", "shareDelivery", "stopSharingDelivery", "wishDropoff")
            who = "buyer" if buys else who
            answer = await graph.ask(who, document, **variables)
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert codes <= {"BAD_USER_INPUT", "RATE_LIMITED"}, (str(each), text, answer)

    await for_hostile(everywhere)
    assert await unreadable(graph.world.db) == {}
