"""What callers send that is no attack upon the text of a document: numbers, signs, tokens and heads that somebody must not trip over."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from gateway.protocols.http import JSON, RESPONSE
from services.kit.codes import ErrorCode
from tests.gateway import hostile
from tests.gateway.fuzz.verdict import Attempt

_SIGNS = ("\\u0000", "\\u202e", "\\u200b", "\\u001b[31m", "\\ud83d\\ude00", "\\ud800", "\\udc00\\ud800", "٠", "\u2028")
_NUMBERS = (
    "4e3",
    "4000.0",
    "1e400",
    "-0",
    "1" * 40,
    "9223372036854775808",
    "-1e2147483648",
    "NaN",
    "null",
    "true",
    "0x1",
)
_BEARERS = (
    *(b"Bearer \xa0a", b"Bearer a\xa0", b"Bearer \xe2\x80\x8ba", b"Bearer a\x00b", b"Bearer \x1b", b"Bearer a\tb"),
    *(b"Bearer " + b"a" * 9_000, b"\xff", b"bearer a\x7f"),
)
_TREES = tuple(made() for made in hostile.DOCUMENTS.values())


@dataclass(slots=True)
class Careless:
    """`random`: the maker's own, so that the same seed makes the same attempts."""

    random: random.Random

    def makers(self) -> list[tuple[Callable[[], Attempt], int]]:
        return [
            (self.signs, 3),
            (self.numbers, 4),
            (self.bearer, 3),
            (self.costly, 1),
            (self.many_mutations, 1),
            (self.many_headers, 1),
        ]

    def _post(self, kind: str, body: bytes, *statuses: int, **headers: bytes) -> Attempt:
        media = self.random.choice((JSON, RESPONSE)).encode()
        sent = {"content-type": JSON.encode(), "accept": media, **headers}
        return Attempt(kind, body, headers=sent, statuses=frozenset(statuses))

    def signs(self) -> Attempt:
        sign = self.random.choice(_SIGNS)
        where = self.random.choice(("query", "operationName", "variable", "extension", "literal"))
        query, name, value, extra = "query Q($t: String!) { __type(name: $t) { name } }", "Q", "Query", "{}"
        match where:
            case "query":
                query = f"{{ __typename {sign} }}"
            case "operationName":
                name += sign
            case "variable":
                value += sign
            case "extension":
                extra = f'{{"x{sign}":"{sign}"}}'
            case _:
                query = f'query Q($t: String!) {{ __type(name: $t) {{ name }} node(id: \\"{sign}\\") {{ id }} }}'
        body = f'{{"query":"{query}","operationName":"{name}","variables":{{"t":"{value}"}},"extensions":{extra}}}'
        return self._post("signs", body.encode(), 200, 400)

    def numbers(self) -> Attempt:
        number = self.random.choice(_NUMBERS)
        field = "productsNear(at: {lat: -8.1, lng: 113.2}, first: $n) { edges { node { product { id } } } }"
        if self.random.random() < 0.5:
            body = f'{{"query":"query ($n: Int) {{ {field} }}","variables":{{"n":{number}}}}}'
        else:
            body = f'{{"query":"{{ {field.replace("$n", number)} }}"}}'
        return self._post("numbers", body.encode(), 200, 400)

    def bearer(self) -> Attempt:
        body = orjson.dumps({"query": "{ __typename }"})
        attempt = self._post("bearer", body, 401, authorization=self.random.choice(_BEARERS))
        attempt.codes = frozenset({ErrorCode.UNAUTHENTICATED})
        return attempt

    def costly(self) -> Attempt:
        return self._post("costly", orjson.dumps({"query": self.random.choice(_TREES)}), 200, 400)

    def many_mutations(self) -> Attempt:
        count = self.random.randint(6, 20)
        fields = " ".join(f'a{n}: setStock(variantId: "v", onHand: {n}) {{ __typename }}' for n in range(count))
        attempt = self._post("many mutations", orjson.dumps({"query": f"mutation {{ {fields} }}"}), 200, 400)
        attempt.codes = frozenset({ErrorCode.OPERATION_TOO_EXPENSIVE})
        return attempt

    def many_headers(self) -> Attempt:
        attempt = self._post("many headers", orjson.dumps({"query": "{ __typename }"}), 200)
        attempt.headers |= {
            f"x-{n}": self.random.randbytes(8).hex().encode() for n in range(self.random.randint(50, 500))
        }
        return attempt
