"""The explorer's own rules, run by Node where the machine has it: what is offered at a place of a document is what the schema has there."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    ArgumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLInputObjectType,
    Node,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    introspection_from_schema,
    parse,
    visit,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.supergraph.load import load
from tests.contracts.test_documents import documents

ROOT = Path(__file__).parents[2]
API = load((ROOT / "gateway/supergraph.graphql").read_text("utf-8")).api

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here to run the page's modules")


class Modules:
    def __init__(self, folder: Path) -> None:
        shutil.copytree(ROOT / "gateway/explorer/page", folder, dirs_exist_ok=True)
        (folder / "package.json").write_text('{"type": "module"}')
        self.process = subprocess.Popen(
            ["node", str(Path(__file__).with_name("explorer.mjs")), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ask("schema", **introspection_from_schema(API, input_value_deprecation=True))

    def said(self, what: str, **given: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"ask": what, **given}) + "\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told

    def ask(self, what: str, **given: Any) -> Any:
        told = self.said(what, **given)
        assert "error" not in told, told
        return told["value"]

    def offered(self, text: str, offset: int) -> list[str]:
        return [option["label"] for option in self.ask("complete", text=text, offset=offset)["options"]]


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modules]:
    made = Modules(tmp_path_factory.mktemp("page"))
    yield made
    made.process.kill()
    made.process.wait()


class Places(Visitor):
    """Where a document has a name that the schema knows: its offset, the name, and all that the schema has there (None: more than it)."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.found: list[tuple[int, str, set[str] | None]] = []

    def _note(self, node: Node, name: str, everything: set[str] | None = None) -> None:
        assert node.loc is not None
        self.found.append((node.loc.start, name, everything))

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self.info.get_parent_type()
        fields = getattr(parent, "fields", {})
        self._note(node.name, node.name.value, {*fields, "__typename"})

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        self._note(node.name, node.name.value)

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        self._note(node.name, node.name.value)

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        self._note(node, node.value)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        named = node.type
        while hasattr(named, "type"):
            named = named.type
        self._note(named, named.name.value)  # type: ignore[attr-defined]  # what is under lists and non-nulls

    def enter_variable(self, node: VariableNode, _: Any, parent: Any, *__: Any) -> None:
        if not isinstance(parent, VariableDefinitionNode):
            self._note(node, f"${node.name.value}")

    def enter_inline_fragment(self, node: Any, *_: Any) -> None:
        if node.type_condition is not None:
            self._note(node.type_condition, node.type_condition.name.value)

    def enter_fragment_definition(self, node: Any, *_: Any) -> None:
        self._note(node.type_condition, node.type_condition.name.value)

    def enter_fragment_spread(self, node: Any, *_: Any) -> None:
        self._note(node.name, node.name.value)


# All kinds of places that our own documents have not.
_EVERYTHING = """
query Everything($point: PointInput! = {lat: -8.1, lng: 113.2}, $yes: Boolean = true, $ids: [ID!]! = ["a"]) {
  near: productsNear(point: {lat: -8.1, lng: 113.2}, first: 3) @skip(if: $yes) { # { not a brace
    edges @include(if: $yes) { ... on ProductNearEdge { node { name __typename } } ... { cursor } ... @skip(if: $yes) { cursor } }
  }
  productsNear(point: $point, search: "not ) here \\" {") { pageInfo { hasNextPage } }
}
"""


def _documents() -> dict[str, str]:
    return {**documents(), "everything": _EVERYTHING}


@pytest.mark.parametrize("name", sorted(_documents()))
def test_every_name_of_a_valid_document_is_offered_where_it_stands(modules: Modules, name: str) -> None:
    text = _documents()[name]
    info = TypeInfo(API)
    places = Places(info)
    visit(parse(text), TypeInfoVisitor(info, places))
    assert places.found
    for offset, wanted, everything in places.found:
        offered = modules.offered(text, offset)
        assert wanted in offered, (text[:offset], offered)
        if everything is not None:
            assert set(offered) == everything, text[:offset]
        # Half typed, it is among the first, and what does not fit is gone.
        caret = offset + (len(wanted) + 1) // 2
        prefix = text[offset:caret].lower()
        half = modules.offered(f"{text[:caret]} {text[offset + len(wanted) :]}", caret)
        assert wanted in half
        assert all(prefix in option.lower() for option in half)


