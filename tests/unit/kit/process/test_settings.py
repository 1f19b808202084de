"""Settings fail whole, by name, and keep secrets."""

import re
from pathlib import Path
from typing import Literal

import pytest

from gateway.settings import load as load_gateway
from services.kit.kafka.cluster import Cluster
from services.kit.process.settings import (
    ApiSettings,
    LogLevel,
    Mode,
    ProcessSettings,
    Secret,
    SettingsError,
    Switch,
    WorkerSettings,
    load,
)

ENV = {
    "WLIJO_MODE": "test",
    "PORT": "4002",
    "DATABASE_URL": "postgresql://ordering:hush@db/ordering",
    "JWT_ISSUER": "http://issuer",
    "JWKS_URL": "https://issuer/jwks",
}


def test_each_field_is_the_variable_of_its_name() -> None:
    settings = load(ApiSettings, ENV)
    assert (settings.mode, settings.host, settings.port) == (Mode.TEST, "127.0.0.1", 4002)
    assert settings.database_url == Secret("postgresql://ordering:hush@db/ordering")
    assert settings.jwt_audience == "wlijo"


def test_the_mode_is_production_unless_said_otherwise() -> None:
    mode = load(ApiSettings, {**ENV, "WLIJO_MODE": ""}).mode
    assert mode is Mode.PRODUCTION
    assert not mode.clock_can_move
    assert not mode.deliveries_are_tests


def test_all_that_is_missing_or_malformed_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        load(WorkerSettings, {"PORT": "no", "WLIJO_MODE": "moon", "DATABASE_URL": " "})
    lines = str(raised.value).splitlines()
    assert [line.split(" is ")[0] for line in lines] == [
        "WLIJO_MODE",
        "PORT",
        "DATABASE_URL",
        "KAFKA_BOOTSTRAP_SERVERS",
    ]
    assert [" is missing" in line for line in lines] == [False, False, True, True]


def test_a_port_out_of_range_is_malformed() -> None:
    with pytest.raises(SettingsError, match="PORT is malformed"):
        load(ApiSettings, {**ENV, "PORT": "70000"})


def test_a_secret_is_in_no_repr() -> None:
    assert "hush" not in repr(load(ApiSettings, ENV))
    assert "hush" not in str(load(ApiSettings, ENV).database_url)


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://from-file\n")
    env = {**ENV, "DATABASE_URL": "", "DATABASE_URL_FILE": str(file)}
    assert load(ApiSettings, env).database_url.reveal() == "postgresql://from-file"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    env = {**ENV, "DATABASE_URL": "", "DATABASE_URL_FILE": str(tmp_path / "absent")}
    with pytest.raises(SettingsError, match=r"DATABASE_URL_FILE cannot be read: .*absent: No such file"):
        load(ApiSettings, env)


def test_value_and_file_at_once_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL and DATABASE_URL_FILE are both set") as raised:
        load(ApiSettings, {**ENV, "DATABASE_URL_FILE": str(tmp_path)})
    assert "hush" not in str(raised.value)


BROKER = {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}


def test_a_cluster_without_locks_needs_an_address_alone() -> None:
    cluster = load(Cluster, {"KAFKA_BOOTSTRAP_SERVERS": "one:9092,two:9093"})
    assert cluster.options() == {"bootstrap_servers": "one:9092,two:9093"}
    assert cluster.addresses() == [("one", 9092), ("two", 9093)]


def test_a_cluster_with_locks_is_told_user_and_password(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hush-hush\n")
    cluster = load(Cluster, {**BROKER, "KAFKA_USERNAME": "ordering", "KAFKA_PASSWORD_FILE": str(tmp_path / "password")})
    assert cluster.options() == {
        "bootstrap_servers": "kafka:9092",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "ordering",
        "sasl_plain_password": "hush-hush",
    }
    assert "hush-hush" not in repr(cluster)
    assert str(cluster) == "kafka:9092 as ordering"


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        (BROKER, "KAFKA_USERNAME is missing: KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT"),
        (
            {**BROKER, "KAFKA_USERNAME": "ordering"},
            "KAFKA_PASSWORD is missing: KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT",
        ),
        (
            {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "KAFKA_USERNAME": "ordering"},
            "KAFKA_USERNAME and KAFKA_PASSWORD are for SASL: set KAFKA_SECURITY_PROTOCOL",
        ),
        (
            {"KAFKA_BOOTSTRAP_SERVERS": "kafka"},
            "KAFKA_BOOTSTRAP_SERVERS is not host:port[,host:port]: kafka",
        ),
        (
            {
                "KAFKA_BOOTSTRAP_SERVERS": "kafka:9094",
                "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "KAFKA_USERNAME": "ptn_x",
                "KAFKA_PASSWORD": "hush",
                "KAFKA_CA": "no certificate",
            },
            "KAFKA_CA is not a PEM certificate",
        ),
    ],
)
def test_a_cluster_whose_settings_do_not_fit_one_another_is_refused(
    environment: dict[str, str], complaint: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(complaint)):
        load(Cluster, environment)


