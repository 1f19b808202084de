"""Signed statements: believed only from a trusted key, for the purpose they were made for."""

import orjson
import pytest
from joserfc.jwk import KeySet, OKPKey, RSAKey

from services.kit import jws

_KEY = OKPKey.generate_key("Ed25519", {"kid": "2026-01"})
PRIVATE = orjson.dumps(_KEY.as_dict(private=True)).decode()
PUBLIC = orjson.dumps(KeySet([_KEY]).as_dict(private=False)).decode()


def test_a_statement_is_read_back_as_it_was_signed() -> None:
    token = jws.sign({"fee": 9000, "jti": "quo_1"}, jws.signing_key(PRIVATE), kind="quote")
    assert token.count(".") == 2
    assert jws.verify(token, jws.trusted_keys(PUBLIC), kind="quote") == {"fee": 9000, "jti": "quo_1"}


def test_a_key_file_may_name_its_algorithm_in_the_old_way() -> None:
    old = OKPKey.generate_key("Ed25519", {"kid": "old", "alg": "EdDSA", "use": "sig"})
    private = orjson.dumps(old.as_dict(private=True)).decode()
    public = orjson.dumps(KeySet([old]).as_dict(private=False)).decode()
    token = jws.sign({"fee": 1}, jws.signing_key(private), kind="quote")
    assert jws.verify(token, jws.trusted_keys(public), kind="quote") == {"fee": 1}


def test_altered_foreign_and_misused_statements_are_invalid() -> None:
    keys = jws.trusted_keys(PUBLIC)
    good = jws.sign({"fee": 9000}, _KEY, kind="quote")
    head, payload, signature = good.split(".")
    cheaper = jws.sign({"fee": 1}, _KEY, kind="quote").split(".")[1]
    stranger = jws.sign({"fee": 1}, OKPKey.generate_key("Ed25519", {"kid": "2026-01"}), kind="quote")
    unknown = jws.sign({"fee": 1}, OKPKey.generate_key("Ed25519", {"kid": "2025-01"}), kind="quote")
    for token in (
        f"{head}.{cheaper}.{signature}",
        f"{head}.{payload}.{signature[:-4]}AAAA",
        f"{head}.{payload}.",
        stranger,
        unknown,
        jws.sign({"fee": 9000}, _KEY, kind="receipt"),
        "",
        "a.b.c",
        f"WyJhbGciXQ.{payload}.{signature}",
        "é",
        good + "x" * 10_000,
    ):
        with pytest.raises(jws.InvalidStatement):
            jws.verify(token, keys, kind="quote")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": []}', '{"keys": [{"kty": "OKP", "crv": "Ed25519"}]}'])
def test_keys_that_are_no_keys_fail_when_they_are_read(text: str) -> None:
    with pytest.raises(ValueError):
        jws.trusted_keys(text)


def test_a_signing_key_must_be_private_and_of_the_right_kind() -> None:
    with pytest.raises(ValueError, match="not private"):
        jws.signing_key(orjson.dumps(_KEY.as_dict(private=False)).decode())
    with pytest.raises(ValueError, match="not an Ed25519 JWK with a kid"):
        jws.signing_key(orjson.dumps(RSAKey.generate_key(2048).as_dict(private=True)).decode())
