"""What goes wrong behind the graph is told without its insides, and found again by its trace."""

import logging

import orjson
import pytest

from services.kit.observe.telemetry import Telemetry
from tests.worlds.asgi import ask, request
from tests.worlds.basket import (
    code_of,
)


async def test_a_bug_is_masked_and_logged_once_with_the_trace(app: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        answer = await ask(app, '{ fails(how: "bug") }')
    assert code_of(answer) == "INTERNAL_SERVER_ERROR"
    assert "secret" not in str(answer)
    [record] = caplog.records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], KeyError)


async def test_a_database_that_is_away_is_a_retryable_error_without_its_address(app: Telemetry) -> None:
    answer = await ask(app, '{ fails(how: "down") }')
    assert code_of(answer) == "SERVICE_UNAVAILABLE"
    assert answer["errors"][0]["extensions"]["retryable"] is True
    assert "10.0.0.1" not in str(answer)


async def test_the_trace_id_is_the_callers(app: Telemetry) -> None:
    body = orjson.dumps({"query": '{ fails(how: "input") }'})
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"content-type": "application/json", "traceparent": traceparent}
    answer = (await request(app, "POST", "/graphql", headers=headers, body=body)).json()
    assert answer["errors"][0]["extensions"] == {
        "code": "BAD_USER_INPUT",
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "retryable": False,
    }
