"""What Caddy is told: out of what ops say in `.env`, or ops hear what does not go together."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.compose.edge import NAME, NotWhole, Own, configuration, warnings
from infra.compose.secrets import Wrong, ensure
from tests.worlds.caddy import certificate

PUBLIC = {"EDGE_NAME": "pasar.example, www.pasar.example", "PEOPLE_ISSUER": "https://pasar.example"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="hands files to other users, as the container does")


def text(settings: dict[str, str], own: Own | None = None, acme_ca: str = "") -> str:
    return configuration(settings, own, acme_ca)[NAME]


def test_with_nothing_said_it_is_for_trying_and_no_browser_is_bound_to_it() -> None:
    said = text({})
    assert "localhost:443 {" in said
    assert "tls internal" in said
    assert "Strict-Transport-Security" not in said


def test_a_public_name_gets_its_certificate_by_itself() -> None:
    said = text({**PUBLIC, "EDGE_MAIL": "ops@pasar.example"})
    assert "pasar.example:443, www.pasar.example:443 {" in said
    assert not re.search(r"\ttls ", said)
    assert "email ops@pasar.example" in said
    assert 'Strict-Transport-Security "max-age=31536000"' in said
    assert "Strict" not in text({**PUBLIC, "EDGE_HSTS_SECONDS": "0"})
    of_their_own = {**PUBLIC, "EDGE_ACME_URL": "https://ca.example/acme/local/directory"}
    assert "acme_ca_root /run/secrets/acme_ca.pem" in text(of_their_own, acme_ca="PEM")
    assert "acme_ca_root" not in text(of_their_own)


def test_nothing_ends_what_takes_long_and_nothing_is_held_back() -> None:
    said = text(PUBLIC)
    for cutting in (
        "read_body",
        "write ",
        "read_timeout",
        "write_timeout",
        "response_header_timeout",
        "flush_interval",
        "encode",
    ):
        assert cutting not in said, cutting


def test_its_limits_are_the_gateways() -> None:
    settings = {
        "LIMIT_UPLOAD_BYTES": "1000",
        "LIMIT_BODY_BYTES": "5000",
        "LIMIT_HEAD_BYTES": "777",
        "HEAD_SECONDS": "4",
        "IDLE_SECONDS": "9",
    }
    said = text(settings)
    for line in (f"max_size {5000 + 65536}", "max_header_size 777", "read_header 4s", "keepalive 8s"):
        assert line in said, line
    assert "keepalive off" in text({"IDLE_SECONDS": "1"})


def test_another_certificate_is_another_configuration(tmp_path: Path) -> None:
    settings = {"EDGE_NAME": "pasar.example", "EDGE_CERTIFICATES": "files"}
    one, other = certificate(tmp_path, "pasar.example"), certificate(tmp_path, "pasar.example")
    assert text(settings, one) == text(settings, one) != text(settings, other)
    files = configuration(settings, one)
    assert list(files)[-1] == NAME
    assert all(f"/run/secrets/{name}" in files[NAME] for name in list(files)[:-1])


def test_a_certificate_for_a_whole_domain_is_for_its_names(tmp_path: Path) -> None:
    own = certificate(tmp_path, "*.pasar.example")
    text({"EDGE_NAME": "www.pasar.example", "EDGE_CERTIFICATES": "files"}, own)
    with pytest.raises(NotWhole, match=r"is not for pasar\.example"):
        text({"EDGE_NAME": "pasar.example", "EDGE_CERTIFICATES": "files"}, own)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"EDGE_NAME": "pasar.example {"}, "EDGE_NAME"),
        ({"EDGE_NAME": "https://pasar.example"}, "EDGE_NAME"),
        ({"EDGE_CERTIFICATES": "own"}, "EDGE_CERTIFICATES"),
        ({"EDGE_CERTIFICATES": "files"}, r"keep/edge/certificate\.pem"),
        ({"EDGE_MAIL": "a b"}, "EDGE_MAIL"),
        ({"EDGE_ACME_URL": "http://ca.example"}, "EDGE_ACME_URL"),
        ({"EDGE_HSTS_SECONDS": "a year"}, "EDGE_HSTS_SECONDS"),
        ({**PUBLIC, "GATEWAY_BIND": "0.0.0.0"}, "GATEWAY_BIND"),
    ],
)
def test_what_does_not_go_together_is_named(settings: dict[str, str], names: str) -> None:
    with pytest.raises(NotWhole, match=names):
        text(settings)


def test_all_that_does_not_go_together_is_said_at_once() -> None:
    wrong = {
        "EDGE_NAME": "pasar.example {",
        "GATEWAY_BIND": "0.0.0.0",
        "EDGE_CERTIFICATES": "own",
        "EDGE_MAIL": "a b",
        "EDGE_ACME_URL": "http://ca.example",
        "EDGE_HSTS_SECONDS": "a year",
        "LIMIT_BODY_BYTES": "much",
        "HEAD_SECONDS": "soon",
    }
    with pytest.raises(NotWhole) as refused:
        text(wrong)
    assert [line.split(" ")[0] for line in str(refused.value).splitlines()] == list(wrong)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    one, other = certificate(tmp_path), certificate(tmp_path)
    with pytest.raises(NotWhole, match="is not the key of"):
        text({"EDGE_CERTIFICATES": "files"}, Own(one.certificate, other.key))
    with pytest.raises(NotWhole, match="is not what it should be"):
        text({"EDGE_CERTIFICATES": "files"}, Own("", one.key))


def test_ops_hear_of_an_end_that_is_near_and_of_an_issuer_that_is_elsewhere(tmp_path: Path) -> None:
    own, files = certificate(tmp_path), {"EDGE_CERTIFICATES": "files"}
    assert warnings(files, own) == []
    ends = own.check(["localhost"])
    assert warnings(files, own, ends - timedelta(days=3)) == ["keep/edge/certificate.pem ends in 3 days"]
    assert warnings(files, own, ends + timedelta(days=3)) == ["keep/edge/certificate.pem has ended"]
    assert warnings(PUBLIC, None, datetime.now(UTC)) == []
    assert "browsers reach the edge at https://pasar.example" in warnings({"EDGE_NAME": "pasar.example"}, None)[0]


@as_root
def test_the_edge_is_handed_its_certificate_and_a_wrong_one_hands_out_nothing(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    own, settings = certificate(tmp_path / "tls"), {"EDGE_CERTIFICATES": "files"}
    ensure(tmp_path, {})
    before = (tmp_path / "for/edge" / NAME).read_text()
    (tmp_path / "keep/edge").mkdir()
    (tmp_path / "keep/edge/certificate.pem").write_text(own.certificate)
    with pytest.raises(Wrong, match=r"keep/edge/key\.pem"):
        ensure(tmp_path, settings)
    assert (tmp_path / "for/edge" / NAME).read_text() == before
    (tmp_path / "keep/edge/key.pem").write_text(own.key)
    ensure(tmp_path, settings)
    handed = {file.name for file in (tmp_path / "for/edge").iterdir()}
    assert handed == {NAME, f"certificate-{own.mark}.pem", f"key-{own.mark}.pem"}
    assert (tmp_path / "edge").stat().st_mode & 0o077 == 0
