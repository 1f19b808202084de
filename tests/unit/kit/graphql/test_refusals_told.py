"""A refusal is a problem in the payload; what is none is an error."""

from typing import Any

import pytest

from services.kit.observe.telemetry import Telemetry
from tests.worlds.asgi import ask
from tests.worlds.basket import OPENED, BasketId, code_of

BUY = """mutation($how: String!) { buy(how: $how) { basket { id } problems {
    code message retryable field total retryAfterMs ... on PriceChanged { prices } } } }"""


async def test_a_refusal_is_a_problem_in_the_payload_with_its_facts_on_the_interface(app: Telemetry) -> None:
    async def problem(how: str) -> Any:
        answer = (await ask(app, BUY, how=how))["data"]["buy"]
        assert answer["basket"] is None
        (found,) = answer["problems"]
        return {name: value for name, value in found.items() if value is not None}

    assert await problem("price") == {
        "code": "PRICE_CHANGED",
        "message": "The total has changed",
        "retryable": False,
        "total": 5000,
        "prices": [5000],
    }
    key = await problem("key")
    assert (key["code"], key["field"], key["retryable"]) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", False)
    rate = await problem("rate")
    assert (rate["code"], rate["retryable"], rate["retryAfterMs"]) == ("RATE_LIMITED", True, 1_000_001)


async def test_what_is_done_has_no_problems(app: Telemetry) -> None:
    answer = (await ask(app, BUY, how="a"))["data"]["buy"]
    assert answer == {"basket": {"id": str(BasketId.seeded("a"))}, "problems": []}


async def test_refusals_of_several_parts_are_as_many_problems_in_their_order(app: Telemetry) -> None:
    answer = (await ask(app, BUY, how="several"))["data"]["buy"]
    assert [each["code"] for each in answer["problems"]] == ["PRICE_CHANGED", "IDEMPOTENCY_KEY_REUSED", "PRICE_CHANGED"]


@pytest.mark.parametrize("how", ["a bug among them", "declined"])
async def test_what_is_no_refusal_is_an_error_and_not_hidden_among_problems(app: Telemetry, how: str) -> None:
    answer = await ask(app, BUY, how=how)
    assert code_of(answer) == "INTERNAL_SERVER_ERROR"
    assert "secret" not in str(answer)


async def test_a_mutation_shows_nothing_that_was_loaded_before_it(app: Telemetry) -> None:
    await ask(app, 'mutation { a: buy(how: "a") { basket { id } } b: buy(how: "a") { basket { id } } }')
    assert OPENED[-1].batches == [[str(BasketId.seeded("a"))]] * 2
