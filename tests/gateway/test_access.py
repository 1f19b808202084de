"""What a caller may not see is null with an error at its path, and is asked of no subgraph."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.access import Access, fulfils
from gateway.errors import RequestError
from gateway.identity import rights
from gateway.pipeline import Caller, Request
from gateway.supergraph.annotations import Requirement
from gateway.supergraph.load import load
from services.kit.http.identity import ANONYMOUS, Identity
from tests.gateway.guarded import SUPERGRAPH, Guarded, caller

PHONE = caller("phone:read")


def told(answer: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(error["extensions"]["code"], error.get("path")) for error in answer.get("errors", ())]


async def test_a_field_for_the_known_is_null_for_the_unknown_and_the_rest_is_answered() -> None:
    graph = Guarded()
    answer = await graph.ask('{ person(id: "1") { name age } }')
    assert answer["data"] == {"person": {"name": "Sri", "age": None}}
    assert told(answer) == [("UNAUTHENTICATED", ["person", "age"])]
    assert "age" not in graph.sent
    assert await graph.ask('{ person(id: "1") { name age } }', caller()) == {
        "data": {"person": {"name": "Sri", "age": 40}}
    }


async def test_who_is_known_and_lacks_a_scope_is_forbidden() -> None:
    graph = Guarded()
    query = '{ person(id: "1") { name phone } }'
    assert told(await graph.ask(query)) == [("UNAUTHENTICATED", ["person", "phone"])]
    assert told(await graph.ask(query, caller("other"))) == [("FORBIDDEN", ["person", "phone"])]
    assert "phone" not in graph.sent
    assert (await graph.ask(query, PHONE))["data"]["person"]["phone"] == "08"


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (("people:erase",), True),
        (("role:ops", "people:write", "more"), True),
        (("role:ops",), False),
        (("people:write",), False),
        ((), False),
    ],
)
async def test_any_set_of_scopes_will_do_and_each_of_it_is_needed(scopes: tuple[str, ...], allowed: bool) -> None:
    graph = Guarded()
    answer = await graph.ask('mutation { erase(id: "1") rename(id: "1", name: "x") { name } }', caller(*scopes))
    assert answer["data"] == {"erase": True if allowed else None, "rename": {"name": "x"}}
    assert told(answer) == ([] if allowed else [("FORBIDDEN", ["erase"])])
    assert ("erase" in graph.sent) is allowed


async def test_a_mutation_with_a_denied_field_that_may_not_be_null_runs_nothing() -> None:
    graph = Guarded()
    query = 'mutation { rename(id: "1", name: "x") { name } ... { wipe } }'
    for _ in range(2):
        with pytest.raises(RequestError) as caught:
            await graph.ask(query)
        assert (caught.value.code, caught.value.status, graph.client.sent) == ("UNAUTHENTICATED", 401, [])
    assert (await graph.ask(query, caller()))["data"] == {"rename": {"name": "x"}, "wipe": True}


async def test_a_denied_field_that_may_not_be_null_takes_its_parent_along() -> None:
    answer = await Guarded().ask('{ person(id: "1") { name email } }')
    assert answer["data"] == {"person": None}
    assert told(answer) == [("UNAUTHENTICATED", ["person", "email"])]


async def test_a_type_for_the_known_hides_every_field_that_answers_it() -> None:
    graph = Guarded()
    answer = await graph.ask("{ secrets { text } creatures { __typename } }")
    assert answer["data"] == {"secrets": None, "creatures": [{"__typename": "Person"}, {"__typename": "Cat"}]}
    assert told(answer) == [("UNAUTHENTICATED", ["secrets"])]
    assert "secrets" not in graph.sent


async def test_what_an_interface_demands_holds_for_all_that_is_asked_of_it() -> None:
    """The composer gives an interface what any of its types demands."""
    graph = Guarded()
    answer = await graph.ask("{ creatures { name age ... on Cat { own: age } } }")
    assert answer["data"] == {"creatures": [{"name": "Sri", "age": None}, {"name": "Miu", "age": None, "own": 2}]}
    assert told(answer) == [("UNAUTHENTICATED", ["creatures", 0, "age"]), ("UNAUTHENTICATED", ["creatures", 1, "age"])]


async def test_under_an_interface_that_demands_nothing_each_real_type_has_its_own_demands() -> None:
    said = "  age: Int @authenticated\n}\n\ninput"
    assert said in SUPERGRAPH
    graph = Guarded(supergraph=SUPERGRAPH.replace(said, "  age: Int\n}\n\ninput"))
    answer = await graph.ask("{ creatures { name age } }")
    assert answer["data"] == {"creatures": [{"name": "Sri", "age": None}, {"name": "Miu", "age": 2}]}
    assert told(answer) == [("UNAUTHENTICATED", ["creatures", 0, "age"])]
    assert "... on Cat { age }" in graph.sent
    assert graph.sent.count("age") == 1


async def test_fragments_named_and_inline_are_no_way_around() -> None:
    graph = Guarded()
    query = """
      { person(id: "1") { ...F ... on Person { p: phone } ... on Creature { age } } }
      fragment F on Person { a: age ... { phone } }
    """
    answer = await graph.ask(query)
    assert answer["data"] == {"person": {"a": None, "phone": None, "p": None, "age": None}}
    assert {code for code, _ in told(answer)} == {"UNAUTHENTICATED"}
    assert {tuple(path) for _, path in told(answer)} == {("person", key) for key in ("a", "phone", "p", "age")}
    assert "age" not in graph.sent
    assert "phone" not in graph.sent


async def test_a_field_made_from_a_guarded_one_demands_the_same_and_a_granted_one_fetches_it() -> None:
    graph = Guarded()
    query = '{ person(id: "1") { name sms } }'
    answer = await graph.ask(query)
    assert answer["data"] == {"person": {"name": "Sri", "sms": None}}
    assert "phone" not in graph.sent
    assert (await graph.ask(query, PHONE))["data"]["person"] == {"name": "Sri", "sms": "to 08"}


def test_what_requires_leads_to_is_demanded_even_if_the_composer_did_not_ask_for_it() -> None:
    said = 'sms: String @join__field(graph: ORDERS, requires: "phone") @requiresScopes(scopes: [["phone:read"]])'
    assert said in SUPERGRAPH
    careless = load(SUPERGRAPH.replace(said, 'sms: String @join__field(graph: ORDERS, requires: "phone")'))
    assert Access(careless).of("Person", "sms") == Access(load(SUPERGRAPH)).of("Person", "phone")


async def test_a_policy_is_never_fulfilled_for_nothing_here_can_judge_it() -> None:
    graph = Guarded()
    answer = await graph.ask('{ person(id: "1") { mood } }', caller("kind", "phone:read"))
    assert (answer["data"], told(answer)) == ({"person": {"mood": None}}, [("FORBIDDEN", ["person", "mood"])])
    assert "mood" not in graph.sent


async def test_many_objects_without_a_field_are_one_error() -> None:
    answer = await Guarded().ask('{ person(id: "1") { friends(first: 1) { age } orders { code total } } }')
    assert told(answer) == [
        ("UNAUTHENTICATED", ["person", "friends", 0, "age"]),
        ("UNAUTHENTICATED", ["person", "orders", 0, "total"]),
    ]


async def test_each_right_has_its_own_plan_and_a_plan_never_serves_another() -> None:
    graph = Guarded()
    query = '{ person(id: "1") { age phone } }'
    for _ in range(2):
        assert (await graph.ask(query))["data"]["person"] == {"age": None, "phone": None}
        assert (await graph.ask(query, caller()))["data"]["person"] == {"age": 40, "phone": None}
        assert (await graph.ask(query, PHONE))["data"]["person"] == {"age": 40, "phone": "08"}
    assert graph.pipeline.caches.plans.counts.entries == 3
    free = '{ person(id: "1") { name } }'
    for who in (ANONYMOUS, caller(), PHONE):
        await graph.ask(free, who)
    assert graph.pipeline.caches.plans.counts.entries == 4


async def test_an_operation_that_may_see_nothing_asks_nobody() -> None:
    graph = Guarded()
    answer = await graph.ask("{ me { name } }")
    assert (answer["data"], told(answer), graph.client.sent) == ({"me": None}, [("UNAUTHENTICATED", ["me"])], [])


async def test_a_subscription_that_may_not_be_seen_is_refused() -> None:
    graph = Guarded()
    for who, code in ((ANONYMOUS, "UNAUTHENTICATED"), (caller(), None)):
        opened: list[str] = []

        async def events(subgraph: str, _: Any, __: Any, opened: list[str] = opened) -> Any:
            opened.append(subgraph)
            yield {"data": {"whispers": {"text": "psst"}}}

        answers = graph.pipeline.subscribe(Request("subscription { whispers { text } }"), Caller("", {}, who), events)
        if code is None:
            assert [answer async for answer in answers] == [{"data": {"whispers": {"text": "psst"}}}]
        else:
            with pytest.raises(RequestError) as caught:
                await anext(answers)
            assert (caught.value.code, opened) == (code, [])


def test_a_role_is_a_scope_too() -> None:
    who = Identity("usr_1", frozenset({"ops"}), scopes=frozenset({"a"}))
    assert rights(who) == {"a", "role:ops"}
    assert rights(replace(who, scopes=frozenset({"a", "role:government"}))) == {"a", "role:ops"}
    assert fulfils(rights(who), Requirement(frozenset({frozenset({"a", "role:ops"})})))
    assert not fulfils(rights(who), Requirement(frozenset({frozenset({"b"}), frozenset({"role:buyer"})})))


def test_who_is_not_known_fulfils_nothing() -> None:
    access = Access(load(SUPERGRAPH))
    demands = {Requirement(), Requirement(frozenset({frozenset("a")}))}
    assert access.refused(demands, ANONYMOUS) == demands
    assert access.refused(demands, caller("a")) == frozenset()
    assert access.refused(demands, caller()) == {Requirement(frozenset({frozenset("a")}))}
