"""The compose installation's secrets: made once, never overwritten, and only each container's own handed to it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from infra import owners
from infra.compose.secrets import Wrong, ensure

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="hands files to other users, as the container does")
_PARTNER = "ptn_01ep341r00emzrtcsjkhnzfxk2"


def _files(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_second_run_makes_nothing_and_changes_nothing(tmp_path: Path) -> None:
    assert "database_admin" in ensure(tmp_path, {})
    before = _files(tmp_path)
    assert ensure(tmp_path, {}) == []
    assert _files(tmp_path) == before


def test_each_container_is_given_its_own_and_no_more(tmp_path: Path) -> None:
    ensure(tmp_path, {"PARTNERS": _PARTNER})
    given = {
        folder.name: sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
        for folder in (tmp_path / "for").iterdir()
    }
    assert given["catalog-api"] == ["database", "media_key", "people.jwks.json"]
    assert given["catalog-worker"] == ["database", "kafka"]
    api = ["database", "handover_pin_key", "media_key", "people.jwks.json", "quote.jwk.json"]
    assert given["delivery-api"] == api
    assert given["people-api"] == ["database", "people.jwks.json", "sign_in_code_key", "tokens.jwks.json"]
    assert given["ordering-api"] == ["database", "media_key", "people.jwks.json", "quote.jwks.json"]
    assert given["gateway"] == ["people.jwks.json"]
    assert given["postgres"] == ["admin"]
    assert given["kafka"] == ["config/server.properties", "keys/partners.pem"]
    assert f"users/{_PARTNER}" in given["provision"]
    assert "PRIVATE" not in (tmp_path / "for/provision/partners.crt").read_text()
    assert not [name for name in given if name.startswith(("issuer", "robot"))]
    for file in (tmp_path / "for").rglob("*"):
        unwanted = 0o227 if file.is_dir() else 0o277
        assert file.stat().st_mode & unwanted == 0, f"{file} is open to others, or can be written"
    assert (tmp_path / "for/kafka/keys/partners.pem").stat().st_uid == owners.KAFKA


def test_an_owner_or_a_mode_that_is_another_is_put_right(tmp_path: Path) -> None:
    """As after a release in which a container had another user: its secret stays the same one."""
    ensure(tmp_path, {})
    owned, opened = tmp_path / "for/kafka/config/server.properties", tmp_path / "for/postgres/admin"
    os.chown(owned, 1000, 1000)
    opened.chmod(0o444)
    assert ensure(tmp_path, {}) == []
    assert (owned.stat().st_uid, opened.stat().st_mode & 0o777) == (owners.KAFKA, 0o400)


def test_nobody_of_the_host_comes_to_them_and_our_group_lists_them_alone(tmp_path: Path) -> None:
    """Whoever has the number of a container's user on the host is kept out by the folder above."""
    ensure(tmp_path, {})
    for name in ("keep", "for"):
        state = (tmp_path / name).stat()
        assert (state.st_uid, state.st_gid, state.st_mode & 0o7777) == (0, owners.OURS, 0o750)
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or file.name == "ca.pem" or file.stat().st_mode & 0o077 == 0, file
        assert not file.is_dir() or file.stat().st_gid in (0, owners.OURS), file


def test_a_weak_secret_is_refused_by_name_and_nothing_is_handed_out(tmp_path: Path) -> None:
    ensure(tmp_path, {})
    (tmp_path / "keep/database_catalog").unlink()
    (tmp_path / "keep/database_catalog").write_text("secret")
    before = _files(tmp_path / "for")
    with pytest.raises(Wrong, match="keep/database_catalog is weak"):
        ensure(tmp_path, {})
    assert _files(tmp_path / "for") == before


