"""What delivery's processes are told by their environment."""

from __future__ import annotations

from typing import Annotated

import msgspec
from joserfc.jwk import KeySet, OKPKey

from services.delivery.commands.budget import KeptOfNoEffect
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.pins import Pins
from services.delivery.domain.reply import Rules
from services.kit import jws
from services.kit.process.settings import ApiSettings, Mode, SettingsError, WorkerSettings
from services.kit.secret import Secret

Count = Annotated[int, msgspec.Meta(ge=1, le=100)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class TripSettings(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """How riders are sought, and `handover_pin_key`, the secret that PINs are derived from: both processes', for partners' replies take
    effect in both."""

    handover_pin_key: Secret | None = None
    offer_seconds: Seconds = 30
    offers_at_once: Count = 1
    offer_rounds: Count = 4
    offer_pause_seconds: Seconds = 60
    assign_within_seconds: Seconds = 600
    report_after_silent_seconds: Seconds = 600

    def policy(self) -> Policy:
        return Policy(
            offer_s=self.offer_seconds,
            at_once=self.offers_at_once,
            rounds=self.offer_rounds,
            pause_s=self.offer_pause_seconds,
            assign_within_s=self.assign_within_seconds,
            silent_s=self.report_after_silent_seconds,
        )

    def rules(self, mode: Mode) -> Rules:
        """Raises SettingsError."""
        if self.handover_pin_key is None and mode is Mode.PRODUCTION:
            raise SettingsError("HANDOVER_PIN_KEY is missing (in production mode)")
        return Rules(self.policy(), Pins(self.handover_pin_key), KeptOfNoEffect())


class DeliveryApi(ApiSettings, frozen=True, kw_only=True):
    """`quote_signing_key`: a private Ed25519 JWK."""

    trips: TripSettings
    quote_signing_key: Secret

    def signing_key(self) -> OKPKey:
        """Raises SettingsError."""
        try:
            return jws.signing_key(self.quote_signing_key.reveal())
        except ValueError as error:
            raise SettingsError(f"QUOTE_SIGNING_KEY is malformed: {error}") from error


class DeliveryWorker(WorkerSettings, frozen=True, kw_only=True):
    """`quote_jwks`: the public keys of quotes, the withdrawn ones too as long as an order may carry their quotes."""

    trips: TripSettings
    quote_jwks: Secret

    def quote_keys(self) -> KeySet:
        """Raises SettingsError."""
        try:
            return jws.trusted_keys(self.quote_jwks.reveal())
        except ValueError as error:
            raise SettingsError(f"QUOTE_JWKS is malformed: {error}") from error
