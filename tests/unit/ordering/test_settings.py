"""What ordering's api is told: keys that cannot be used are named, not traced."""

from __future__ import annotations

import orjson
import pytest

from services.kit.process.settings import SettingsError, load
from services.ordering.settings import OrderingApi
from tests.worlds.ordering import KEYS

ENV = {"PORT": "0", "DATABASE_URL": "postgresql://x", "JWT_ISSUER": "http://x", "JWKS_URL": "https://x/jwks"}


@pytest.mark.parametrize("text", ["x", "{}", '{"keys": []}', '{"keys": [{"kty": "RSA"}]}'])
def test_keys_that_cannot_be_used_are_named(text: str) -> None:
    with pytest.raises(SettingsError, match="QUOTE_JWKS"):
        load(OrderingApi, {**ENV, "QUOTE_JWKS": text}).quote_keys()


def test_missing_keys_are_named() -> None:
    with pytest.raises(SettingsError, match="QUOTE_JWKS is missing"):
        load(OrderingApi, ENV)


def test_good_keys_are_taken() -> None:
    text = orjson.dumps(KEYS.as_dict(private=False)).decode()
    assert len(load(OrderingApi, {**ENV, "QUOTE_JWKS": text}).quote_keys().keys) == 1
