"""Delivery: partners, their people and riders, tariffs and quotes, trips, offers and their dispatch, positions, the partner contract.

Hears of merchants, of orders placed, confirmed, packed and cancelled, of what partners reply, and of persons who want a copy of what is
kept about them or are forgotten. Tells the facts of trips, what companies and riders are, and each partner what concerns it.

    domain/     trip (the machine), offer, policy (by which rules), dispatch (who is asked), board (what is known of companies and riders
                near), insertion (a job more on a rider's way), searching (what a person may do), quote, tariff (dated rules and their
                lines), rate (companies' own), roads, places, zone (which holds), boundary (GeoJSON), pins, reply, job, partner (what
                ops may set), company (its way, and what it declares), crew (who is of it, and its riders), rehearsal (test jobs
                and their scripts), verdict (whether one went well), caller
    commands/   quoting; zones, hazards (felt by trips under way), fares (rules, and a fare reckoned again), rates; orders, search,
                offers, reports, cancelling and trips (a trip from its order to its end); replies (what partners say, one path for
                all channels), speaking (a person's reply for a company); rehearsals (test jobs), telling (the one door of facts);
                positions; partners (apply, are decided on, pause, leave), crews (its people come and go), riders
    store/      trips, offers, answers, positions, zones, fares, rates, partners and companies, crews, riders, merchants, pricing, feed;
                reading and reading_crews are what the graph shows, personal what is kept about whom
    schema/     types, queries, mutations (company, crew, job, zones, tariffs), subscriptions, problems, loaders, context
    hears       events and timers, and the command of each
    partner_lanes, partner_topics, partner_api, partner_feed, partner_webhooks    the partner contract on Kafka, company by company, over
                HTTP, and posted to companies' endpoints (domain/webhook, commands/webhooks); what is read there (docs/partners.md)
    couriers/   a courier from outside, asked last: the program of its company (domain/courier, commands/couriers)
    road_service    Valhalla, where it is configured
    settings, app, seed
"""
