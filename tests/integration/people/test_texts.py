"""Whatever is typed into people: an answer of the vocabulary, and nothing unreadable kept."""

from __future__ import annotations

from services.contracts.delivery import PartnerId
from services.contracts.people import PersonId
from services.people.schema import SCHEMA
from tests.worlds.people import REFRESH, House
from tests.worlds.texts import asked, for_hostile, positions, unreadable


async def test_hostile_texts_get_an_answer_and_are_not_kept(home: House) -> None:
    schema = SCHEMA._schema
    found = [each for each in positions(schema) if each.root in ("Query", "Mutation")]
    assert len(found) > 10
    signed = await home.signed_in("+6281234595001")
    person, company = PersonId.parse(signed["person"]["id"]), PartnerId.new()
    async with home.db.acquire() as conn:
        await conn.execute("INSERT INTO staff_role VALUES ($1, 'OPS', now())", person)
        await conn.execute("INSERT INTO heard_partner VALUES ($1, 'Ojek', 'ACTIVE', '{}', '{}')", company)
    token = (await home.done(REFRESH, shown=signed["tokens"]["refreshToken"]))["accessToken"]
    samples = {"phone": "+6281234595002", "code": "123456", "personId": str(PersonId.seeded("nobody")), "role": "OFFICER", "id": "WzFd",

               "document": "terms", "version": 1, "partnerId": str(company), "name": "uji",
               "endpoint": "https://fcm.googleapis.com/fcm/send/x", "p256dh": "BA" + 85 * "A", "auth": 22 * "A"}  # fmt: skip

    async def everywhere(text: str) -> None:
        for each in found:
            document, variables = asked(schema, each, text, samples)
            answer = await home.ask(document, token, **variables)
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert codes <= {"BAD_USER_INPUT"}, (str(each), text, answer)

    await for_hostile(everywhere, examples=25)
    assert await unreadable(home.db) == {}
