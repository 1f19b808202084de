"""Delivery: partners, their people and riders, tariffs and quotes, trips, offers and their dispatch, positions, the partner contract.

Hears of merchants, of orders placed, confirmed, packed and cancelled, of what partners reply, and of persons who want a copy of what is
kept about them or are forgotten. Tells the facts of trips, what companies and riders are, and each partner what concerns it.

    domain/     trip (the machine), offer, dispatch (who is asked), quote, tariff, roads, places, pins, reply, job, partner (what ops may
                set), company (its way, and what it declares), crew (who is of it, and its riders), caller
    commands/   quoting; orders, search, offers, reports and trips (a trip from its order to its end); replies (what partners say, one
                path for all channels), speaking (a person's reply for a company); positions; partners (apply, are decided on, pause,
                leave), crews (its people come and go), riders
    store/      trips, offers, answers, positions, partners and companies, crews, riders, merchants, pricing, feed; reading and
                reading_crews are what the graph shows, personal what is kept about whom
    schema/     types, queries, mutations (company, crew, job), subscriptions, problems, loaders, context
    hears       events and timers, and the command of each
    partner_lanes, partner_topics, partner_api, partner_feed    the partner contract on Kafka, company by company, and over HTTP; what is
                read there (docs/partners.md)
    settings, app, seed
"""
