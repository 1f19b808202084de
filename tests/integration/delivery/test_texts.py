"""Whatever is typed into delivery: an answer of the vocabulary, and nothing unreadable kept."""

from __future__ import annotations

from services.delivery.schema import SCHEMA
from tests.worlds.delivery import HOME, MALL, SEMERU
from tests.worlds.delivery_graph import Graph
from tests.worlds.texts import asked, for_hostile, positions, unreadable


async def test_hostile_texts_get_an_answer_and_are_not_kept(graph: Graph) -> None:
    schema = SCHEMA._schema
    found = [each for each in positions(schema) if each.root in ("Query", "Mutation")]
    assert len(found) > 4
    samples = {"id": str(SEMERU), "reason": "izin habis", "merchantIds": [str(MALL)], "massGram": 5, "status": "PAUSED",
               "lat": HOME.lat, "lng": HOME.lng}  # fmt: skip

    async def everywhere(text: str) -> None:
        for each in found:
            document, variables = asked(schema, each, text, samples)
            who = "buyer" if each.field == "quoteDelivery" else "ops"
            answer = await graph.ask(who, document, **variables)
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert codes <= {"BAD_USER_INPUT", "RATE_LIMITED"}, (str(each), text, answer)

    await for_hostile(everywhere)
    assert await unreadable(graph.world.db) == {}
