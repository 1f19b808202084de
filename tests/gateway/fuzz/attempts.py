"""The requests: valid operations spoiled at every level, and what is known to be too much."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
from graphql import (
    FieldNode,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
    validate,
    visit,
)
from graphql import Visitor as AstVisitor

from gateway.protocols.http import JSON, RESPONSE
from services.kit.codes import ErrorCode
from tests.gateway.fuzz.careless import Careless
from tests.gateway.fuzz.verdict import Attempt
from tests.gateway.kit.operations import Writer

_PIECES = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b"\x00",
    b"...",
    b"\xff",
    b"\xed\xa0\x80",
    b"$",
    b"@skip",
    b"\\ud800",
    b"#",
    b'"""',
    b"&",
)
_HEADERS = (
    *(b"", b"\xff\xfe", b"text/html", b"a/b;q=x", b"Bearer", b"Bearer a.b.c", b"application/json;charset=utf-16"),
    *(b"00-0-0-00", b"-1", b"9" * 30, b"*/*;q=0.0.1", b", ,;;", b"application/graphql", b"x" * 9_000),
)
_WRONG: tuple[Any, ...] = (1, 0, -1.5, True, [], [1], {}, {"a": 1}, "", "x", None)
# Valid operations that are at hand, and what part of the draws puts a fresh one in the place of one of them.
_KEPT = 300
_FRESH = 0.01
_REFUSED = frozenset({200, 400})
_LARGE = frozenset({200, 400, 413})
_TOO_MUCH = frozenset({ErrorCode.OPERATION_TOO_EXPENSIVE, ErrorCode.GRAPHQL_PARSE_FAILED, ErrorCode.BAD_USER_INPUT})


