"""Which tests a change calls for."""

from tests.changed import ALWAYS, called_for


def test_rules_contracts_and_who_may_what_are_always_tried() -> None:
    assert called_for([]) == list(ALWAYS)
    assert called_for(["README.md", "docs/api.md"]) == list(ALWAYS)


def test_a_service_calls_for_its_own_integration_and_a_contract_for_everybodys() -> None:
    assert called_for(["services/catalog/store/stock.py"]) == [*ALWAYS, "tests/integration/catalog"]
    everybody = called_for(["services/contracts/quote.py"])
    assert {f"tests/integration/{name}" for name in ("catalog", "ordering", "delivery")} <= set(everybody)


def test_a_test_calls_for_itself_and_not_twice() -> None:
    assert called_for(["tests/integration/kit/test_inbox.py", "services/kit/ids.py"]) == [
        *ALWAYS,
        "tests/integration/kit",
    ]
    assert called_for(["gateway/pipeline.py", "tests/gateway/test_http.py"]) == [*ALWAYS, "tests/gateway"]
