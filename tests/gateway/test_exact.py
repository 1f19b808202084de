"""Numbers pass digit by digit: in variables, in documents, in keys and in answers, over all protocols."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from gateway import exact
from tests.gateway.kit.gateway import supergraph_text
from tests.gateway.kit.network import Running, SubgraphServer, gateway

LARGE = "123456789012345678901234567890"
WRITTEN = [LARGE, f"-{LARGE}", "18446744073709551616", "-9223372036854775809", "1e400", "0.12345678901234567890", "7"]
# A's field gives its argument back; B is told of the entity by a key that may be any JSON.
TYPES = """
scalar JSON @join__type(graph: A) @join__type(graph: B)

type Query @join__type(graph: A) @join__type(graph: B) {
  echo(value: JSON): JSON @join__field(graph: A)
  thing: Thing @join__field(graph: A)
  number: Float @join__field(graph: A)
  whole: Int @join__field(graph: A)
  id: ID @join__field(graph: A)
}

type Thing @join__type(graph: A, key: "key") @join__type(graph: B, key: "key") {
  key: JSON
  more: JSON @join__field(graph: B)
}
"""


@pytest.fixture
async def running(subgraphs: dict[str, SubgraphServer], tmp_path: Path) -> AsyncIterator[Running]:
    file = tmp_path / "supergraph.graphql"
    file.write_text(supergraph_text("shared").partition("type Query")[0] + TYPES, "utf-8")
    servers = subgraphs["catalog"], subgraphs["delivery"]
    async with gateway({"a": servers[0].url, "b": servers[1].url}, supergraph_file=file) as found:
        yield found


def says(server: SubgraphServer, text: str, heard: list[str] | None = None) -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        if heard is not None:
            heard.append(await request.text())
        return web.Response(text=text, content_type="application/json")

    server.respond = respond


async def asked(running: Running, query: str, variables: str = "{}") -> str:
    body = f'{{"query":{json.dumps(query)},"variables":{variables}}}'
    headers = {"content-type": "application/json"}
    async with running.client.post(f"{running.url}/graphql", data=body, headers=headers) as answer:
        return await answer.text()


@pytest.mark.parametrize("number", WRITTEN)
async def test_a_number_of_a_variable_reaches_the_subgraph_and_comes_back_as_it_is(
    running: Running, subgraphs: dict[str, SubgraphServer], number: str
) -> None:
    heard: list[str] = []
    says(subgraphs["catalog"], f'{{"data":{{"echo":{{"deep":[{number}]}}}}}}', heard)
    query = "query ($v: JSON) { echo(value: $v) }"
    assert (
        await asked(running, query, f'{{"v":{{"deep":[{number}]}}}}') == f'{{"data":{{"echo":{{"deep":[{number}]}}}}}}'
    )
    assert f'"variables":{{"v":{{"deep":[{number}]}}}}' in heard[0]


async def test_a_number_of_a_document_reaches_the_subgraph_as_it_is(
    running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    heard: list[str] = []
    says(subgraphs["catalog"], f'{{"data":{{"echo":{LARGE}}}}}', heard)
    assert await asked(running, f"{{ echo(value: [{LARGE}, {{a: 1e400}}]) }}") == f'{{"data":{{"echo":{LARGE}}}}}'
    assert LARGE in heard[0]
    assert "1e400" in heard[0]


@pytest.mark.parametrize("number", [LARGE, "1e400", f'[{LARGE},{{"a":0.12345678901234567890}}]'])
async def test_a_number_of_a_key_reaches_the_next_subgraph_as_it_is(
    running: Running, subgraphs: dict[str, SubgraphServer], number: str
) -> None:
    heard: list[str] = []
    says(subgraphs["catalog"], f'{{"data":{{"thing":{{"__typename":"Thing","key":{number}}}}}}}')
    says(subgraphs["delivery"], f'{{"data":{{"_0":[{{"more":{number}}}]}}}}', heard)
    assert await asked(running, "{ thing { more } }") == f'{{"data":{{"thing":{{"more":{number}}}}}}}'
    assert f'[{{"__typename":"Thing","key":{number}}}]' in heard[0]


@pytest.mark.parametrize(
    ("field", "number", "shown"),
    [
        ("id", LARGE, f'"{LARGE}"'),
        ("number", LARGE, LARGE),
        ("number", "0.12345678901234567890", "0.12345678901234568"),
        ("number", "1e400", None),
        ("number", "1" + "0" * 400, None),
        ("whole", LARGE, None),
        ("whole", "4e3", "4000"),
        ("whole", "4000.0000000000000000000", "4000"),
    ],
)
async def test_types_of_the_specification_keep_their_ranges(
    running: Running, subgraphs: dict[str, SubgraphServer], field: str, number: str, shown: str | None
) -> None:
    says(subgraphs["catalog"], f'{{"data":{{"{field}":{number}}}}}')
    answer = await asked(running, f"{{ {field} }}")
    if shown is not None:
        assert answer == f'{{"data":{{"{field}":{shown}}}}}'
        return
    assert json.loads(answer)["data"] == {field: None}
    assert json.loads(answer)["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


async def test_a_socket_and_an_address_keep_the_digits_too(
    running: Running, subgraphs: dict[str, SubgraphServer]
) -> None:
    says(subgraphs["catalog"], f'{{"data":{{"echo":{LARGE}}}}}')
    async with running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",)) as socket:
        await socket.send_str('{"type":"connection_init"}')
        await socket.receive()
        await socket.send_str(
            f'{{"id":"1","type":"subscribe","payload":{{"query":"query ($v: JSON) {{ echo(value: $v) }}","variables":{{"v":{LARGE}}}}}}}'
        )
        async with asyncio.timeout(90):
            assert LARGE in (await socket.receive()).data
    parameters = {"query": "query ($v: JSON) { echo(value: $v) }", "variables": f'{{"v":{LARGE}}}'}
    async with running.client.get(f"{running.url}/graphql", params=parameters) as answer:
        assert await answer.text() == f'{{"data":{{"echo":{LARGE}}}}}'


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity, 1234567890123456789]", "1" * 5_000, "[" * 2_000 + "1" * 20, "1e400x"]
)
async def test_what_is_no_number_of_json_is_refused(running: Running, text: str) -> None:
    answer = json.loads(await asked(running, "query ($v: JSON) { echo(value: $v) }", f'{{"v":{text}}}'))
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**60, 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_all_that_json_can_say_is_read_and_written_without_loss(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert exact.loads(text) == json.loads(text)
    assert json.loads(exact.dumps(exact.loads(text))) == value


@given(st.integers(10**18, 10**60), st.text("09 :-TZ.,abc", max_size=60), st.text("09 :-TZ.,abc", max_size=60))
def test_a_long_number_is_found_wherever_it_stands(number: int, before: str, after: str) -> None:
    text = b'["%s",%d,"%s"]' % (before.encode(), number, after.encode())
    assert exact.loads(text) == [before, number, after]
