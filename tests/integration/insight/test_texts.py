"""Whatever is typed into insight: an answer of the vocabulary, and nothing unreadable kept."""

from __future__ import annotations

from services.insight.schema import SCHEMA
from tests.integration.insight.conftest import Insight
from tests.worlds.asgi import ask
from tests.worlds.texts import asked, for_hostile, positions, unreadable


async def test_hostile_texts_get_an_answer_and_are_not_kept(insight: Insight) -> None:
    found = [each for each in positions(SCHEMA._schema) if each.root in ("Query", "Mutation")]
    assert len(found) > 10
    token = insight.issuer.token(sub="usr_petugas", roles=["officer", "ops"])
    samples = {
        "csv": "day,commodity,unit,price_rupiah\n2026-11-01,bayam,ikat,3000\n",
        "publisher": "uji",
        "month": "2026-10",
        "by": "PLACE",
        "id": "WzFd",
        "because": "uji",
    }
    taken = 0

    async def everywhere(text: str) -> None:
        nonlocal taken
        for each in found:
            document, variables = asked(SCHEMA._schema, each, text, samples)
            answer = await ask(insight.asgi, document, token=token, **variables)
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert codes <= {"BAD_USER_INPUT"}, (str(each), text, answer)
            taken += "errors" not in answer

    await for_hostile(everywhere, examples=25)
    assert taken  # not everything was refused
    assert await unreadable(insight.db) == {}
