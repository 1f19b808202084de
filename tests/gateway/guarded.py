"""A graph whose fields demand something of callers, and say what they cost."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.pipeline import Caller, Pipeline, Request
from gateway.settings import Limits
from gateway.supergraph.load import load
from services.kit.http.identity import ANONYMOUS, Identity
from tests.gateway.kit.gateway import InProcess
from tests.gateway.kit.subgraph import Subgraph

FOLDER = Path(__file__).parent / "guarded"
SUPERGRAPH = (FOLDER / "supergraph.graphql").read_text(encoding="utf-8")

SRI: dict[str, Any] = {"__typename": "Person", "id": "1", "name": "Sri", "age": 40, "phone": "08", "email": "s@x.id"}
BUDI: dict[str, Any] = {"__typename": "Person", "id": "2", "name": "Budi", "age": 7, "phone": "09", "email": "b@x.id"}
CAT: dict[str, Any] = {"__typename": "Cat", "name": "Miu", "age": 2}
PEOPLE = [{**SRI, "mood": "calm", "friends": [BUDI]}, {**BUDI, "mood": "loud", "friends": []}]


def caller(*rights: str) -> Identity:
    """With these scopes, and the roles among them."""
    roles = {each.removeprefix("role:") for each in rights if each.startswith("role:")}
    return Identity(
        "usr_1", frozenset(roles), scopes=frozenset(each for each in rights if not each.startswith("role:"))
    )


class Guarded:
    def __init__(self, supergraph: str = SUPERGRAPH, **options: Any) -> None:
        people = Subgraph(
            "people",
            (FOLDER / "people.graphql").read_text(encoding="utf-8"),
            {"Person": PEOPLE, "creatures": [PEOPLE[0], CAT], "me": [PEOPLE[0]], "secrets": [{"text": "!"}]},
            {
                "Query.people": lambda *_, **__: {"edges": [{"cursor": "c", "node": one} for one in PEOPLE]},
                "Query.person": lambda _, __, id: next((one for one in PEOPLE if one["id"] == id), None),
                "Query.me": lambda *_: PEOPLE[0],
                "Query.report": lambda *_, **__: 1,
                "Mutation.rename": lambda _, __, id, name: {**PEOPLE[0], "name": name},
                "Mutation.wipe": lambda *_: True,
                "Mutation.erase": lambda _, __, id: True,
            },
        )
        orders = Subgraph(
            "orders",
            (FOLDER / "orders.graphql").read_text(encoding="utf-8"),
            {"Person": [{"id": "1", "orders": [{"code": "A", "total": 5}]}, {"id": "2", "orders": []}]},
            {
                "Person.sms": lambda parent, _: f"to {parent['phone']}",
                "Person.orders": lambda parent, _, **__: parent["orders"],
            },
        )
        self.client = InProcess({"PEOPLE": people, "ORDERS": orders})
        limits = options.pop("limits", Limits())
        self.pipeline = Pipeline(load(supergraph), self.client, limits, **options)

    @property
    def sent(self) -> str:
        """All that subgraphs were asked, as one text."""
        return "\n".join(payload["query"] for _, payload in self.client.sent)

    async def ask(
        self, query: str, who: Identity = ANONYMOUS, variables: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        self.client.sent.clear()
        return await self.pipeline.execute(Request(query, None, variables or {}), Caller("trace", {}, who))
