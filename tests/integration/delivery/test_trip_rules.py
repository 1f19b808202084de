"""What proves a handover, and what a trip in vain pays, as officers enter it: from tomorrow, once a day, and never changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.places import WIB
from services.delivery.store import proof_rules
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS

KEY = "a key of sixteen characters"
IN_VAIN = f"""mutation($input: EnterTripInVainRuleInput!, $key: String!) {{
  answer: enterTripInVainRule(input: $input, idempotencyKey: $key) {{ {PROBLEMS} rule {{ version validFrom most }} }} }}"""
PROOFS = f"""mutation($input: EnterProofRuleInput!, $key: String!) {{
  answer: enterProofRule(input: $input, idempotencyKey: $key) {{ {PROBLEMS} rule {{ version photo signature signatureCash }} }} }}"""
VAIN_RULE = {
    "legalBasis": "Perjanjian jasa antar", "calledOffPercent": 30, "atPickupPercent": 60, "wayBackPercent": 50, "freeMinutes": 10,
    "perMinute": 200, "most": 6000,
}  # fmt: skip
PROOF_RULE = {"legalBasis": "Perjanjian jasa antar", "photo": "WISHED", "signature": True, "signatureCash": 100_000}


async def day(graph: Graph, later: int) -> str:
    return str(((await graph.world.now()) + timedelta(days=later)).astimezone(WIB).date())


async def entered(graph: Graph, document: str, given: dict[str, Any], key: str = KEY) -> Any:
    said = (await graph.data("officer", document, input=given, key=key))["answer"]
    return said["rule"] or (said["problems"][0]["code"], said["problems"][0].get("field"))


async def test_a_rule_of_proofs_holds_from_its_day_on(graph: Graph) -> None:
    tomorrow = await day(graph, 1)
    given = {**PROOF_RULE, "validFrom": tomorrow}
    made = await entered(graph, PROOFS, given)
    assert made == {"version": f"PROOF-{tomorrow}", "photo": "WISHED", "signature": True, "signatureCash": 100_000}
    assert await entered(graph, PROOFS, given) == made  # whose answer was lost
    assert await entered(graph, PROOFS, given, KEY + "2") == ("TRIP_RULE_INVALID", "input.validFrom")
    shown = (
        await graph.data("buyer", "{ proofRules { version validFrom legalBasis photo signature signatureCash } }")
    )["proofRules"]
    assert shown == [{"version": f"PROOF-{tomorrow}", **given}]

    async def held() -> str | None:
        async with graph.world.db.acquire() as conn:
            order_id = await graph.world.place()
            await graph.world.confirm(order_id, 0)
            job = await graph.world.delivery_of(order_id)
            rule = proof_rules.held(
                await conn.fetchval(f"SELECT {proof_rules.HOLDS}::text FROM delivery WHERE id = $1", job)
            )
            return rule.version if rule else None

    assert await held() is None
    await graph.world.move_clock(timedelta(days=1))
    assert await held() == f"PROOF-{tomorrow}"


async def test_a_rule_of_trips_in_vain_is_entered(graph: Graph) -> None:
    tomorrow = await day(graph, 1)
    given = {**VAIN_RULE, "validFrom": tomorrow}
    made = await entered(graph, IN_VAIN, given)
    assert made == {"version": f"VAIN-{tomorrow}", "validFrom": tomorrow, "most": 6000}
    assert await entered(graph, IN_VAIN, given) == made
    assert await entered(graph, IN_VAIN, {**given, "most": 1}, KEY + "2") == ("TRIP_RULE_INVALID", "input.validFrom")
    assert await entered(graph, IN_VAIN, {**given, "most": 1}) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")


@pytest.mark.parametrize(
    ("document", "wrong", "field"),
    [
        (IN_VAIN, {"calledOffPercent": 101}, "calledOffPercent"),
        (IN_VAIN, {"wayBackPercent": -1}, "wayBackPercent"),
        (IN_VAIN, {"freeMinutes": 241}, "freeMinutes"),
        (IN_VAIN, {"perMinute": 10_001}, "perMinute"),
        (IN_VAIN, {"most": 100_001}, "most"),
        (PROOFS, {"signatureCash": 100_000_001}, "signatureCash"),
    ],
)
async def test_what_breaks_a_limit_is_said_at_its_field(
    graph: Graph, document: str, wrong: dict[str, Any], field: str
) -> None:
    rule = VAIN_RULE if document is IN_VAIN else PROOF_RULE
    given = {**rule, "validFrom": await day(graph, 1), **wrong}
    assert await entered(graph, document, given) == ("TRIP_RULE_INVALID", f"input.{field}")


@pytest.mark.parametrize(("document", "rule"), [(IN_VAIN, VAIN_RULE), (PROOFS, PROOF_RULE)])
async def test_nothing_of_the_past_changes_and_only_officers_enter(
    graph: Graph, document: str, rule: dict[str, Any]
) -> None:
    today = {**rule, "validFrom": await day(graph, 0)}
    assert await entered(graph, document, today) == ("TRIP_RULE_INVALID", "input.validFrom")
    for who in ("buyer", "partner"):
        answer = await graph.ask(who, document, input={**rule, "validFrom": await day(graph, 1)}, key=KEY)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