@dataclass(slots=True)
class Maker:
    """Makes attempts for one schema, the same ones for the same seed."""

    schema: GraphQLSchema
    random: random.Random
    # How many of the attempts are made before: most that a gateway gets, it knows.
    again: float = 0.0
    _valid: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _made: list[Attempt] = field(default_factory=list)

    def attempt(self) -> Attempt:
        if len(self._made) > _KEPT and self.random.random() < self.again:
            return self.random.choice(self._made)
        make, weight = zip(*self._makers(), strict=True)
        attempt: Attempt = self.random.choices(make, weight)[0]()
        if len(self._made) <= _KEPT * 10:
            self._made.append(attempt)
        else:
            self._made[self.random.randrange(len(self._made))] = attempt
        return attempt

    def _makers(self) -> list[tuple[Callable[[], Attempt], int]]:
        return [
            (self.valid, 30),
            (self.spoiled_body, 20),
            (self.spoiled_document, 16),
            (self.wrong_member, 8),
            (self.wrong_variables, 8),
            (self.no_object, 2),
            (self.several_operations, 3),
            (self.fragment_cycle, 2),
            (self.many_aliases, 1),
            (self.deep_selection, 2),
            (self.deep_value, 2),
            (self.huge_literal, 2),
            (self.many_directives, 1),
            (self.bad_utf8, 2),
            (self.too_large, 1),
            (self.odd_headers, 4),
            (self.odd_get, 6),
            (self.odd_method, 1),
            (self.introspection, 1),
            *Careless(self.random).makers(),
        ]

    # -- parts ------------------------------------------------------------------------------------------------------

    def operation(self) -> tuple[str, dict[str, Any]]:
        """A valid one, with __typename in every selection; of those made before, mostly."""
        if len(self._valid) >= _KEPT and self.random.random() >= _FRESH:
            return self.random.choice(self._valid)
        while True:
            text, variables = Writer(self.schema, self.random, self.random.choice((2, 3))).operation()
            document = parse(text)
            if not validate(self.schema, document, max_errors=1):
                found = print_ast(visit(document, _Typenames())), variables
                if len(self._valid) < _KEPT:
                    self._valid.append(found)
                else:
                    self._valid[self.random.randrange(_KEPT)] = found
                return found

    def _post(self, kind: str, body: Any, **known: Any) -> Attempt:
        media = self.random.choice((JSON, RESPONSE))
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        return Attempt(kind, raw, headers={"content-type": JSON.encode(), "accept": media.encode()}, **known)

    def _body(self) -> dict[str, Any]:
        query, variables = self.operation()
        return {"query": query, "variables": dict(variables)}

    # -- what is fine -----------------------------------------------------------------------------------------------

    def valid(self) -> Attempt:
        query, variables = self.operation()
        attempt = self._post("valid", {"query": query, "variables": variables}, statuses=frozenset({200, 400}))
        attempt.valid = query, variables
        attempt.spoiled_subgraphs = self.random.random() < 0.6
        return attempt

    def introspection(self) -> Attempt:
        depth = self.random.randint(1, 40)
        query = "{ __schema { types { " + "fields { type { " * depth + "name" + " } }" * depth + " } } }"
        return self._post("introspection", {"query": query}, statuses=_REFUSED)

    # -- spoiled ----------------------------------------------------------------------------------------------------

    def spoiled_body(self) -> Attempt:
        return self._post("spoiled body", self.spoil(orjson.dumps(self._body())), statuses=_REFUSED)

    def spoiled_document(self) -> Attempt:
        body = self._body()
        body["query"] = self.spoil(body["query"].encode()).decode("utf-8", "replace")
        return self._post("spoiled document", body, statuses=_REFUSED)

    def spoil(self, raw: bytes) -> bytes:
        text, chance = bytearray(raw), self.random
        for _ in range(chance.randint(1, 6)):
            if not text:
                break
            at = chance.randrange(len(text))
            match chance.randrange(5):
                case 0:
                    text[at] = chance.randrange(256)
                case 1:
                    del text[at : at + chance.randint(1, 8)]
                case 2:
                    text[at:at] = chance.choice(_PIECES)
                case 3:
                    text[at:at] = text[at : at + chance.randint(1, 40)]
                case _:
                    del text[at:]
        return bytes(text)

    def wrong_member(self) -> Attempt:
        body = self._body()
        for _ in range(self.random.randint(1, 2)):
            name = self.random.choice(("query", "variables", "operationName", "extensions", "unknown"))
            body[name] = self.random.choice(_WRONG)
        return self._post("wrong member", body, statuses=_REFUSED)

    def wrong_variables(self) -> Attempt:
        body = self._body()
        for name in list(body["variables"]) or ["v0"]:
            body["variables"][name] = self.random.choice((*_WRONG, 2**31, 1e308, "a" * 1000, [[[]]], {"lat": {}}))
        return self._post("wrong variables", body, statuses=_REFUSED)

    def no_object(self) -> Attempt:
        body = self.random.choice(
            (b"", b"null", b"[]", b"[{}]", b'"x"', b"1", b"{", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"a":' * 30_000)
        )
        return self._post("no object", body, statuses=frozenset({400}), codes=frozenset({ErrorCode.BAD_USER_INPUT}))

    # -- too much, or contradictory ---------------------------------------------------------------------------------

    def several_operations(self) -> Attempt:
        name = self.random.choice((None, "", "C", "a", "A" * 10_000, "\u0000"))
        body = {"query": "query A { __typename } query B { __typename }", "operationName": name}
        codes = frozenset({ErrorCode.OPERATION_RESOLUTION_FAILURE})
        return self._post("several operations", body, statuses=_REFUSED, codes=codes)

    def fragment_cycle(self) -> Attempt:
        size = self.random.randint(1, 30)
        query = self.schema.query_type
        assert query is not None
        cycle = " ".join(f"fragment F{n} on {query.name} {{ ...F{(n + 1) % size} }}" for n in range(size))
        codes = frozenset({ErrorCode.GRAPHQL_VALIDATION_FAILED})
        return self._post("fragment cycle", {"query": f"{{ ...F0 }} {cycle}"}, statuses=_REFUSED, codes=codes)

    def many_aliases(self) -> Attempt:
        query = "{ " + " ".join(f"a{n}: __typename" for n in range(10_000)) + " }"
        return self._post("10,000 aliases", {"query": query}, statuses=_LARGE, codes=_TOO_MUCH)

    def deep_selection(self) -> Attempt:
        depth = self.random.choice((60, 300, 1_000, 20_000))
        opening = self.random.choice(("a {", "... {", "... on Query {"))
        query = f"{{ {opening * depth} x {'}' * depth} }}"
        codes = _TOO_MUCH | {ErrorCode.GRAPHQL_VALIDATION_FAILED}
        return self._post("deep selection", {"query": query}, statuses=_LARGE, codes=codes)

    def deep_value(self) -> Attempt:
        depth = self.random.choice((50, 500, 3_000, 30_000))
        opening, closing = self.random.choice((("[", "]"), ("{a: ", "}"), ("{a: [", "]}")))
        value = opening * depth + "1" + closing * depth
        if self.random.random() < 0.5:
            return self._post("deep literal", {"query": f"{{ __type(name: {value}) {{ name }} }}"}, statuses=_LARGE)
        raw = value.replace("a:", '"a":').encode()
        body = b'{"query":"query ($v: String) { __type(name: $v) { name } }","variables":{"v":' + raw + b"}}"
        return self._post("deep variable", body, statuses=_LARGE)

    def huge_literal(self) -> Attempt:
        number = "9" * self.random.choice((40, 4_000, 5_000, 100_000))
        value = self.random.choice(
            (f'"{"x" * 200_000}"', number, f"-{number}.5e9", f'"""{number}"""', f"1e{number[:400]}")
        )
        match self.random.randrange(3):
            case 0:
                return self._post("huge literal", {"query": f"{{ __type(name: {value}) {{ name }} }}"}, statuses=_LARGE)
            case 1:
                query = f"query ($n: Int = {number}, $f: Float = {number}) {{ __typename @skip(if: {value}) }}"
                return self._post("huge default", {"query": query}, statuses=_LARGE)
            case _:
                query = "query ($n: Int, $f: Float, $i: ID) { __typename }"
                body = f'{{"query":"{query}","variables":{{"n":{number},"f":{number},"i":{number}}}}}'
                return self._post("huge variable", body.encode(), statuses=_LARGE)

    def many_directives(self) -> Attempt:
        name = self.random.choice(("@include(if: true)", "@skip(if: false)", "@a", "@deprecated"))
        query = f"{{ __typename {name * self.random.choice((2, 500, 3_000))} }}"
        return self._post("many directives", {"query": query}, statuses=_LARGE)

    def bad_utf8(self) -> Attempt:
        raw = bytearray(orjson.dumps(self._body()))
        at = raw.index(b"{", 1)
        raw[at:at] = self.random.choice((b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"))
        return self._post(
            "bad UTF-8", bytes(raw), statuses=frozenset({400}), codes=frozenset({ErrorCode.BAD_USER_INPUT})
        )

    def too_large(self) -> Attempt:
        body = {"query": "{ __typename }", "extensions": {"a": "x" * 300_000}}
        return self._post("too large", body, statuses=frozenset({413}))

    # -- HTTP -------------------------------------------------------------------------------------------------------

    def odd_headers(self) -> Attempt:
        attempt = self._post("odd headers", self._body())
        name = self.random.choice(
            ("content-type", "accept", "authorization", "traceparent", "content-length", "cookie")
        )
        value = self.random.choice(_HEADERS)
        attempt.headers[name] = value
        return attempt

    def odd_get(self) -> Attempt:
        body = self._body()
        variables = orjson.dumps(body["variables"])
        parts = {"query": body["query"].encode(), "variables": variables, "operationName": b"", "extensions": b"{}"}
        for name in self.random.sample(list(parts), self.random.randint(0, 2)):
            parts[name] = self.random.choice((self.spoil(parts[name]), b"", b"%", b"[]", b"null", b"\xff"))
        target = b"&".join(f"{name}={quote(value)}".encode() for name, value in parts.items())
        if self.random.random() < 0.3:
            target = self.spoil(target).replace(b"#", b"").replace(b" ", b"")
        accept = self.random.choice((JSON, RESPONSE)).encode()
        return Attempt(
            "odd GET", method="GET", target=target, headers={"accept": accept}, statuses=frozenset({200, 400, 405})
        )

    def odd_method(self) -> Attempt:
        method = self.random.choice(("PUT", "DELETE", "PATCH", "TRACE", "BREW", "OPTIONS"))
        return Attempt("odd method", b"{}", method=method, statuses=frozenset({405}))


class _Typenames(AstVisitor):
    """Adds __typename to every selection, so that whoever looks at the data knows what it is."""

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        return SelectionSetNode(selections=(*node.selections, FieldNode(name=NameNode(value="__typename"))))

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        return None
