"""What bounds each table of the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.kit.database.kept import BACKBONE, HISTORY, Kept, for_days, for_ever, of_things, until_done

KEPT: Final[Mapping[str, Kept]] = {
    **BACKBONE,
    # What an order leaves.
    "reservation": for_ever(
        "what was held for an order and what became of it: a word on its goods can come as long as a claim can"
    ),
    "reservation_line": for_ever("the goods of a reservation"),
    "packed_line": for_ever(
        "which line of an order was packed otherwise, and when: an older word on it is known by that"
    ),
    "stock_movement": for_ever("the seller's book of stock: what came, what went, for which order, by whom"),
    # What is for sale, and by whom.
    "merchant": of_things("a merchant"),
    "merchant_registration": of_things("a merchant"),
    "merchant_member": of_things("a person of a merchant"),
    "merchant_photo": of_things("a merchant"),
    "merchant_open": of_things("a merchant"),
    "opening_hours": of_things("a merchant's day of the week"),
    "merchant_closure": until_done("services.catalog.store.trading.plan", "until it is over and the next is entered"),
    "merchant_invitation": for_days(
        30, "services.catalog.store.members.invite", "after it was over, when the next is made"
    ),
    "licence": of_things("a licence; at most so many of a merchant"),
    "licence_product": of_things("goods that a licence is for"),
    "licence_block": of_things("goods that wait for a licence"),
    "not_halal": of_things("goods"),
    "product": of_things("goods; an archived one stays, for orders name it"),
    "variant": of_things("goods by their unit"),
    "variant_sku": of_things("goods by their unit"),
    "product_photo": of_things("a photo of goods"),
    "media": until_done("services.catalog.store.photos.drop_overdue", "as long as something shows it"),
    "media_gone": until_done("services.catalog.store.photo_files.gone", "until the file is removed"),
    "comparable": of_things("goods by their unit"),
    "search_row": of_things("goods"),
    "search_word": until_done("services.catalog.store.tidying.forget_words", "a word that goods for sale have"),
    "search_square": until_done("services.catalog.store.tidying.forget_squares", "a square in which something is sold"),
    "stock_item": of_things("goods by their unit"),
    "stock_at_place": of_things("goods at a place"),
    "stock_place": of_things("a place of a merchant"),
    "stock_load": for_days(35, "services.catalog.store.stocking.remember_load", "when the next is loaded"),
    "load_template": of_things("a template of a merchant, at most so many"),
    "load_template_item": of_things("goods in a template"),
    "template_copy": of_things("usual goods that a merchant took over"),
    "bulk_import": until_done("services.catalog.store.bulk.forget", "the newest of a merchant"),
    "bulk_part": until_done("services.catalog.store.bulk.forget", "until the file is worked off"),
    "bulk_row": until_done("with bulk_import", "as long as its import"),
    # The round.
    "route": of_things("a merchant's day of the week"),
    "route_stop": of_things("a stop of a route"),
    "wlijo_round": for_days(35, "services.catalog.store.rounds.start", "when the next begins"),
    "wlijo_position": until_done("services.catalog.store.rounds.end", "while she is on her round"),
    "passing_wish": of_things("a merchant that a person wants to hear of"),
    # What an installation knows from the beginning, or officers entered.
    "attribute": of_things("a field of a category"),
    "category": of_things("a category"),
    "category_requirement": of_things("what is asked of a category"),
    "commodity": of_things("a commodity"),
    "region": of_things("a region"),
    "sale_unit": of_things("a unit"),
    "synonym": of_things("a word"),
    "template_good": of_things("usual goods"),
    # Deeds.
    "audit": HISTORY,
    "category_requirement_change": HISTORY,
    "licence_history": HISTORY,
    "merchant_history": HISTORY,
    "not_halal_change": HISTORY,
    "photo_change": HISTORY,
    "price_history": for_ever("each price that goods were sold at; a price before is shown by it, and a claim judged"),
    "product_history": HISTORY,
    "reference_change": HISTORY,
    "route_change": until_done("services.catalog.store.rounds.note", "the newest 200 of a merchant"),
    "stock_place_history": HISTORY,
    "synonym_change": HISTORY,
    "template_change": HISTORY,
}
