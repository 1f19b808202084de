"""What bounds each table of ordering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.kit.database.kept import BACKBONE, HISTORY, Kept, for_days, for_ever, of_things, until_done

_ORDER = "the order itself, for its buyer, its seller and their claims"
_BOOKS = "the books: the law asks for them for ten years, and a balance is the sum of all"
_TALKED = "what two people settled between them, with its words"

KEPT: Final[Mapping[str, Kept]] = {
    **BACKBONE,
    # What an order leaves.
    "orders": for_ever(_ORDER),
    "seller_order": for_ever(_ORDER),
    "order_line": for_ever("what was sold, as it was named and priced then"),
    "order_history": for_ever("when it came to what, by whom and why: a claim is judged by it"),
    "payment": for_ever(_BOOKS),
    "ledger": for_ever(_BOOKS),
    "job": for_ever("who carried it: a review, a claim and a ticket are about them"),
    "contact_read": for_ever("who was shown where somebody lives: their copy says so, and an officer may ask"),
    # What some orders leave.
    "order_question": for_ever(_TALKED),
    "order_mark_settled": for_ever("what operators did about an order"),
    "payment_attempt": for_ever(_BOOKS),
    "payment_event": for_ever(_BOOKS),
    "refund": for_ever(_BOOKS),
    "promotion_use": for_ever(_BOOKS),
    "promotion_part": for_ever(_BOOKS),
    "claim": for_ever(_TALKED),
    "claim_history": for_ever(_TALKED),
    "claim_photo": until_done("services.ordering.store.claim_photos.drop", "until its time is over"),
    "claim_photo_gone": until_done("services.ordering.store.claim_photos.gone", "until the file is removed"),
    "ticket": for_ever(_TALKED),
    "ticket_entry": for_ever(_TALKED),
    "review": for_ever("what buyers say, as long as the goods are shown"),
    "review_history": for_ever("what buyers say, as long as the goods are shown"),
    "kasbon": for_ever(_BOOKS),
    "kasbon_entry": for_ever(_BOOKS),
    "cash_handover": for_ever(_BOOKS),
    "payout": for_ever(_BOOKS),
    # Sums.
    "account_balance": of_things("an account, in slices"),
    "order_day": of_things("a day: the last number of its orders"),
    "handover_slot": for_days(14, "services.ordering.store.handovers.drop_old", "after it began"),
    # People.
    "buyer": of_things("a person"),
    "contact": until_done(
        "services.ordering.store.contacts.forget", "as long as its person wants it, or an order goes there"
    ),
    "cart": until_done("services.ordering.store.guests.forget", "one for each person; a guest's until it is forgotten"),
    "cart_line": until_done(
        "services.ordering.store.guests.sweep", "until it is ordered, or nobody has touched the cart for long"
    ),
    "cart_seller": until_done("services.ordering.store.guests.sweep", "as its cart's lines"),
    # What was heard of others, as it is now.
    "merchant": of_things("a merchant"),
    "merchant_member": of_things("a person of a merchant"),
    "product": of_things("goods"),
    "variant": of_things("goods by their unit"),
    "stock_level": of_things("goods by their unit"),
    "partner": of_things("a company"),
    "partner_member": of_things("a person of a company"),
    "rider_person": of_things("a rider"),
    # What people entered.
    "handover_limit": of_things("a merchant"),
    "cash_limit": of_things("a company"),
    "promotion": of_things("a promotion"),
    "commission_rule": HISTORY,
    "withholding_rule": HISTORY,
    "tax_statement": of_things("a merchant's year"),
    "audit": HISTORY,
}
