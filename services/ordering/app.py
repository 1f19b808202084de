"""Wiring of ordering's processes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from joserfc.jwk import KeySet
from starlette.routing import BaseRoute

from services.kit import jws
from services.kit.checks import rule
from services.kit.graphql.app import graphql_routes
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit
from services.kit.photos import receiving
from services.kit.photos.made import Place
from services.kit.photos.settings import MediaSettings, PhotoSettings, check, place
from services.kit.process import audit
from services.kit.process.service import Api, Hears, Service
from services.kit.process.settings import ApiSettings, Secret, SettingsError, WorkerSettings
from services.ordering import by_hand, gauges, hears, housekeeping, partner_api, photos_of_claims, seed
from services.ordering.commands import claim_photos, claims, packing, process, tickets
from services.ordering.domain import claim, ticket
from services.ordering.domain.guests import OPENED_AT_ONCE, OPENED_PER_SECOND
from services.ordering.domain.load import Policy
from services.ordering.domain.packing import QUESTION_DEADLINE
from services.ordering.domain.payment import Taker
from services.ordering.domain.process import Timer
from services.ordering.partner_cash import PartnerCash
from services.ordering.payments import notices, working
from services.ordering.payments.profile import read
from services.ordering.schema import SCHEMA
from services.ordering.schema.context import VOUCHER_TRIES, VOUCHER_TRIES_PER_SECOND, Context
from services.ordering.store import audit as stored

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


def routes(api: Api) -> Sequence[BaseRoute]:
    config: OrderingApi = api.settings
    quote_keys = config.quote_keys()
    policy = config.policy()
    providers = read(config.qris_providers)
    taker = Taker(providers[0].name, providers[0].max_rupiah) if providers else None
    place_limit = RateLimit(burst=config.place_order_burst, per_second=config.place_order_per_second)
    open_limit = RateLimit(burst=OPENED_AT_ONCE, per_second=OPENED_PER_SECOND)
    photos = config.photos()
    voucher_limit = RateLimit(burst=VOUCHER_TRIES, per_second=VOUCHER_TRIES_PER_SECOND)

    def context(identity: Identity) -> Context:
        return Context(
            identity,
            db=api.db,
            live=api.live,
            quote_keys=quote_keys,
            place_limit=place_limit,
            policy=policy,
            open_limit=open_limit,
            tests_only=config.mode.deliveries_are_tests,
            voucher_limit=voucher_limit,
            taker=taker,
            photos=photos,
        )

    return [
        *graphql_routes(SCHEMA, verifier=api.verifier, context=context),
        *partner_api.routes(api.db, api.verifier),
        *PartnerCash(api.db, api.verifier, tests_only=config.mode.deliveries_are_tests).routes(),
        *notices.routes(api.db, providers),
        *(photos_of_claims.routes(api.db, photos) if photos is not None else ()),
    ]


SERVICE = Service(
    name="ordering",
    migrations=Path(__file__).parent / "migrations",
    routes=routes,
    one_plan=True,
    hears=[
        Hears("ordering", hears.HANDLERS),
    ],
    timers={
        Timer.STOCK_DEADLINE: process.stock_deadline,
        Timer.ACCEPT_DEADLINE: process.accept_deadline,
        Timer.BUYER_DEADLINE: process.buyer_deadline,
        Timer.PAYMENT_DEADLINE: process.payment_deadline,
        Timer.DELIVERY_DUE: process.delivery_due,
        Timer.FETCH_DEADLINE: process.fetch_deadline,
        Timer.DELIVERY_DEADLINE: process.delivery_deadline,
        QUESTION_DEADLINE: packing.question_deadline,
        claim.DUE: claims.due,
        claim_photos.GOES: claim_photos.go,
        ticket.DUE: tickets.due,
    },
    loops={
        "watch": gauges.watch,
        "erase": housekeeping.erase,
        "slots": housekeeping.slots,
        "carts": housekeeping.carts,
        "photos": photos_of_claims.sweep,
        "payments": working.run,
        "payments_late": working.watch,
    },
    by_hand={
        "attention": by_hand.attention,
        "books": by_hand.books,
        "photos": photos_of_claims.by_hand,
        "audit": audit.by_hand("ordering", stored.entries),
    },
    seed=seed.seed,
    api_settings=OrderingApi,
    worker_settings=OrderingWorker,
    long_bodies={"/claims/photos/upload/": receiving.WITHIN_S},
)
