"""What clients get back: merged, completed, and honest about what is missing."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import RequestError
from gateway.executor.failure import ABSENT
from gateway.executor.subgraph_client import SubgraphTrouble
from services.kit.codes import ErrorCode
from tests.gateway.kit.gateway import Federation, subgraph_text
from tests.gateway.kit.subgraph import Subgraph
from tests.gateway.shop import catalog, delivery, ordering, shop


def codes(answer: dict[str, Any]) -> list[tuple[str, list[str | int] | None]]:
    return [(error["extensions"]["code"], error.get("path")) for error in answer.get("errors", [])]


async def test_fields_of_three_subgraphs_come_in_the_order_and_names_of_the_client() -> None:
    answer = await shop().ask(
        '{ order(id: "o1") { delivery { s: status } lines { q: quantity product { name sold fee } } c: code code } }'
    )
    assert list(answer) == ["data"]
    assert answer["data"] == {
        "order": {
            "delivery": {"s": "DONE"},
            "lines": [
                {"q": 2, "product": {"name": "Klengkeng Kateki", "sold": 7, "fee": 5000}},
                {"q": 1, "product": {"name": "Bayam", "sold": 0, "fee": 2000}},
            ],
            "c": "LMJ-1",
            "code": "LMJ-1",
        }
    }
    assert list(answer["data"]["order"]) == ["delivery", "lines", "c", "code"]


async def test_an_entity_met_twice_is_asked_for_once() -> None:
    federation = shop()
    answer = await federation.ask('{ product(id: "p1") { related { name sold } } }')
    assert answer["data"]["product"]["related"] == [{"name": "Bayam", "sold": 0}, None, {"name": "Bayam", "sold": 0}]
    (asked,) = [payload for subgraph, payload in federation.client.sent if subgraph == "ORDERING"]
    assert asked["variables"] == {"representations0": [{"__typename": "Product", "id": "p2"}]}


async def test_no_request_is_made_when_there_is_no_entity() -> None:
    federation = shop()
    answer = await federation.ask('{ order(id: "gone") { delivery { status } } }')
    assert answer == {"data": {"order": None}}
    assert [subgraph for subgraph, _ in federation.client.sent] == ["ORDERING"]


@pytest.mark.parametrize("entities", [[], [{"sold": 2}], [{"sold": 1}, {"sold": 2}, {"sold": 3}]])
async def test_a_list_of_entities_of_another_length_is_told_of_none(entities: list[Any]) -> None:
    federation = shop()
    federation.client.answers["ORDERING"] = {"data": {"_0": entities}}
    answer = await federation.ask("{ products { id sold } }")
    assert answer["data"] == {"products": [{"id": "p1", "sold": None}, {"id": "p2", "sold": None}]}
    assert codes(answer) == [("INTERNAL_SERVER_ERROR", ["products", place, "sold"]) for place in (0, 1)]


@pytest.mark.parametrize(
    ("query", "data", "paths"),
    [
        # A union or interface, an alias, a list, behind a mutation, in the data's root; a field that may be null beside it.
        ('{ node(id: "o9") { id ... on Order { code } } }', {"node": None}, [["node", "code"]]),
        ('{ n: node(id: "o9") { ... on Order { c: code } } }', {"n": None}, [["n", "c"]]),
        (
            '{ node(id: "o9") { id ... on Order { delivery { status } } } }',
            {"node": {"id": "o9", "delivery": None}},
            [],
        ),
        (
            '{ order(id: "gone") { lines { quantity product { n: name } } } }',
            {"order": {"lines": [{"quantity": 2, "product": None}, {"quantity": 1, "product": None}]}},
            [["order", "lines", 0, "product", "n"], ["order", "lines", 1, "product", "n"]],
        ),
        (
            'mutation { p: placeOrder(productId: "p1") { ... on Order { lines { product { name } } } } count }',
            {"p": {"lines": [{"product": None}]}, "count": 1},
            [["p", "lines", 0, "product", "name"]],
        ),
    ],
)
async def test_an_entity_that_its_owner_does_not_know_is_an_error_where_null_may_not_be(
    query: str, data: dict[str, Any], paths: list[list[str | int]]
) -> None:
    lost = [{"quantity": number, "product": {"__typename": "Product", "id": f"gone{number}"}} for number in (2, 1)]
    order = {"__typename": "Order", "id": "o1", "code": "LMJ-1", "lines": lost}
    subgraph = ordering()
    resolvers = {
        **subgraph.resolvers,
        "Query.order": lambda _, __, id: order,
        "Mutation.placeOrder": lambda _, __, productId: {**order, "lines": lost[:1]},
    }
    federation = Federation.of("shop", [catalog(), replace(subgraph, resolvers=resolvers), delivery()])
    answer = await federation.ask(query)
    assert answer["data"] == data
    assert codes(answer) == [("NOT_FOUND", path) for path in paths]
    assert {error["message"] for error in answer.get("errors", [])} <= {ABSENT.message}


async def test_an_entity_that_is_absent_may_leave_no_data_at_all_and_says_so() -> None:
    federation = Federation.of("keys")
    federation.client.answers = {
        "GOODS": {"data": {"goods": [{"__typename": "Good", "id": "g1"}]}},
        "CODES": {"data": {"_0": [{"sku": "s1"}]}},
        "STOCK": {"data": {"_0": [None]}},
    }
    answer = await federation.ask("{ goods { a: available s: shelf { r: row } } }")
    assert answer["data"] is None
    assert [code for code, _ in codes(answer)] == ["NOT_FOUND"]


async def test_of_two_aliases_of_one_field_a_failure_below_one_leaves_the_other() -> None:
    broken = {"__typename": "Order", "id": "o1", "code": "LMJ-1", "lines": None}  # lines may not be null
    subgraph = ordering()
    subgraph = replace(subgraph, resolvers={**subgraph.resolvers, "Query.order": lambda _, __, id: broken})
    federation = Federation.of("shop", [catalog(), subgraph, delivery()])
    answer = await federation.ask('{ a: order(id: "o1") { code } b: order(id: "o1") { lines { quantity } } }')
    assert answer["data"] == {"a": {"code": "LMJ-1"}, "b": None}
    assert [error["path"] for error in answer["errors"]] == [["b", "lines"]]


async def test_mutations_run_in_the_order_of_the_document() -> None:
    answer = await shop().ask(
        'mutation { a: count placeOrder(productId: "p1") { ... on Order { code delivery { status } } }'
        " b: count c: count }"
    )
    assert answer == {"data": {"a": 1, "placeOrder": {"code": "LMJ-1", "delivery": {"status": "DONE"}}, "b": 2, "c": 3}}


async def test_a_refusal_is_a_member_of_the_union() -> None:
    answer = await shop().ask(
        'mutation { placeOrder(productId: "p2")'
        " { __typename ... on Problem { message } ... on SoldOut { available } } }"
    )
    assert answer == {"data": {"placeOrder": {"__typename": "SoldOut", "message": "habis (sold out)", "available": 0}}}


async def test_a_service_that_is_down_leaves_the_rest_and_one_coded_error_at_each_place() -> None:
    federation = shop()
    federation.client.troubles["DELIVERY"] = SubgraphTrouble("SERVICE_UNAVAILABLE", "connection refused")
    answer = await federation.ask("{ products { name fee } }")
    assert answer["data"] == {"products": [{"name": "Klengkeng Kateki", "fee": None}, {"name": "Bayam", "fee": None}]}
    assert codes(answer) == [("SERVICE_UNAVAILABLE", ["products", place, "fee"]) for place in (0, 1)]


async def test_trouble_with_a_key_that_the_client_did_not_ask_for_is_told_where_it_is_felt() -> None:
    federation = Federation.of(
        "keys",
        [
            Subgraph("goods", subgraph_text("keys", "goods"), {"goods": [{"id": "g1", "title": "Bayam"}]}),
            Subgraph("stock", subgraph_text("keys", "stock"), {"Good": [{"sku": "s1", "available": 3}]}),
        ],
    )
    federation.client.troubles["CODES"] = SubgraphTrouble("SERVICE_UNAVAILABLE", "down")
    answer = await federation.ask("{ goods { shelf { row } title } }")
    assert answer["data"] is None
    assert codes(answer) == [("SERVICE_UNAVAILABLE", ["goods", 0, "shelf"])]
    assert [subgraph for subgraph, _ in federation.client.sent] == ["GOODS", "CODES"]


async def test_what_may_not_be_null_takes_its_parent_with_it() -> None:
    federation = shop()
    federation.client.troubles["CATALOG"] = SubgraphTrouble("TIMEOUT", "slow")
    answer = await federation.ask('{ order(id: "o1") { code lines { product { name } } } }')
    assert answer["data"] == {"order": {"code": "LMJ-1", "lines": [{"product": None}, {"product": None}]}}
    assert codes(answer) == [("TIMEOUT", ["order", "lines", place, "product", "name"]) for place in (0, 1)]


async def test_a_root_service_that_is_down_makes_the_data_null_where_the_schema_says_so() -> None:
    federation = shop()
    federation.client.troubles["CATALOG"] = SubgraphTrouble("SERVICE_UNAVAILABLE", "down")
    answer = await federation.ask('{ product(id: "p1") { name } order(id: "o1") { code } }')
    assert answer["data"] == {"product": None, "order": {"code": "LMJ-1"}}
    assert codes(answer) == [("SERVICE_UNAVAILABLE", ["product"])]
    answer = await federation.ask('{ products { name } order(id: "o1") { code } }')
    assert answer["data"] is None
    assert codes(answer) == [("SERVICE_UNAVAILABLE", ["products"])]


async def test_a_subgraphs_error_is_told_at_the_clients_path() -> None:
    federation = shop()
    error = {
        "message": "the token does not say so",
        "path": ["_0", 1, "sold"],
        "extensions": {"code": "FORBIDDEN", "secret": "stack"},
    }
    federation.client.answers["ORDERING"] = {"data": {"_0": [{"sold": 1}, {"sold": None}]}, "errors": [error]}
    answer = await federation.ask("{ goods: products { s: sold } }")
    assert answer["data"] == {"goods": [{"s": 1}, {"s": None}]}
    assert answer["errors"] == [
        {
            "message": "the token does not say so",
            "path": ["goods", 1, "s"],
            "extensions": {"code": "FORBIDDEN", "traceId": "trace", "retryable": False},
        }
    ]


async def test_an_error_below_a_null_keeps_its_whole_path_in_the_clients_names() -> None:
    federation = shop()
    error = {"message": "no name", "path": ["product", "merchant", "name"], "extensions": {"code": "FORBIDDEN"}}
    federation.client.answers["CATALOG"] = {"data": {"product": None}, "errors": [error]}
    answer = await federation.ask('{ p: product(id: "p1") { m: merchant { n: name } } }')
    assert answer["data"] == {"p": None}
    assert codes(answer) == [("FORBIDDEN", ["p", "m", "n"])]


async def test_our_faults_are_masked_when_the_gateway_is_told_to() -> None:
    federation = shop(mask=True)
    error = {"message": "KeyError at line 7", "path": ["products"]}
    federation.client.answers["CATALOG"] = {"data": None, "errors": [error]}
    answer = await federation.ask("{ products { name } }")
    assert answer["errors"] == [
        {
            "message": "Something went wrong on our side.",
            "path": ["products"],
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "traceId": "trace", "retryable": False},
        }
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"data": {"_0": None}}, [("SERVICE_UNAVAILABLE", ["products", place, "sold"]) for place in (0, 1)]),
        ({"data": {}}, [("SERVICE_UNAVAILABLE", ["products", place, "sold"]) for place in (0, 1)]),
        (
            {"data": {"_0": ["x", {"sold": "many"}]}},
            [("INTERNAL_SERVER_ERROR", ["products", 0, "sold"]), ("INTERNAL_SERVER_ERROR", ["products", 1, "sold"])],
        ),
        ({"data": {"_0": [{"sold": 2**40}, None]}}, [("INTERNAL_SERVER_ERROR", ["products", 0, "sold"])]),
        (
            {"errors": "nonsense", "data": None},
            [("SERVICE_UNAVAILABLE", ["products", place, "sold"]) for place in (0, 1)],
        ),
        ({"errors": [7]}, [("INTERNAL_SERVER_ERROR", ["products", place, "sold"]) for place in (0, 1)]),
    ],
)
async def test_an_answer_that_makes_no_sense_is_a_coded_error_at_its_place(
    answer: dict[str, Any], expected: list[tuple[str, list[str | int]]]
) -> None:
    federation = shop()
    federation.client.answers["ORDERING"] = answer
    got = await federation.ask("{ products { id sold } }")
    assert [product["id"] for product in got["data"]["products"]] == ["p1", "p2"]
    assert codes(got) == expected


@pytest.mark.parametrize("value", ["HIDDEN", "UNHEARD_OF", 3, ["DONE"], {"a": 1}])
async def test_an_enum_value_outside_of_the_public_schema_is_null_and_an_error(value: Any) -> None:
    federation = shop()
    federation.client.answers["DELIVERY"] = {"data": {"delivery": {"id": "d1", "status": value}}}
    answer = await federation.ask('{ delivery(id: "d1") { id status } }')
    assert answer["data"] == {"delivery": None}
    assert codes(answer) == [("INTERNAL_SERVER_ERROR", ["delivery", "status"])]


async def test_introspection_is_answered_from_the_public_schema_in_the_clients_order() -> None:
    answer = await shop().ask(
        '{ t: __type(name: "Status") { enumValues { name } } products { id }'
        " __schema { queryType { name } } __typename }"
    )
    assert list(answer["data"]) == ["t", "products", "__schema", "__typename"]
    assert answer["data"]["t"] == {"enumValues": [{"name": "OFFERED"}, {"name": "DONE"}]}
    assert answer["data"]["__schema"] == {"queryType": {"name": "Query"}}
    assert answer["data"]["__typename"] == "Query"


async def test_skipped_and_included_fields_follow_the_variables() -> None:
    federation = shop()
    query = "query ($fee: Boolean!) { products { id fee @include(if: $fee) ... @skip(if: $fee) { sold } } }"
    with_fee = await federation.ask(query, {"fee": True})
    assert with_fee["data"]["products"][0] == {"id": "p1", "fee": 5000}
    assert [subgraph for subgraph, _ in federation.client.sent] == ["CATALOG", "DELIVERY"]
    without = await federation.ask(query, {"fee": False})
    assert without["data"]["products"][0] == {"id": "p1", "sold": 7}


async def test_variables_reach_the_subgraph_that_needs_them_and_no_other() -> None:
    federation = shop()
    query = "query ($id: ID!, $n: Int = 1) { product(id: $id) { merchant { orders(first: $n) { id } } } }"
    answer = await federation.ask(query, {"id": "p1"})
    assert answer["data"] == {"product": {"merchant": {"orders": [{"id": "o1"}]}}}
    assert federation.client.sent[0][1]["variables"] == {"id": "p1"}
    assert "id" not in federation.client.sent[1][1]["variables"]


async def test_a_field_that_takes_its_object_along_is_the_one_that_is_told_in_the_names_of_the_client() -> None:
    federation = Federation.of("keys")
    federation.client.answers = {
        "GOODS": {"data": {"goods": [{"__typename": "Good", "id": "g1"}]}},
        "CODES": {"data": {"_0": [{"sku": "s1"}]}},
        "STOCK": {
            "data": {"_0": [None]},
            "errors": [{"message": "no row", "path": ["_0", 0, "shelf", "row"], "extensions": {"code": "FORBIDDEN"}}],
        },
    }
    answer = await federation.ask("{ goods { a: available s: shelf { r: row } } }")
    assert answer["data"] is None
    assert codes(answer) == [("FORBIDDEN", ["goods", 0, "s", "r"])]


async def test_a_root_field_that_takes_all_data_along_is_the_one_that_is_told() -> None:
    federation = shop()
    trouble = {"message": "no code", "path": ["orders", 1, "code"], "extensions": {"code": "FORBIDDEN"}}
    federation.client.answers["ORDERING"] = {"data": None, "errors": [trouble]}
    answer = await federation.ask('{ o: order(id: "o1") { id } all: orders { c: code } }')
    assert answer["data"] is None
    assert codes(answer) == [("FORBIDDEN", ["all", 1, "c"])]


async def test_what_a_field_requires_and_cannot_have_fails_that_field_and_no_neighbour() -> None:
    federation = Federation.of("requires")
    federation.client.answers = {
        "GOODS": {"data": {"goods": [{"__typename": "Good", "id": "g1", "size": None}]}},
        "SHIPPING": {
            "data": {"_0": [{"volume": None}]},
            "errors": [{"message": "no scale", "path": ["_0", 0, "volume"], "extensions": {"code": "TIMEOUT"}}],
        },
        "SCALES": {"data": {"_0": [{"weight": 3, "volumeClass": "made of nothing"}]}},
    }
    answer = await federation.ask("{ goods { w: weight c: volumeClass } }")
    assert answer["data"] == {"goods": [{"w": 3, "c": None}]}
    assert codes(answer) == [("TIMEOUT", ["goods", 0, "c"])]
    (asked,) = [payload["variables"] for subgraph, payload in federation.client.sent if subgraph == "SCALES"]
    assert asked == {"representations0": [{"__typename": "Good", "id": "g1", "volume": None}]}


async def test_after_a_mutation_that_leaves_no_data_nothing_more_is_changed() -> None:
    federation = shop()
    trouble = {"message": "closed", "path": ["count"], "extensions": {"code": "FORBIDDEN"}}
    federation.client.answers["ORDERING"] = {"data": None, "errors": [trouble]}
    answer = await federation.ask('mutation { count cancelDelivery(id: "d1") { status } }')
    assert answer["data"] is None
    assert codes(answer) == [("FORBIDDEN", ["count"])]
    assert [subgraph for subgraph, _ in federation.client.sent] == ["ORDERING"]


@pytest.mark.parametrize("first", ["A", "B"])
async def test_an_object_that_failed_in_one_of_two_subgraphs_failed(first: str) -> None:
    federation = Federation.of("shared")
    second = "B" if first == "A" else "A"
    broken = {"message": "no id", "path": ["page", "parts", 1, "a"], "extensions": {"code": "FORBIDDEN"}}
    federation.client.answers = {
        first: {"data": {"page": {"parts": None}}, "errors": [{**broken, "path": ["page", "parts", 1, first.lower()]}]},
        second: {"data": {"page": {"parts": [{second.lower(): 1}, {second.lower(): 2}]}}},
    }
    answer = await federation.ask("{ page { all: parts { a b } } }")
    assert answer["data"] == {"page": {"all": None}}
    assert codes(answer) == [("FORBIDDEN", ["page", "all", 1, first.lower()])]


@pytest.mark.parametrize("name", [["Order"], {"a": 1}, 3, None])
async def test_a_type_name_that_is_none_is_an_error_at_its_place(name: Any) -> None:
    federation = shop()
    federation.client.answers["CATALOG"] = {"data": {"node": {"__typename": name, "id": "p1"}}}
    answer = await federation.ask('{ node(id: "p1") { ... on Product { sold } } }')
    assert answer["data"] == {"node": None}
    assert codes(answer) == [("INTERNAL_SERVER_ERROR", ["node"])]


async def test_a_condition_that_is_null_is_refused_as_the_caller_s_mistake() -> None:
    with pytest.raises(RequestError) as refused:
        await shop().ask("query ($on: Boolean = true) { products @include(if: $on) { id } }", {"on": None})
    assert refused.value.code is ErrorCode.BAD_USER_INPUT


@pytest.mark.parametrize("path", [[["_0"]], [{}], [None], [0], "x", {}, None])
async def test_an_error_with_a_path_that_is_none_is_told_without_one(path: Any) -> None:
    federation = shop()
    federation.client.answers["ORDERING"] = {
        "data": {"_0": [{"sold": 1}]},
        "errors": [{"message": "odd", "path": path, "extensions": {"code": "FORBIDDEN"}}],
    }
    answer = await federation.ask('{ product(id: "p1") { sold } }')
    assert answer["data"] == {"product": {"sold": 1}}
    assert codes(answer) == [("FORBIDDEN", None)]