def test_a_fault_in_the_rule_is_seen(modules: Modules) -> None:
    """The negative control: in the selection of another type the name is not offered."""
    assert "fee" in modules.offered("fragment F on Quote { }", 22)
    assert "fee" not in modules.offered("fragment F on Cart { }", 21)
    assert modules.offered('{ productsNear(search: "ba', 26) == []
    assert modules.offered("{ me { # na", 11) == []


def test_arguments_that_are_given_are_not_offered_again(modules: Modules) -> None:
    text = "query($p: PointInput!) { productsNear(point: $p, ) { edges { cursor } } }"
    offered = modules.offered(text, text.index(", )") + 2)
    field = API.query_type.fields["productsNear"]  # type: ignore[union-attr]
    assert set(offered) == set(field.args) - {"point"}


def test_in_an_input_object_its_fields_are_offered(modules: Modules) -> None:
    roots = (("query", API.query_type), ("mutation", API.mutation_type))
    inputs = [
        (f"{kind} {{ {field}({argument}: {{ ", type_)
        for kind, root in roots
        if root is not None
        for field, told in root.fields.items()
        for argument, wanted in told.args.items()
        if isinstance(type_ := get_named_type(wanted.type), GraphQLInputObjectType)
    ]
    assert inputs
    for text, type_ in inputs:
        assert set(modules.offered(text, len(text))) == set(type_.fields)


_CUTS = st.sampled_from(sorted(_documents().values())).flatmap(
    lambda text: st.tuples(st.just(text), st.integers(0, len(text)), st.integers(0, len(text)))
)


@given(cut=_CUTS, junk=st.text('{}()[]$@#".:=! \nabc', max_size=6))
@settings(max_examples=200, deadline=None)
def test_whatever_is_typed_something_or_nothing_is_offered(
    modules: Modules, cut: tuple[str, int, int], junk: str
) -> None:
    text, one, other = cut
    typed = text[: min(one, other)] + junk + text[max(one, other) :]
    assert modules.ask("pieces", text=typed) == typed
    told = modules.ask("complete", text=typed, offset=min(one, other) + len(junk))
    assert typed[told["start"] :].startswith(told["prefix"])
    modules.ask("operation", text=typed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ a }", ("query", "")),
        ("fragment subscription on A { b } mutation M { c }", ("mutation", "M")),
        ('# query X\n subscription S($a: String = "mutation") { query }', ("subscription", "S")),
        ("", ("query", "")),
    ],
)
def test_the_kind_of_an_operation_is_its_own_words(modules: Modules, text: str, expected: tuple[str, str]) -> None:
    told = modules.ask("operation", text=text)
    assert (told["kind"], told["name"]) == expected


def test_formulas_take_what_was_answered(modules: Modules) -> None:
    answers = {"Cart": {"lines": [{"id": "a", "n": 1}, {"id": "b", "n": 2}], "empty": None}, "Quote": {"fee": 3}}
    variables = {
        "ids": "=Cart.lines.*.id",
        "sum": "=Cart.lines.1.n + Quote.fee",
        "whole": ["=Cart.lines.0"],
        "as": "it is",
    }
    assert modules.ask("resolve", variables=variables, answers=answers) == {
        "ids": ["a", "b"],
        "sum": 5,
        "whole": [{"id": "a", "n": 1}],
        "as": "it is",
    }
    keys = [modules.ask("resolve", variables="=key()", answers={}) for _ in range(2)]
    assert keys[0] != keys[1]
    assert all(len(key) == 32 and key.isalnum() for key in keys)
    for missing in ("=Other.a", "=Cart.empty", "=Cart.empty.a", "=Cart.lines.7.id", "=Cart.lines.*.no.id"):
        assert modules.said("resolve", variables=missing, answers=answers)["kind"] == "Missing", missing
