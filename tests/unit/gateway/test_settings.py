"""What the environment and the command line tell the gateway, and what they do not."""

import re
from pathlib import Path

import pytest

import gateway
from gateway.__main__ import _environment, main
from gateway.addresses import Addresses, variable
from gateway.settings import Settings, load
from gateway.supergraph import load as supergraphs
from services.kit.process.settings import SettingsError
from tests.gateway.kit.gateway import supergraph_text

SHOP = supergraphs.load(supergraph_text("shop"))


def test_a_foreign_address_is_no_subgraphs() -> None:
    foreign = {"SENTRY_URL": "http://sentry.test", "DATABASE_URL": "postgresql://db", "JWKS_URL": "http://issuer.test"}
    assert Addresses(foreign).bases(SHOP) == {}
    assert set(Addresses(foreign).of(SHOP).values()) == {subgraph.url for subgraph in SHOP.subgraphs.values()}


def test_a_subgraph_is_where_the_variable_of_its_name_says_and_else_where_it_was_composed() -> None:
    found = Addresses({"CATALOG_URL": " https://catalog.test/ ", "ORDERING_URL": ""}).of(SHOP)
    assert found["CATALOG"] == "https://catalog.test/graphql"
    assert found["ORDERING"] == SHOP.subgraphs["ORDERING"].url


def test_addresses_that_cannot_be_are_all_named() -> None:
    with pytest.raises(SettingsError) as raised:
        Addresses({"CATALOG_URL": "catalog:8000", "DELIVERY_URL": "delivery", "SENTRY_URL": "x"}).of(SHOP)
    assert [line.split(" is ")[0] for line in str(raised.value).splitlines()] == ["CATALOG_URL", "DELIVERY_URL"]


def test_a_variable_has_no_character_that_a_shell_could_not_set() -> None:
    assert variable("product-reviews.v2", "URL") == "PRODUCT_REVIEWS_V2_URL"


def test_a_subgraphs_paths_are_those_of_the_variable_of_its_name() -> None:
    found = Addresses({"CATALOG_PATHS": "/a/{id}, /b/{rest:path},", "DELIVERY_PATHS": ""}).paths(SHOP)
    assert list(found.items()) == [("/a/{id}", "catalog"), ("/b/{rest:path}", "catalog")]


def test_paths_of_a_subgraph_that_is_not_there_yet_are_not_looked_at() -> None:
    assert Addresses({"REVIEWS_PATHS": "no path"}).paths(SHOP) == {}


def test_paths_that_cannot_be_are_all_named() -> None:
    with pytest.raises(SettingsError) as raised:
        Addresses({"CATALOG_PATHS": "/a,b", "DELIVERY_PATHS": "c"}).paths(SHOP)
    assert [line.split(" is ")[0] for line in str(raised.value).splitlines()] == ["CATALOG_PATHS", "DELIVERY_PATHS"]


def test_a_setting_is_nobodys_address() -> None:
    jwks = supergraphs.load(supergraph_text("shop").replace('name: "catalog"', 'name: "jwks"'))
    assert Addresses({"JWKS_URL": "http://issuer.test/jwks"}).bases(jwks) == {}


def test_all_that_is_wrong_is_named_at_once() -> None:
    wrong = {
        "PORT": "http",
        "WLIJO_MODE": "moon",
        "APQ": "yes",
        "LIMIT_COST": "many",
        "BREAKER_PAUSE_SECONDS": "0",
        "REST_ROUTES": "/a/{rest:path}=a,partner=b",
        "STALL_SECONDS": "inf",
    }
    with pytest.raises(SettingsError) as raised:
        load(wrong)
    assert {line.split(" is ")[0] for line in str(raised.value).splitlines()} == set(wrong)


def test_routes_are_taken_in_their_order() -> None:
    routes = load({"REST_ROUTES": " /a/{id}/b=one, /a/{rest:path} = two ,"}).rest_routes
    assert list(routes.owners.items()) == [("/a/{id}/b", "one"), ("/a/{rest:path}", "two")]


def test_the_gateway_names_no_service_of_ours() -> None:
    folder = Path(gateway.__file__).parent
    served = supergraphs.load((folder / "supergraph.graphql").read_text(encoding="utf-8"))
    names = {subgraph.name for subgraph in served.subgraphs.values()}
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.rglob("*.py")}
    assert names
    assert [file for file, text in texts.items() for name in names if re.search(rf"""['"/.]{name}['"/.]""", text)] == []


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "issuer"
    file.write_text("http://issuer.test\n")
    assert load({"JWT_ISSUER_FILE": str(file), "WLIJO_MODE": "test"}).jwt_issuer == "http://issuer.test"


def test_origins_are_listed_by_comma() -> None:
    assert load({"CORS_ORIGINS": "https://a.test, ,https://b.test"}).origins == ("https://a.test", "https://b.test")
    assert load({}).origins == ()


def test_on_its_own_it_keeps_to_graphql_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("SUPERGRAPH_FILE", "/other")
    monkeypatch.setenv("RATE_LIMIT_PER_SECOND", "7")
    monkeypatch.delenv("CSRF_PREVENTION", raising=False)
    told: Settings = load(_environment(["--supergraph", "/s", "--port", "2", "--host", "::1", "--explorer"]))
    assert (told.supergraph_file, told.port, told.host) == (Path("/s"), 2, "::1")
    assert (bool(told.mask_errors), bool(told.csrf), bool(told.explorer), told.rate_per_second) == (
        False,
        False,
        True,
        7,
    )


@pytest.mark.parametrize(
    "wrong",
    [{"LIMIT_DEPTH": "0"}, {"REST_ROUTES": "/a=nobody"}, {"CATALOG_URL": "catalog"}, {"TRUSTED_DOCUMENTS": "safelist"}],
)
def test_what_is_wrong_ends_the_process_with_its_key(
    wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for key, value in wrong.items():
        monkeypatch.setenv(key, value)
    assert main([]) == 2
    assert next(iter(wrong)) in capsys.readouterr().err


def test_pages_have_paths_and_are_no_subgraph_and_theirs_come_last() -> None:
    told = {"WEB_URL": "http://web.test/", "WEB_PATHS": "/,/{page:path}", "CATALOG_PATHS": "/a/{id}"}
    addresses = Addresses(told)
    assert addresses.bases(SHOP) == {"web": "http://web.test"}
    assert list(addresses.paths(SHOP).items()) == [("/a/{id}", "catalog"), ("/", "web"), ("/{page:path}", "web")]
    assert set(addresses.of(SHOP)) == set(SHOP.subgraphs)
    with pytest.raises(SettingsError, match="WEB_URL is malformed"):
        Addresses({"WEB_URL": "web:8000"}).bases(SHOP)
