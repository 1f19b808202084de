"""A company that came by the graph alone: its owner, its dispatcher, its rider, and whoever else asks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from services.contracts.delivery import PartnerId
from services.contracts.partner import Topics
from services.delivery.partner_lanes import note_what_is_read
from services.kit.database.db import Connection
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import PROBLEMS

SEEN = "partner { id name status statusReason isConnected }"
APPLICATION = {
    "name": "Ojek Senduro",
    "kecamatanCode": "35.08.19",
    "contactName": "Pak Gatot",
    "phone": "0812-3456-7890",
}
APPLY = f"""mutation($input: PartnerApplicationInput!, $key: String!) {{
  answer: applyAsPartner(input: $input, idempotencyKey: $key) {{ {PROBLEMS} {SEEN} }} }}"""
INVITE = f"""mutation($id: ID!, $role: PartnerRole!) {{
  answer: inviteToPartner(id: $id, role: $role) {{ {PROBLEMS} code expiresAt {SEEN} }} }}"""
JOIN = f"""mutation($code: String!, $name: String! = "Mbak Yuli") {{
  answer: joinPartner(code: $code, name: $name) {{ {PROBLEMS} {SEEN} }} }}"""
RIDER = "rider { id name plate vehicle hasBox cashLimit externalId onShift ended signsIn isMe }"
SAVE_RIDER = f"""mutation($id: ID!, $externalId: String!, $input: RiderInput!) {{
  answer: saveRider(partnerId: $id, externalId: $externalId, input: $input) {{ {PROBLEMS} {RIDER} }} }}"""
INVITE_RIDER = f"mutation($id: ID!) {{ answer: inviteRider(id: $id) {{ {PROBLEMS} code {RIDER} }} }}"
END_RIDER = f"mutation($id: ID!) {{ answer: endRider(id: $id) {{ {PROBLEMS} {RIDER} }} }}"
SHIFT = f"mutation($id: ID!, $on: Boolean!) {{ answer: setShift(id: $id, onShift: $on) {{ {PROBLEMS} {RIDER} }} }}"


def moved(field: str, *, reason: bool = True) -> str:
    given, passed = (", $reason: String!", ", reason: $reason") if reason else ("", "")
    return f"mutation($id: ID!{given}) {{ answer: {field}(id: $id{passed}) {{ {PROBLEMS} {SEEN} }} }}"


@dataclass
class Company:
    graph: Graph
    id: str

    @property
    def key(self) -> PartnerId:
        return PartnerId.parse(self.id)

    async def ask(self, who: str, document: str, **variables: Any) -> Any:
        named = {"id": self.id} if "$id" in document and "id" not in variables else {}
        return (await self.graph.data(who, document, **named, **variables))["answer"]

    async def done(self, who: str, document: str, **variables: Any) -> Any:
        answer = await self.ask(who, document, **variables)
        assert answer["problems"] == [], answer
        return answer

    async def move(self, who: str, field: str, reason: str | None = None) -> Any:
        """`verifyPartner` and the like; how it stands then."""
        said = {} if reason is None else {"reason": reason}
        return (await self.done(who, moved(field, reason=reason is not None), **said))["partner"]["status"]

    async def connect(self) -> None:
        """As when its topics are there, and read."""
        now = asyncio.get_running_loop().time()
        await note_what_is_read(self.graph.world.db, {(Topics.of(self.key).replies, each): now for each in range(3)})

    async def begin(self) -> None:
        """Looked at, connected and active."""
        await self.move("officer", "verifyPartner")
        await self.connect()
        await self.move("officer", "activatePartner")

    async def come(self, name: str, role: str = "DISPATCHER", by: str = "gatot") -> None:
        code = (await self.done(by, INVITE, role=role))["code"]
        await self.done(name, JOIN, code=code)

    async def rider(self, external_id: str = "R1", *, by: str = "gatot", **details: Any) -> str:
        given = {"name": "Wawan", "plate": "n 77 w", **details}
        saved = await self.done(by, SAVE_RIDER, externalId=external_id, input=given)
        return str(saved["rider"]["id"])

    async def rides(self, name: str, rider_id: str, *, by: str = "gatot") -> None:
        code = (await self.done(by, INVITE_RIDER, id=rider_id))["code"]
        await self.done(name, JOIN, code=code)


async def a_company(graph: Graph, owner: str = "gatot", **application: Any) -> Company:
    answer = (await graph.data(owner, APPLY, input={**APPLICATION, **application}, key=uuid4().hex))["answer"]
    assert answer["problems"] == [], answer
    return Company(graph, answer["partner"]["id"])


async def cheaper_elsewhere(conn: Connection, count: int) -> None:
    """So many companies that ride for less than all others since yesterday, where nobody of these tests is: every second one
    by the name of a kecamatan, the others by a square."""
    await conn.execute(
        """WITH made AS (INSERT INTO partner (id, name, status)
               SELECT gen_random_uuid(), 'Ojek Jauh ' || n, 'ACTIVE' FROM generate_series(1, $1) n RETURNING id),
           rated AS (INSERT INTO company_rate (partner_id, valid_from, per_mille, entered_by, entered_at)
               SELECT id, (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date - 1, 850, 'test', wlijo_now() - interval '3 days' FROM made)
           INSERT INTO partner_reach (partner_id, hours, kecamatan_codes, corners, set_by, at)
           SELECT id, '[]', CASE WHEN n % 2 = 0 THEN ARRAY['35.08.01'] ELSE '{}' END,
                  CASE WHEN n % 2 = 0 THEN '[]'
                       ELSE '[[-8.3, 113.0], [-8.3, 113.02], [-8.28, 113.02], [-8.28, 113.0]]'::jsonb END,
                  'test', wlijo_now()
           FROM (SELECT id, row_number() OVER () AS n FROM made) AS each""",
        count,
    )