class _Stored(ProcessSettings, frozen=True, kw_only=True):
    database_url: Secret
    migration_database_url: Secret | None = None


def test_a_databases_password_comes_from_its_file_and_wins(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p@ss/word\n")
    env = {"DATABASE_PASSWORD_FILE": str(tmp_path / "password")}
    for url in ("postgresql://catalog@db:5432/catalog", "postgresql://catalog:old@db:5432/catalog"):
        assert load(_Stored, {**env, "DATABASE_URL": url}).database_url.reveal() == (
            "postgresql://catalog:p%40ss%2Fword@db:5432/catalog"
        )


def test_a_databases_password_without_its_user_or_its_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    with pytest.raises(SettingsError, match="DATABASE_URL names no user"):
        load(_Stored, {"DATABASE_URL": "postgresql://db/x", "DATABASE_PASSWORD_FILE": str(tmp_path / "password")})
    with pytest.raises(SettingsError, match="DATABASE_PASSWORD_FILE cannot be read"):
        load(_Stored, {"DATABASE_URL": "postgresql://a@db/x", "DATABASE_PASSWORD_FILE": str(tmp_path / "none")})


class Point:
    def __init__(self, x: int, y: int) -> None:
        self.x, self.y = x, y

    @classmethod
    def of_text(cls, text: str) -> "Point":
        x, y = map(int, text.split())
        return cls(x, y)


class Others(ProcessSettings, frozen=True, kw_only=True):
    door: Switch = Switch.OFF
    size: Literal["small", "large"] = "small"
    size_file: Path | None = None
    at: Point | None = None


def test_a_switch_is_true_or_false() -> None:
    assert [bool(load(Others, {"DOOR": text}).door) for text in ("on", "off", "")] == [True, False, False]
    assert (Switch.of(True), Switch.of(False)) == (Switch.ON, Switch.OFF)


def test_a_word_that_may_not_be_is_refused_with_those_that_may() -> None:
    with pytest.raises(SettingsError) as raised:
        load(Others, {"DOOR": "yes", "SIZE": "medium", "AT": "here"})
    door, size, at = str(raised.value).splitlines()
    assert door.startswith("DOOR is malformed: ")
    assert door.endswith("; it may be on, off")
    assert size.startswith("SIZE is malformed: ")
    assert size.endswith("; it may be small, large")
    assert at.startswith("AT is malformed: ")


@pytest.mark.parametrize("text", ["warning", "Warning", "WARNING"])
def test_a_log_level_may_be_written_in_any_case(text: str) -> None:
    assert load(ProcessSettings, {"LOG_LEVEL": text}).log_level is LogLevel.WARNING


def test_a_variable_of_its_own_is_no_file_of_another() -> None:
    settings = load(Others, {"SIZE": "large", "SIZE_FILE": "/sizes", "AT": "1 2"})
    assert (settings.size, settings.size_file) == ("large", Path("/sizes"))
    assert settings.at is not None
    assert (settings.at.x, settings.at.y) == (1, 2)


@pytest.mark.parametrize("mode", ["production", "sandbox", ""])
@pytest.mark.parametrize(
    "url", ["http://issuer/jwks", "HTTP://10.0.0.7:8080/jwks", "http://127.0.0.1.evil.test/jwks", "http://[::2]/x"]
)
def test_keys_that_anybody_in_between_could_change_are_refused(mode: str, url: str) -> None:
    with pytest.raises(SettingsError, match="JWKS_URL is plain http"):
        load(ApiSettings, {**ENV, "WLIJO_MODE": mode, "JWKS_URL": url})
    with pytest.raises(SettingsError, match="JWKS_URL is plain http"):
        load_gateway({"WLIJO_MODE": mode, "JWKS_URL": url})


@pytest.mark.parametrize(
    ("mode", "url"),
    [
        ("production", "https://issuer/jwks"),
        ("production", "http://127.0.0.1:4010/jwks"),
        ("production", "http://localhost/jwks"),
        ("production", "http://[::1]/jwks"),
        ("local", "http://issuer:4010/jwks"),
        ("test", "http://issuer:4010/jwks"),
    ],
)
def test_keys_come_over_https_or_from_this_machine_or_in_local_mode(mode: str, url: str) -> None:
    assert load(ApiSettings, {**ENV, "WLIJO_MODE": mode, "JWKS_URL": url}).jwks_url == url
    assert load_gateway({"WLIJO_MODE": mode, "JWKS_URL": url}).jwks_url == url