def test_a_removed_secret_is_made_anew_and_handed_out(tmp_path: Path) -> None:
    ensure(tmp_path, {})
    before = (tmp_path / "for/catalog-api/database").read_text()
    (tmp_path / "keep/database_catalog").unlink()
    assert ensure(tmp_path, {}) == ["database_catalog"]
    after = (tmp_path / "for/catalog-api/database").read_text()
    assert after != before
    assert (tmp_path / "for/roles/catalog").read_text() == after


def test_a_new_quote_key_is_trusted_beside_the_old_one(tmp_path: Path) -> None:
    ensure(tmp_path, {})
    (tmp_path / "keep/quote.jwk.json").unlink()
    assert ensure(tmp_path, {}) == ["quote.jwk.json"]
    kids = [key["kid"] for key in json.loads((tmp_path / "for/ordering-api/quote.jwks.json").read_text())["keys"]]
    assert len(kids) == 2
    assert kids[0] == json.loads((tmp_path / "for/delivery-api/quote.jwk.json").read_text())["kid"]
    assert ensure(tmp_path, {}) == []


def test_a_malformed_partner_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="ptn_oops is no partner's id"):
        ensure(tmp_path, {"PARTNERS": "ptn_oops"})


def test_another_public_name_gets_another_certificate_of_the_same_authority(tmp_path: Path) -> None:
    ensure(tmp_path, {})
    authority = (tmp_path / "keep/tls/ca.pem").read_text()
    assert ensure(tmp_path, {"KAFKA_PUBLIC_NAME": "kafka.example.id"}) == ["tls (for kafka.example.id)"]
    assert (tmp_path / "keep/tls/ca.pem").read_text() == authority
    assert "kafka.example.id:9094" in (tmp_path / "for/kafka/config/server.properties").read_text()


_OFFSITE = {"OFFSITE_REPOSITORY": "s3:https://s3.example.id/copies/lumajang", "OFFSITE_S3_ACCESS_KEY": "AK"}


def test_the_key_of_copies_is_made_with_their_place_and_goes_to_who_sends_them_alone(tmp_path: Path) -> None:
    ensure(tmp_path, {})
    assert not (tmp_path / "keep/offsite_key").exists()
    assert list((tmp_path / "for/offsite").iterdir()) == []
    (tmp_path / "keep/offsite_s3_secret_key").write_text("from the store\n")
    assert "offsite_key" in ensure(tmp_path, _OFFSITE)
    key = (tmp_path / "keep/offsite_key").read_text()
    given = {file.name: file.read_text() for file in (tmp_path / "for/offsite").iterdir()}
    assert given == {"key": key, "s3_secret_key": "from the store"}
    assert {file.stat().st_uid for file in (tmp_path / "for/offsite").iterdir()} == {owners.POSTGRES}
    assert [str(file) for file in (tmp_path / "for").rglob("*") if file.is_file() and key in file.read_text()] == [
        str(tmp_path / "for/offsite/key")
    ]
    assert ensure(tmp_path, _OFFSITE) == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            {**_OFFSITE, "OFFSITE_REPOSITORY": "/mnt/usb"},
            "OFFSITE_REPOSITORY is s3:https://HOST/BUCKET/FOLDER: /mnt/usb",
        ),
        ({**_OFFSITE, "OFFSITE_REPOSITORY": "s3:https://s3.example.id"}, "is s3:https://HOST/BUCKET/FOLDER"),
        ({**_OFFSITE, "OFFSITE_S3_ACCESS_KEY": ""}, "wants OFFSITE_S3_ACCESS_KEY"),
        (_OFFSITE, "its secret in keep/offsite_s3_secret_key"),
    ],
)
def test_a_place_of_copies_that_is_not_whole_is_refused_by_name(
    tmp_path: Path, told: dict[str, str], said: str
) -> None:
    ensure(tmp_path, {})
    if told is not _OFFSITE:
        (tmp_path / "keep/offsite_s3_secret_key").write_text("from the store")
    with pytest.raises(Wrong, match=said):
        ensure(tmp_path, told)
