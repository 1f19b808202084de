"""What delivery's processes are told by their environment."""

from __future__ import annotations

from typing import Annotated

import msgspec
from joserfc.jwk import KeySet, OKPKey

from services.delivery.domain.dispatch import Policy
from services.delivery.domain.pins import Pins
from services.kit import jws
from services.kit.process.settings import ApiSettings, Mode, Secret, SettingsError, WorkerSettings

Count = Annotated[int, msgspec.Meta(ge=1, le=100)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=86_400)]


def _pins(mode: Mode, key: Secret | None) -> Pins:
    if key is None and mode is Mode.PRODUCTION:
        raise SettingsError("HANDOVER_PIN_KEY is missing (in production mode)")
    return Pins(key)


class DeliveryApi(ApiSettings, frozen=True, kw_only=True):
    """`quote_signing_key`: a private Ed25519 JWK. `handover_pin_key`: the secret that PINs are derived from. It and how riders are sought
    are the worker's too: partners' replies take effect in both."""

    quote_signing_key: Secret
    handover_pin_key: Secret | None = None
    offer_seconds: Seconds = 30
    offers_at_once: Count = 1
    offer_rounds: Count = 3
    assign_within_seconds: Seconds = 600
    report_after_silent_seconds: Seconds = 600

    def policy(self) -> Policy:
        return _policy(self)

    def pins(self) -> Pins:
        """Raises SettingsError."""
        return _pins(self.mode, self.handover_pin_key)

    def signing_key(self) -> OKPKey:
        """Raises SettingsError."""
        try:
            return jws.signing_key(self.quote_signing_key.reveal())
        except ValueError as error:
            raise SettingsError(f"QUOTE_SIGNING_KEY is malformed: {error}") from error


class DeliveryWorker(WorkerSettings, frozen=True, kw_only=True):
    """`quote_jwks`: the public keys of quotes, the withdrawn ones too as long as an order may carry their quotes."""

    quote_jwks: Secret
    handover_pin_key: Secret | None = None
    offer_seconds: Seconds = 30
    offers_at_once: Count = 1
    offer_rounds: Count = 3
    assign_within_seconds: Seconds = 600
    report_after_silent_seconds: Seconds = 600

    def policy(self) -> Policy:
        return _policy(self)

    def pins(self) -> Pins:
        """Raises SettingsError."""
        return _pins(self.mode, self.handover_pin_key)

    def quote_keys(self) -> KeySet:
        """Raises SettingsError."""
        try:
            return jws.trusted_keys(self.quote_jwks.reveal())
        except ValueError as error:
            raise SettingsError(f"QUOTE_JWKS is malformed: {error}") from error


def _policy(settings: DeliveryApi | DeliveryWorker) -> Policy:
    return Policy(
        offer_s=settings.offer_seconds,
        at_once=settings.offers_at_once,
        rounds=settings.offer_rounds,
        assign_within_s=settings.assign_within_seconds,
        silent_s=settings.report_after_silent_seconds,
    )
