"""Catalog: merchants and their hours, products, variants and prices, stock and its timed reservations.

Hears of orders placed, confirmed and cancelled, of trips that fetched their goods or never will, and of persons who want a copy of what is
kept about them or are forgotten. Tells what merchants and products are now, what became of a reservation, and that a wlijo set out, came
home, or is near to who asked.

domain/     reservation (the machine of a hold, and where its goods are), stock, product and merchant (their states), listing (what is
            sold and shown), caller, region
            finding (a search's words and counts), synonyms (what people say for goods)
            licence, licence_number, halal, usual_needs (what merchants and goods are licensed by, and what kinds of goods need)
            application (what who would sell declares, and its class by law), membership (who is of a merchant), trading (its week and
            closures), offering (what it puts up for sale), details (what is said beside), tree (categories, attributes,
            commodities), weighing (what a piece comes to that is weighed later)
commands/   reservations (for orders), goods (what merchants and operators change), merchants (apply, are decided on, open,
            close), members (come and go), correcting, trading, offering, synonyms, licences (submitted, decided on, over), needs
            (what goods need, and what lacks it)
store/      stock, goods (changed and told), merchants (on their way), members, trading, offering, licences, needs,
            reading_licences, reading_merchants and reading (what the graph shows), finding (what a search looks in), prices (what
            was asked before), synonyms, audit (what staff were shown), personal (what is kept about whom), seeding
schema/     the catalog's part of the graph, and `node(id:)` for the whole of it
by_hand.py  usual: the units, kinds of goods with what they need, and synonyms that a market begins with
hears.py    orders, trips → reservations
app.py      wiring
"""
