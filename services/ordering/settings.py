"""What ordering's processes are told by their environment."""

from __future__ import annotations

from typing import Annotated

import msgspec
from joserfc.jwk import KeySet

from services.kit import jws
from services.kit.checks import rule
from services.kit.photos.made import Place
from services.kit.photos.settings import MediaSettings, PhotoSettings, check, place
from services.kit.process.settings import ApiSettings, Secret, SettingsError, WorkerSettings
from services.ordering.domain.load import Policy
from services.ordering.payments.profile import read

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
_POLICY = Policy()


class OrderingApi(ApiSettings, frozen=True, kw_only=True):
    """`quote_jwks` holds the public keys of delivery's quotes. `place_order_*` is the bucket of one buyer, `open_orders_*` and
    `orders_per_day` what a buyer may have standing: `domain.load.Policy` says why. `qris_providers` are `payments.profile`'s; without them
    nobody pays by code."""

    quote_jwks: Secret
    place_order_burst: Count = 20
    place_order_per_second: Annotated[float, msgspec.Meta(gt=0)] = 1.0

    open_orders_per_buyer: Count = _POLICY.open_orders
    open_orders_per_product: Count = _POLICY.of_product
    orders_per_day: Count = _POLICY.a_day
    qris_providers: Secret | None = None

    media: MediaSettings = MediaSettings()
    sent: PhotoSettings = PhotoSettings()

    @rule
    def photos_have_a_key(self) -> None:
        check(self.media, self.sent)

    @rule
    def quotes_can_be_verified(self) -> None:
        self.quote_keys()

    @rule
    def providers_are_known(self) -> None:
        read(self.qris_providers)

    def photos(self) -> Place | None:
        """None where nobody can send one. Raises SettingsError."""
        return place("/claims/photos", self.media, self.sent, scope="claims")

    def policy(self) -> Policy:
        return Policy(self.open_orders_per_buyer, self.open_orders_per_product, self.orders_per_day)

    def quote_keys(self) -> KeySet:
        """Raises SettingsError."""
        try:
            return jws.trusted_keys(self.quote_jwks.reveal())
        except ValueError as error:
            raise SettingsError(f"QUOTE_JWKS is malformed: {error}") from error


class OrderingWorker(WorkerSettings, frozen=True, kw_only=True):
    """`qris_providers` as the api's: here they are asked."""

    qris_providers: Secret | None = None
    media: MediaSettings = MediaSettings()

    @rule
    def providers_are_known(self) -> None:
        read(self.qris_providers)
