"""Settings that do not fit end a process with a message that names the key and shows no secret."""

from __future__ import annotations

import json

import pytest

from services.contracts.delivery import DeliveryId
from services.delivery import hears
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.pins import Pins
from services.delivery.settings import DeliveryApi, DeliveryWorker
from services.kit.process.settings import SettingsError, load
from services.kit.secret import Secret
from tests.worlds.delivery import a_key

WORKER = {
    "PORT": "0",
    "DATABASE_URL": "postgresql://delivery@127.0.0.1/delivery",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "QUOTE_JWKS": json.dumps({"keys": [a_key().as_dict(private=False)]}),
    "HANDOVER_PIN_KEY": "a secret",
}
API = {
    "PORT": "0",
    "DATABASE_URL": "postgresql://delivery@127.0.0.1/delivery",
    "JWT_ISSUER": "http://issuer",
    "JWKS_URL": "https://issuer/jwks",
    "QUOTE_SIGNING_KEY": json.dumps(a_key().as_dict(private=True)),
    "HANDOVER_PIN_KEY": "a secret",
}


def test_a_worker_hears_merchants_orders_and_persons_by_the_policy_of_its_environment() -> None:
    settings = load(DeliveryWorker, {**WORKER, "OFFER_SECONDS": "45", "OFFERS_AT_ONCE": "2"})
    assert settings.trips.policy() == Policy(offer_s=45, at_once=2)
    assert hears.HANDLERS.topics() == ["catalog.merchants", "ordering.orders", "people.exports", "people.persons"]
    assert sorted(hears.timers(settings)) == [
        "delivery.dispatch",
        "delivery.hazard",
        "delivery.offer",
        "delivery.proof_goes",
        "delivery.rehearsal",
        "delivery.rehearsal_over",
        "delivery.search_long",
        "delivery.silent",
        "delivery.time_up",
    ]


@pytest.mark.parametrize(
    "jwks", ["{}", "[]", "no json", json.dumps({"keys": [{"kty": "RSA"}]}), json.dumps({"keys": []})]
)
def test_quote_keys_that_are_none_are_named(jwks: str) -> None:
    with pytest.raises(SettingsError, match="QUOTE_JWKS") as refused:
        hears.given(load(DeliveryWorker, {**WORKER, "QUOTE_JWKS": jwks}))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("key", ["{}", "no json", json.dumps(a_key().as_dict(private=False))])
def test_a_signing_key_that_cannot_sign_is_named(key: str) -> None:
    with pytest.raises(SettingsError, match="QUOTE_SIGNING_KEY"):
        load(DeliveryApi, {**API, "QUOTE_SIGNING_KEY": key}).signing_key()


def the_pins(settings: DeliveryApi | DeliveryWorker) -> Pins:
    return settings.trips.rules(settings.mode).pins


def test_in_production_there_is_a_key_for_pins_and_elsewhere_none_is_needed() -> None:
    without = {name: value for name, value in WORKER.items() if name != "HANDOVER_PIN_KEY"}
    with pytest.raises(SettingsError, match="HANDOVER_PIN_KEY"):
        hears.given(load(DeliveryWorker, without))
    for mode in ("local", "test", "sandbox"):
        pins = the_pins(load(DeliveryWorker, {**without, "WLIJO_MODE": mode}))
        assert pins.of(DeliveryId.new(), test=True) == "000000"
        with pytest.raises(ValueError, match="key"):
            pins.of(DeliveryId.new(), test=False)


def test_api_and_worker_know_the_same_pin_and_another_key_gives_another() -> None:
    job = DeliveryId.seeded("a job")
    shown = the_pins(load(DeliveryApi, API)).of(job, test=False)
    assert the_pins(load(DeliveryWorker, WORKER)).fits(job, test=False, shown=shown)
    assert not Pins(Secret("another")).fits(job, test=False, shown=shown)
    for wrong in ("", "000000", shown + "0", shown[:5], "１２３４５６"):
        assert not the_pins(load(DeliveryWorker, WORKER)).fits(job, test=False, shown=wrong)
