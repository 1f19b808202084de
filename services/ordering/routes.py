"""What ordering's api answers. Imported by it alone: the graph and what reads tokens take as much memory as all of a worker's own."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from services.kit.graphql.app import graphql_routes
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit
from services.kit.process.service import Api
from services.ordering import partner_api, photos_of_claims
from services.ordering.domain.guests import OPENED_AT_ONCE, OPENED_PER_SECOND
from services.ordering.domain.payment import Taker
from services.ordering.partner_cash import PartnerCash
from services.ordering.payments import notices
from services.ordering.payments.profile import read
from services.ordering.schema import SCHEMA
from services.ordering.schema.context import VOUCHER_TRIES, VOUCHER_TRIES_PER_SECOND, Context
from services.ordering.settings import OrderingApi


def routes_of(api: Api) -> Sequence[BaseRoute]:
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
