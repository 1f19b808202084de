"""Whatever is typed into the catalog: an answer of the vocabulary, and nothing unreadable kept."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from services.catalog.domain.ids import ClosureId, InvitationId, LoadTemplateId, MemberId, StockPlaceId
from services.catalog.media.media import Photos
from services.catalog.schema import SCHEMA
from services.contracts.catalog import LicenceId, MediaId
from services.contracts.people import PersonId
from services.kit.database.db import Database
from services.kit.ids import Id
from services.kit.photos.signing import Signer
from services.kit.photos.storage import LocalStorage
from services.kit.secret import Secret
from tests.worlds.asgi import ask
from tests.worlds.catalog import BAYAM, BAYAM_IKAT, SRI, Graph
from tests.worlds.texts import Position, asked, for_hostile, positions, unreadable


def _samples(at: Position) -> dict[str, object]:
    of: Id = SRI if "Merchant" in at.field else BAYAM
    of_category = {"code": "sayur", "name": "Sayur"}
    slugs = {"merchant": "wlijo-bu-sri", "slug": "bayam"}
    applies = {
        "kind": "HOME",
        "kecamatanCode": "35.08.10",
        "contactName": "Bu Tun",
        "phone": "0812-3456-7890",
        "capital": 1,
    }
    applies |= {"idempotencyKey": uuid4().hex}
    members = {
        "memberId": str(MemberId.seeded("nobody")),
        "closureId": str(ClosureId.seeded("nobody")),
        "endsAt": "2020-01-01T00:00:00.000Z",
        "hours": [],
        "input": {},
        "invitationId": str(InvitationId.seeded("nobody")),
        "role": "STAFF",
    }
    goods: dict[str, object] = {
        "merchantId": str(SRI),
        "productId": str(BAYAM),
        "category": "sayur",
        "label": "x",
        "unit": "ikat",
        "kind": "COUNT",
    }
    goods |= {"variants": [], "gramPerUnit": 1, "soldOut": True, "word": "x", "means": "y"}
    licensed: dict[str, object] = {"licenceKind": "NIB", "issuedOn": "2026-01-05", "number": "9120001234567"}
    if "icence" in at.field:
        of = LicenceId.seeded("nobody")
        licensed |= {"kind": "NIB", "productIds": [], "documentPhotoId": str(MediaId.seeded("nobody"))}
    goods |= {
        "value": "x",
        "values": ["x"],
        "attributes": [],
        "productIds": [str(BAYAM)],
        "harvestedOn": None,
        "categoryCode": "sayur",
    }
    goods |= {"purpose": "PRODUCT", "photoId": str(MediaId.seeded("nobody")), "alt": "x", "photoIds": []}
    goods |= {
        "items": [{"variantId": str(BAYAM_IKAT), "quantity": 1}],
        "quantity": 1,
        "hubId": str(SRI),
        "mode": "TRACKED",
    }
    goods |= {"templateId": str(LoadTemplateId.seeded("nobody"))}
    if at.field in ("changeStockPlace", "closeStockPlace", "acceptShelf", "endShelf"):
        return {"id": str(StockPlaceId.seeded("nobody"))}
    goods |= {"weekday": "MONDAY", "arrivesAt": "06:00", "stops": [], "kecamatanCodes": []}
    numbers = {"onHand": 4, "price": 3_500, "lat": -8.13, "lng": 113.22}
    return {
        "id": str(of),
        "variantId": str(BAYAM_IKAT),
        **numbers,
        **slugs,
        **of_category,
        **applies,
        **members,
        **goods,
        **licensed,
    }


_CORRECTS = ("correctMerchantContact", "correctMemberName")
_SELLS = ("import", "confirmImport", "stopImport", "copyTemplateGoods")


async def test_hostile_texts_get_an_answer_and_are_not_kept(db: Database, tmp_path: Path) -> None:
    photos = Photos.at(LocalStorage(tmp_path), Signer(Secret("of the tests")))
    graph, schema = Graph.over(db, photos), SCHEMA._schema
    found = [each for each in positions(schema) if each.root in ("Query", "Mutation")]
    assert len(found) > 10

    async def everywhere(text: str) -> None:
        for each in found:
            document, variables = asked(schema, each, text, {**_samples(each), "reason": "izin habis"})
            # Whoever applies is nobody's operator, and each somebody else: one person has few merchants.
            applies = each.field in (
                "applyAsMerchant",
                "applyAgainAsMerchant",
                "openMerchant",
                "joinMerchant",
                "submitLicence",
                "withdrawLicence",
                "startRound",
                "reportRoundPosition",
                "endRound",
                *_CORRECTS,
                *_SELLS,
            )
            token = graph.issuer.token(sub=str(PersonId.seeded(uuid4().hex)), roles=["merchant" if applies else "ops"])
            answer = await ask(graph.asgi, document, token=token, **variables)
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert codes <= {"BAD_USER_INPUT"}, (str(each), text, answer)

    await for_hostile(everywhere)
    assert await unreadable(db) == {}
