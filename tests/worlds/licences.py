"""What tests of licences have in common: documents of the graph, a licence that is in order, and a day that is moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.catalog.commands import licences, needs
from services.contracts.catalog import ProductChanged, ProductId
from services.contracts.licences import (
    LicenceDue,
    LicenceEvent,
    LicenceExpired,
    LicenceRejected,
    LicenceSubmitted,
    LicenceVerified,
    LicenceWithdrawn,
)
from services.contracts.people import PersonId
from services.contracts.places import WIB
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from services.kit.messaging.timers import Timers
from tests.worlds.catalog import BAYAM, SRI, Graph, told
from tests.worlds.payloads import PROBLEMS, done

SHOWN = "licence { id kind number status reason ofMerchant expiresOn products { id } history { action status reason } }"
SUBMIT = f"""mutation($id: ID!, $input: LicenceInput!, $key: String!) {{
  answer: submitLicence(merchantId: $id, input: $input, idempotencyKey: $key) {{ {PROBLEMS} {SHOWN} }} }}"""
_PLAIN = "mutation($id: ID!) { answer: %s(id: $id) { " + PROBLEMS + SHOWN + " } }"
_STATED = (
    'mutation($id: ID!, $reason: String! = "tidak terbaca") { answer: %s(id: $id, reason: $reason) { '
    + PROBLEMS
    + SHOWN
    + " } }"
)
VERIFY, WITHDRAW = _PLAIN % "verifyLicence", _PLAIN % "withdrawLicence"
REJECT, REVOKE = _STATED % "rejectLicence", _STATED % "revokeLicence"
PUBLISH = f"mutation($id: ID!) {{ answer: publishProduct(id: $id) {{ {PROBLEMS} product {{ status }} }} }}"
HIDE = f"mutation($id: ID!) {{ answer: hideProduct(id: $id) {{ {PROBLEMS} product {{ status }} }} }}"
REQUIRE = f"""mutation($category: String!, $kind: LicenceKind!, $from: Date, $keeps: Int) {{
  answer: saveCategoryRequirement(category: $category, licenceKind: $kind, appliesFrom: $from, keepsDays: $keeps) {{
    {PROBLEMS} category {{ code requirements {{ licenceKind appliesFrom keepsDays }} }} }} }}"""
DECLARE = f"""mutation($id: ID!, $declared: Boolean! = true) {{
  answer: declareNotHalal(id: $id, declared: $declared) {{ {PROBLEMS} product {{ status halalStatus }} }} }}"""
LOOK = "query($id: ID!) { product(id: $id) { status halalStatus licenceNeeds { licenceKind met } licences { kind status } } }"
_EVENTS: dict[str, type[LicenceEvent]] = {
    each.type: each
    for each in (LicenceSubmitted, LicenceWithdrawn, LicenceVerified, LicenceRejected, LicenceDue, LicenceExpired)
}


def today() -> date:
    return datetime.now(UTC).astimezone(WIB).date()


def nib() -> dict[str, Any]:
    return {"kind": "NIB", "number": "9120001234567", "issuedOn": str(today() - timedelta(days=30))}


def halal(*products: ProductId, ends: date | None = None) -> dict[str, Any]:
    return {
        "kind": "HALAL",
        "number": "ID35110000000000001",
        "issuedOn": str(today() - timedelta(days=30)),
        "expiresOn": None if ends is None else str(ends),
        "productIds": [str(each) for each in products] or None,
    }


def pirt(*products: ProductId) -> dict[str, Any]:
    ends = today() + timedelta(days=4 * 365)
    return {
        "kind": "PIRT",
        "number": f"2063508010012-{ends.year % 100:02}",
        "issuedOn": str(today() - timedelta(days=30)),
        "expiresOn": str(ends),
        "productIds": [str(each) for each in products],
    }


async def submit(graph: Graph, given: dict[str, Any], *, key: str = "0123456789abcdef", who: str = "bu-sri") -> Any:
    """What the graph answers, of Bu Sri's merchant."""
    variables = {"id": str(SRI), "input": given, "key": key}
    return (await graph.data(SUBMIT, role="merchant", name=who, **variables))["answer"]


async def decide(graph: Graph, document: str, licence: str, *, who: str = "pak-adi", **variables: Any) -> Any:
    return (await graph.data(document, role="officer", name=who, id=licence, **variables))["answer"]


async def verified(graph: Graph, given: dict[str, Any], *, key: str = "0123456789abcdef") -> str:
    """Its id."""
    made = done(await submit(graph, given, key=key))
    assert done(await decide(graph, VERIFY, made["id"]))["status"] == "VERIFIED"
    return str(made["id"])


async def require(graph: Graph, category: str, kind: str, since: date | None, keeps: int | None = None) -> Any:
    variables = {"category": category, "kind": kind, "from": since and str(since), "keeps": keeps}
    return (await graph.data(REQUIRE, role="ops", name="ops", **variables))["answer"]


async def time_passes(db: Database) -> int:
    """Fires all that is due; how many timers were."""
    timers = Timers(db, {licences.TIMER: licences.tick, needs.TIMER: needs.apply})
    fired = 0
    while await timers.fire_one():
        fired += 1
    return fired


async def pass_days(db: Database, days: float) -> None:
    """So many days are over, and what is due by then is done."""
    async with transaction(db) as conn:
        await conn.execute(
            """INSERT INTO clock_shift AS c (shift) VALUES (make_interval(secs => $1 * 86400))
               ON CONFLICT (only_row) DO UPDATE SET shift = c.shift + excluded.shift""",
            float(days),
        )
    await time_passes(db)


async def licences_told(db: Database) -> list[str]:
    found = []
    for kind, payload in await told(db, "catalog.licence_%"):
        event = decode(_EVENTS[kind], payload)
        assert event.owners == [str(PersonId.seeded("bu-sri"))]
        more = getattr(event, "within_days", "") or ("revoked" if getattr(event, "revoked", False) else "")
        found.append(f"{kind.removeprefix('catalog.licence_').removesuffix('.v1')} {event.kind} {more}".strip())
    return found


async def statuses_told(db: Database, product: ProductId = BAYAM) -> list[str]:
    """As others heard of them, of one product."""
    heard = [decode(ProductChanged, payload) for _, payload in await told(db, ProductChanged.type)]
    return [each.status for each in heard if each.product_id == product]


async def look(graph: Graph, product: ProductId = BAYAM, *, who: str | None = "bu-sri") -> Any:
    role = "merchant" if who else None
    return (await graph.data(LOOK, role=role, name=who or "siti", id=str(product)))["product"]


async def publish(graph: Graph, product: ProductId = BAYAM, document: str = PUBLISH) -> Any:
    return (await graph.data(document, role="merchant", name="bu-sri", id=str(product)))["answer"]


async def answered(graph: Graph, document: str, role: str, name: str, **variables: Any) -> Any:
    return (await graph.data(document, role=role, name=name, **variables))["answer"]
