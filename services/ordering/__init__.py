"""Ordering: buyers and their contacts, carts, promotions, orders and seller orders, payments, the ledger, and the order's process manager.

Hears what merchants and products are, what became of reservations and of trips, who is forgotten, who wants a copy of what is kept. Tells
the facts of orders and payments.

domain/     process (the table of an order's life), order (what its actions do), seller_order and payment (their machines),
            order_line, question and packing (what is packed of what was ordered, and what the buyer is asked), placing, cart,
            wishes (notes, and what to do when short), guests, offer, quote, contact, refusal
            kasbon (a buyer's credit with one seller), buying_on_kasbon
            ledger, books (accounts, cash that goes on), statement, reconciling, withholding
            attempt (a code to pay by), refund, mdr
            promotion (what is taken off), used (what of it stays), programme (what one may be), commission
            claimable and claim (after the delivery), ticket, review, history (who and why)
commands/   placing, process (inputs and deadlines), selling, packing, questions, carts, guests, reordering, buyers, contacts,
            erasing, cash, kasbons, payments, refunds, payouts, promotions, commission, claims, tickets, reviews
store/      placing, offering (what is for sale to a cart), orders, carts, guests, buyers, contacts, erasing, jobs, projections of the
            catalog, reading and reading_… (what the graph shows), personal (what is kept about whom)
payments/   providers of QRIS codes: the port, SNAP, its profiles, the code's text, notifications, and the worker that asks
schema/     ordering's part of the graph
hears.py    catalog and delivery → the process; gauges.py: orders that wait, or want a person; housekeeping.py: what waited for an order,
            and what is old
partner_api.py   the contact of a job, for the company that has it; partner_cash.py: a company's cash, for its machine
routes.py   what the api answers; imported by it alone
app.py      wiring
"""
