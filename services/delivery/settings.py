"""What delivery's processes are told by their environment."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from joserfc.jwk import KeySet, OKPKey

from services.delivery.commands.budget import KeptOfNoEffect
from services.delivery.couriers.profile import Profile, read
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.pins import Pins
from services.delivery.domain.reply import Rules
from services.kit import jws
from services.kit.checks import Checked, rule
from services.kit.photos.made import Place
from services.kit.photos.settings import MediaSettings, PhotoSettings, check, place
from services.kit.process.settings import ApiSettings, Mode, SettingsError, Switch, WorkerSettings
from services.kit.secret import Secret

Count = Annotated[int, msgspec.Meta(ge=1, le=100)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=86_400)]
PROOFS_PATH: Final = "/trips/proofs"


class TripSettings(Checked, frozen=True, kw_only=True, rename="upper"):
    """How riders are sought, and `handover_pin_key`, the secret that PINs are derived from: both processes', for partners' replies take
    effect in both. `courier_profile` is `couriers.profile`'s; without it nobody from outside is asked."""

    handover_pin_key: Secret | None = None
    offer_seconds: Seconds = 30
    offers_at_once: Count = 1
    offer_rounds: Count = 4
    offer_pause_seconds: Seconds = 60
    assign_within_seconds: Seconds = 600
    report_after_silent_seconds: Seconds = 600
    outside_after_seconds: Seconds = 120
    courier_profile: Secret | None = None

    @rule
    def the_courier_is_known(self) -> None:
        self.courier()

    def policy(self) -> Policy:
        return Policy(
            offer_s=self.offer_seconds,
            at_once=self.offers_at_once,
            rounds=self.offer_rounds,
            pause_s=self.offer_pause_seconds,
            assign_within_s=self.assign_within_seconds,
            silent_s=self.report_after_silent_seconds,
            outside_after_s=self.outside_after_seconds,
        )

    def courier(self) -> Profile | None:
        """Raises SettingsError."""
        return read(self.courier_profile)

    def rules(self, mode: Mode) -> Rules:
        """Raises SettingsError."""
        if self.handover_pin_key is None and mode is Mode.PRODUCTION:
            raise SettingsError("HANDOVER_PIN_KEY is missing (in production mode)")
        return Rules(self.policy(), Pins(self.handover_pin_key), KeptOfNoEffect())


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """`webhooks_near` lets companies' endpoints be on this machine, by http too: for tests and developers, in local and test mode alone."""

    webhooks_near: Switch = Switch.OFF

    def near(self, mode: Mode) -> bool:
        """Raises SettingsError."""
        if self.webhooks_near and not mode.clock_can_move:
            raise SettingsError("WEBHOOKS_NEAR is for local and test mode alone")
        return bool(self.webhooks_near)


class DeliveryApi(ApiSettings, frozen=True, kw_only=True):
    """`quote_signing_key`: a private Ed25519 JWK. `valhalla_url`: where a road service answers; without it distances are estimates."""

    trips: TripSettings
    webhooks: WebhookSettings
    quote_signing_key: Secret
    media: MediaSettings = MediaSettings()
    sent: PhotoSettings = PhotoSettings()
    valhalla_url: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s]+)?$")] = ""

    @rule
    def photos_have_a_key(self) -> None:
        check(self.media, self.sent)

    @rule
    def pins_have_a_key(self) -> None:
        self.trips.rules(self.mode)

    @rule
    def endpoints_are_outside(self) -> None:
        self.webhooks.near(self.mode)

    @rule
    def quotes_can_be_signed(self) -> None:
        self.signing_key()

    def photos(self) -> Place | None:
        """None where nobody can send one. Raises SettingsError."""
        return place(PROOFS_PATH, self.media, self.sent, scope="trips")

    def signing_key(self) -> OKPKey:
        """Raises SettingsError."""
        try:
            return jws.signing_key(self.quote_signing_key.reveal())
        except ValueError as error:
            raise SettingsError(f"QUOTE_SIGNING_KEY is malformed: {error}") from error


class DeliveryWorker(WorkerSettings, frozen=True, kw_only=True):
    """`quote_jwks`: the public keys of quotes, the withdrawn ones too as long as an order may carry their quotes."""

    trips: TripSettings
    webhooks: WebhookSettings
    quote_jwks: Secret
    media: MediaSettings = MediaSettings()

    @rule
    def pins_have_a_key(self) -> None:
        self.trips.rules(self.mode)

    @rule
    def endpoints_are_outside(self) -> None:
        self.near_webhooks()

    @rule
    def quotes_can_be_verified(self) -> None:
        self.quote_keys()

    def near_webhooks(self) -> bool:
        """Raises SettingsError."""
        return self.webhooks.near(self.mode)

    def quote_keys(self) -> KeySet:
        """Raises SettingsError."""
        try:
            return jws.trusted_keys(self.quote_jwks.reveal())
        except ValueError as error:
            raise SettingsError(f"QUOTE_JWKS is malformed: {error}") from error
