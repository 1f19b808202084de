"""Files of goods, as sellers' programs send them and the worker works them off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette

from services.catalog.bulk_api import BulkApi
from services.catalog.domain.bulk import MAX_PART_BYTES
from services.catalog.importing import step
from services.catalog.schema import SCHEMA
from services.catalog.schema.context import Context
from services.contracts.catalog import MerchantId
from services.contracts.people import PersonId
from services.kit.database.db import Database
from services.kit.graphql.app import graphql_routes
from tests.worlds.asgi import Answer, request
from tests.worlds.catalog import SRI, Graph
from tests.worlds.payloads import PROBLEMS
from tests.worlds.tokens import Issuer

SHOWN = """id kind status dryRun rows worked created changed unchanged refused ignoredColumns reportPath
    problem { code message field limit unit }"""
IMPORT = f"""query($id: ID!, $problems: Boolean!, $after: String) {{ import(id: $id) {{ {SHOWN}
    report(problemsOnly: $problems, first: 100, after: $after) {{ pageInfo {{ hasNextPage endCursor }}
        edges {{ node {{ row sku outcome problems {{ code field message minimum limit unit status }} }} }} }} }} }}"""
CONFIRM = f"mutation($id: ID!) {{ answer: confirmImport(id: $id) {{ {PROBLEMS} import {{ {SHOWN} }} }} }}"
STOP = f"mutation($id: ID!) {{ answer: stopImport(id: $id) {{ {PROBLEMS} import {{ status }} }} }}"


@dataclass(frozen=True)
class Files:
    """The catalog's api in process, and its worker's loop by hand."""

    db: Database
    graph: Graph

    @classmethod
    def over(cls, db: Database) -> Files:
        issuer = Issuer()
        verifier = issuer.verifier()
        routes = graphql_routes(SCHEMA, verifier=verifier, context=lambda identity: Context(identity, db))
        api = BulkApi(db, verifier, imports=1_000, exports=1_000)
        return cls(db, Graph(Starlette(routes=[*routes, *api.routes()]), issuer))

    async def http(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: str = "",
        who: str = "bu-sri",
        role: str | None = "merchant",
        key: str | None = None,
    ) -> Answer:
        headers = {"idempotency-key": uuid4().hex if key is None else key}
        if role:
            token = self.graph.issuer.token(sub=str(PersonId.seeded(who)), roles=[role])
            headers["authorization"] = f"Bearer {token}"
        return await request(self.graph.asgi, method, path, query=query, headers=headers, body=body)

    async def sent(
        self,
        content: bytes | str,
        kind: str = "goods",
        *,
        dry_run: bool = False,
        merchant: MerchantId = SRI,
        who: str = "bu-sri",
    ) -> str:
        """The import's id; all parts of it are there."""
        whole = content.encode() if isinstance(content, str) else content
        parts = [whole[at : at + MAX_PART_BYTES] for at in range(0, len(whole), MAX_PART_BYTES)]
        query = f"merchant={merchant}&kind={kind}&dry_run={'true' if dry_run else 'false'}&parts={len(parts)}"
        answer = await self.http("POST", "/bulk/v1/imports", parts[0], query=query, who=who)
        assert answer.status == 201, answer.body
        id_: str = answer.json()["import"]
        for number, part in enumerate(parts[1:], 2):
            assert (await self.http("PUT", f"/bulk/v1/imports/{id_}/parts/{number}", part, who=who)).status == 200
        return id_

    async def work(self) -> None:
        """Until nothing waits."""
        while await step(self.db):
            pass

    async def shown(self, id_: str, *, problems: bool = False, who: str = "bu-sri") -> Any:
        found = await self.graph.data(IMPORT, role="merchant", name=who, id=id_, problems=problems)
        return found["import"]

    async def done(self, content: bytes | str, kind: str = "goods", **how: Any) -> Any:
        id_ = await self.sent(content, kind, **how)
        await self.work()
        return await self.shown(id_, who=how.get("who", "bu-sri"))

    async def exported(
        self, kind: str = "goods", *, merchant: MerchantId = SRI, who: str = "bu-sri", query: str = ""
    ) -> bytes:
        answer = await self.http("GET", f"/bulk/v1/merchants/{merchant}/{kind}.csv", who=who, query=query)
        assert answer.status == 200, answer.body
        return answer.body


def rows(shown: Any) -> list[tuple[int, str, str, list[tuple[str, str | None]]]]:
    """Row, code, outcome, and of each problem the code and the field."""
    return [
        (
            each["node"]["row"],
            each["node"]["sku"],
            each["node"]["outcome"],
            [(no["code"], no["field"]) for no in each["node"]["problems"]],
        )
        for each in shown["report"]["edges"]
    ]
