"""Catalog: merchants and their hours, products, variants and prices, stock and its timed reservations.

Hears of orders placed, confirmed and cancelled, of trips that fetched their goods or never will, and of persons who want a copy of what is
kept about them or are forgotten. Tells what merchants and products are now, what became of a reservation, and that a wlijo set out, came
home, or is near to who asked.

domain/     reservation (the machine of a hold, and where its goods are), stock, stocking and stock_places (how stock is kept, and
            where), product and merchant (their states), listing (what is sold and shown), caller, region
            finding (a search's words and counts), synonyms (what people say for goods)
            licence, licence_number, halal, usual_needs (what merchants and goods are licensed by, and what kinds of goods need)
            application (what who would sell declares, and its class by law), membership (who is of a merchant), trading (its week and
            closures), offering (what it puts up for sale), details (what is said beside), tree (categories, attributes,
            commodities), weighing (what a piece comes to that is weighed later), photo, rounds (what a wlijo plans, who passes where)
            sheet (a CSV file, however it was written), bulk and bulk_out (its columns and cells, in and out), templates (usual goods)
commands/   reservations (for orders), goods (what merchants and operators change), merchants (apply, are decided on, open,
            close), members (come and go), the others by what they change; bulk_piece, bulk_goods, bulk_stock: a file, piece by piece
store/      its SQL, by the same names; reading, reading_merchants, reading_licences and reading_stock are what the graph shows,
            finding, suggesting, shelves, comparing and passing what is looked for, product_history and audit who changed and saw what,
            personal and personal_selling what is kept about whom, seeding the seed, tidying what goes by itself
schema/     the catalog's part of the graph, and `node(id:)` for the whole of it
media/      photos: what is sent is judged and made anew in a process of its own, and kept in a folder or an S3 store
bulk_api.py, importing.py     files of goods come and go beside the graph; the worker's loop over them
by_hand.py  usual: the units, kinds of goods with what they need, commodities, synonyms and usual_goods.py that a market begins with
hears.py    orders, trips → reservations
routes.py   what the api answers; imported by it alone
app.py      wiring
"""
