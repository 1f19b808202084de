"""Delivery: partners and riders, tariffs and signed quotes, trips, offers and their dispatch, positions, the partner contract.

Hears of merchants, of orders placed, confirmed, packed and cancelled, of what partners reply, and of persons who want a copy of what is
kept about them or are forgotten. Tells the facts of trips, and each partner what concerns it.

    domain/     trip (the machine), offer, dispatch (who is asked), quote, tariff, roads, places, pins, reply, job, partner
    commands/   quoting; orders, search, offers, reports and trips (a trip from its order to its end); replies (what partners say, one
                path for both channels); positions, partners
    store/      trips, offers, answers, positions, partners, merchants, riders, pricing, feed; reading is what the graph shows,
                personal what is kept about whom
    schema/     types, queries, mutations, subscriptions, problems, loaders, context
    hears       events and timers, and the command of each
    partner_lanes, partner_topics, partner_api, partner_feed    the partner contract on Kafka, company by company, and over HTTP; what is
                read there (docs/partners.md)
    settings, app, seed
"""
