"""The codes of refusals and the units of their limits, one list for all services: a client that knows it knows every refusal.

Codes are added, never renamed or given another meaning; a code that nothing raises is not in the list.
"""

from enum import StrEnum
from typing import Self


class _Described(StrEnum):
    """Each value with its description, as the graph shows it."""

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


class ProblemCode(_Described):
    NOT_FOUND = "NOT_FOUND", "It does not exist, or the caller may not see it."
    WRONG_STATE = "WRONG_STATE", "Its present state does not allow this."
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED", "The key was used before with another body."
    RATE_LIMITED = "RATE_LIMITED", "Too many requests of this caller; wait and repeat."
    TRY_LATER = "TRY_LATER", "The platform is behind; repeat with the same key."

    MERCHANT_CLOSED = "MERCHANT_CLOSED", "The merchant is not open now."
    MERCHANT_SUSPENDED = "MERCHANT_SUSPENDED", "The merchant may not sell at present."
    PRODUCT_UNAVAILABLE = "PRODUCT_UNAVAILABLE", "The product is not on sale."
    OUT_OF_STOCK = "OUT_OF_STOCK", "There is less of it than that; take less, or take it out."

    INVALID_QUANTITY = "INVALID_QUANTITY", "The quantity is below the least or no multiple of the step."
    INVALID_PRICE = "INVALID_PRICE", "The price is out of its range."
    INVALID_TEXT = "INVALID_TEXT", "A text is too short, too long, or holds what cannot be read or seen."
    INVALID_PHONE = "INVALID_PHONE", "It is no phone number."
    PUSH_NOT_SERVED = (
        "PUSH_NOT_SERVED",
        "The browser's address is of no push service that is written to, or its keys are none.",
    )
    PHONE_NOT_SERVED = "PHONE_NOT_SERVED", "Numbers of that country get no messages."
    PHONE_TAKEN = "PHONE_TAKEN", "Somebody else signs in with this number."
    RIDES_ALREADY = "RIDES_ALREADY", "The caller rides for a company already, and for one at a time."
    TOO_MANY_RIDERS = "TOO_MANY_RIDERS", "The company has as many riders as it may."
    INVALID_URL = "INVALID_URL", "The address is none that is posted to; its message says why."
    NO_WEBHOOK = "NO_WEBHOOK", "The company has no webhook."
    MESSAGE_GONE = "MESSAGE_GONE", "There is no such message, or it is older than is kept."
    TOO_MANY_TEST_JOBS = "TOO_MANY_TEST_JOBS", "The company has as many test jobs open as it may."
    TOO_MANY_CLIENTS = "TOO_MANY_CLIENTS", "The company's machines have as many live credentials as they may."
    TOO_MANY_OWN_PARTNERS = "TOO_MANY_OWN_PARTNERS", "The caller has as many delivery companies as one person may."
    CODE_INVALID = "CODE_INVALID", "The code is wrong, used, over, or was guessed too often; ask for another."
    SESSION_ENDED = "SESSION_ENDED", "The session has ended; sign in again."
    LAST_OF_ITS_KIND = "LAST_OF_ITS_KIND", "It is the last of its kind, and one has to be left."
    UNKNOWN_REGION = "UNKNOWN_REGION", "There is no such district, or no such village in it."
    OUTSIDE_REGION = "OUTSIDE_REGION", "The point lies outside of the district that is named with it."
    TOO_MANY_CONTACTS = "TOO_MANY_CONTACTS", "The buyer keeps as many contacts as may be."
    TOO_MANY_OWN_MERCHANTS = "TOO_MANY_OWN_MERCHANTS", "The caller has as many merchants as one person may."
    TOO_MANY_INVITATIONS = "TOO_MANY_INVITATIONS", "As many invitations are open as may be."
    TOO_MANY_MEMBERS = "TOO_MANY_MEMBERS", "The merchant or company has as many people as it may."
    TOO_MANY_PRODUCTS = "TOO_MANY_PRODUCTS", "The merchant has as many products as it may."
    TOO_MANY_VARIANTS = "TOO_MANY_VARIANTS", "A product has at least one variant, and no more than so many."
    TOO_MANY_SYNONYMS = "TOO_MANY_SYNONYMS", "There are as many synonyms as may be."
    TOO_MANY_TEMPLATES = (
        "TOO_MANY_TEMPLATES",
        "There are as many as may be: loads of a merchant, or usual goods to copy.",
    )
    FILE_MALFORMED = "FILE_MALFORMED", "The file is no text, no CSV, or was cut; its message says where."
    FILE_TOO_LARGE = "FILE_TOO_LARGE", "The file, or a row of it, is larger than may be."
    COLUMN_MISSING = "COLUMN_MISSING", "The file lacks a column, which `field` names, or has it twice."
    ROW_MALFORMED = "ROW_MALFORMED", "The row has more or fewer cells than the file has columns, as one that was cut."
    DUPLICATE_ROW = "DUPLICATE_ROW", "A row before it has the same code."
    IMPORT_UNDER_WAY = "IMPORT_UNDER_WAY", "Another file of this merchant is being worked off."
    TOO_MANY_UNITS = "TOO_MANY_UNITS", "There are as many sale units as may be."
    UNKNOWN_CATEGORY = "UNKNOWN_CATEGORY", "There is no such kind of goods."
    UNKNOWN_UNIT = "UNKNOWN_UNIT", "There is no such sale unit."
    UNIT_DOES_NOT_FIT = "UNIT_DOES_NOT_FIT", "What the sale unit is does not go with it."
    NOTHING_TO_LOAD = "NOTHING_TO_LOAD", "There was no load that this one could be like."
    TOO_MANY_PLACES = "TOO_MANY_PLACES", "The merchant or hub has as many places or offers of its shelf as it may."
    PLACE_NOT_EMPTY = "PLACE_NOT_EMPTY", "Goods lie in the place, or in places beside where the merchant trades."
    NOT_A_HUB = "NOT_A_HUB", "It is no hub that trades, or is the merchant itself."
    TOO_MANY_CLOSURES = "TOO_MANY_CLOSURES", "The merchant is to be shut as often as may be planned."
    INVALID_HOURS = "INVALID_HOURS", "Opening hours overlap, or are too many."
    INVALID_TIME = "INVALID_TIME", "The time is over, too far ahead, or before what it ends."
    INVALID_DURATION = "INVALID_DURATION", "It is shorter or longer than may be."
    TOO_LARGE_A_BUSINESS = "TOO_LARGE_A_BUSINESS", "It is larger than what the law calls micro, small or medium."
    SIZE_NOT_DECLARED = "SIZE_NOT_DECLARED", "Neither a year's sales nor the capital was declared."
    OWN_MATTER = "OWN_MATTER", "Who decides is of its people; somebody else has to."
    UNKNOWN_COMMODITY = "UNKNOWN_COMMODITY", "There is no such commodity."
    PARENT_DOES_NOT_FIT = "PARENT_DOES_NOT_FIT", "A category does not lie below itself, nor too deep."
    ATTRIBUTE_DOES_NOT_FIT = "ATTRIBUTE_DOES_NOT_FIT", "The attribute is none of the category's, or does not know this."
    ATTRIBUTE_MISSING = "ATTRIBUTE_MISSING", "The category asks for an attribute that is not said."
    TOO_MANY_ATTRIBUTES = "TOO_MANY_ATTRIBUTES", "There are as many attributes as may be."
    TOO_MANY_COMMODITIES = "TOO_MANY_COMMODITIES", "There are as many commodities as may be."
    TOO_MANY_CATEGORIES = "TOO_MANY_CATEGORIES", "There are as many categories as may be."
    LICENCE_MISSING = (
        "LICENCE_MISSING",
        "The goods need a licence of that kind, verified and not over, before they may be for sale.",
    )
    LICENCE_LAPSED = "LICENCE_LAPSED", "The goods are off sale until their merchant has the licence that they need."
    INVALID_LICENCE_NUMBER = "INVALID_LICENCE_NUMBER", "It is no number of a licence of that kind."
    FOREIGN_LICENCE = "FOREIGN_LICENCE", "The number was given by another regency than Lumajang."
    LICENCE_DOES_NOT_FIT = "LICENCE_DOES_NOT_FIT", "A licence of that kind is not for what it was named for."
    TOO_MANY_LICENCES = "TOO_MANY_LICENCES", "As many licences of the merchant wait, or hold and wait, as may be."
    TOO_MANY_PHOTOS = "TOO_MANY_PHOTOS", "The product, this side of the claim or the trip has as many photos as it may."
    TOO_MANY_UPLOADS = (
        "TOO_MANY_UPLOADS",
        "The merchant has sent as many photos as may wait for a use, or as may come in a day.",
    )
    PHOTOS_CHANGED = "PHOTOS_CHANGED", "The product has other photos than the caller has seen; show them anew."
    NOT_A_WLIJO = "NOT_A_WLIJO", "The merchant is no wlijo: who sells in one place goes on no rounds."
    NO_ROUND = "NO_ROUND", "The wlijo is on no round now; start one."
    TOO_MANY_STOPS = "TOO_MANY_STOPS", "A day's round has as many stops as it may."
    TOO_MANY_ROUNDS = "TOO_MANY_ROUNDS", "As many rounds were started on one day as may be."
    TOO_MANY_WISHES = "TOO_MANY_WISHES", "As many wlijo are waited for by one person as may be."
    CART_EMPTY = "CART_EMPTY", "There is nothing in the cart."
    CART_TOO_LARGE = "CART_TOO_LARGE", "The cart has as many lines as it may."
    TOO_MANY_MERCHANTS = "TOO_MANY_MERCHANTS", "It is of more merchants than one trip goes to."
    TOTAL_TOO_HIGH = "TOTAL_TOO_HIGH", "The goods cost more than one order may be for."
    TOO_MANY_OPEN_ORDERS = "TOO_MANY_OPEN_ORDERS", "The buyer has as many unpaid orders open as may be."
    CART_CHANGED = "CART_CHANGED", "The cart is another than the buyer has seen; show it anew."
    PAYMENT_METHOD_NOT_OFFERED = (
        "PAYMENT_METHOD_NOT_OFFERED",
        "Nobody takes this way of paying here now, or not for so much; `paymentMethods` says what there is.",
    )
    REFUND_TOO_MUCH = "REFUND_TOO_MUCH", "Nobody gets back more than they have paid."
    PRICE_CHANGED = "PRICE_CHANGED", "The total is another than the buyer has seen."
    NOT_BY_WEIGHT = "NOT_BY_WEIGHT", "The line is not priced by weight; say how much of it there is."
    LAST_LINE = (
        "LAST_LINE",
        "It is the last line of the merchant's part, which is not dropped alone: cancel the part with `cancelSellerOrder`.",
    )
    QUESTION_OPEN = "QUESTION_OPEN", "The buyer was asked something and may answer until a time that is not over."
    TOO_MANY_QUESTIONS = "TOO_MANY_QUESTIONS", "The buyer was asked of the line as often as may be."
    NOT_CANCELLABLE = "NOT_CANCELLABLE", "The order has gone too far to be cancelled."

    SLOT_FULL = "SLOT_FULL", "As many orders as may be are for that time; choose another."
    SLOT_NOT_OFFERED = (
        "SLOT_NOT_OFFERED",
        "There is no such time and place, or it was to be ordered until a time that is over; look at what there is.",
    )
    INVALID_SLOT_LIMIT = "INVALID_SLOT_LIMIT", "The number of orders for an hour is out of its range."

    PROMOTION_INVALID = (
        "PROMOTION_INVALID",
        "A part of the promotion or rule is out of its range, or does not go with the others; `field` names it.",
    )
    PROMOTION_GONE = "PROMOTION_GONE", "Of what a promotion gives another buyer had the last; look at the total anew."
    TOO_MANY_PROMOTIONS = "TOO_MANY_PROMOTIONS", "As many promotions have not ended as may be."
    VOUCHER_CODE_TAKEN = "VOUCHER_CODE_TAKEN", "Another promotion has the code; choose another."
    VOUCHER_UNKNOWN = "VOUCHER_UNKNOWN", "There is no voucher with that code now."
    VOUCHER_OVER = "VOUCHER_OVER", "The voucher's time is over."
    VOUCHER_USED_UP = "VOUCHER_USED_UP", "Others have had all that there was of it."
    VOUCHER_USED_BEFORE = "VOUCHER_USED_BEFORE", "The buyer has had it as often as may be."
    VOUCHER_FIRST_ORDER_ONLY = "VOUCHER_FIRST_ORDER_ONLY", "It is for who has ordered nothing yet."
    VOUCHER_OTHER_PLACE = "VOUCHER_OTHER_PLACE", "It is for goods that go elsewhere."
    VOUCHER_OTHER_GOODS = "VOUCHER_OTHER_GOODS", "It is for goods that are not in the cart."
    VOUCHER_BELOW_MINIMUM = "VOUCHER_BELOW_MINIMUM", "The goods that count for it cost too little."

    QUOTE_INVALID = "QUOTE_INVALID", "The quote is not delivery's, or was made for another buyer."
    QUOTE_OUTDATED = (
        "QUOTE_OUTDATED",
        "The quote was made for other merchants, less weight or another place than the order has; ask for a new one.",
    )
    QUOTE_EXPIRED = "QUOTE_EXPIRED", "The quote held until a time that is over."
    QUOTE_USED = "QUOTE_USED", "An order was placed with this quote already."
    OFFER_EXPIRED = "OFFER_EXPIRED", "The offer was over before the answer came."
    OFFER_TAKEN = "OFFER_TAKEN", "Another company has the job."
    OFFER_WITHDRAWN = "OFFER_WITHDRAWN", "The offer was taken back."
    WRONG_PIN = "WRONG_PIN", "It is not the buyer's PIN or code, or it was guessed too often."
    PROOF_NOT_ACCEPTED = "PROOF_NOT_ACCEPTED", "This kind of proof is not accepted of this handover, or not yet."
    IMPLAUSIBLE_CASH = "IMPLAUSIBLE_CASH", "Nobody has paid that much."
    OVER_CASH_LIMIT = "OVER_CASH_LIMIT", "The rider may not carry so much cash."

    CLAIM_TOO_LATE = "CLAIM_TOO_LATE", "The time to claim something of these goods is over."
    CLAIM_TOO_HIGH = "CLAIM_TOO_HIGH", "It is more than may still be asked or given, or less than a rupiah."
    TOO_MANY_CLAIMS = "TOO_MANY_CLAIMS", "As many claims of this line were opened as may be."
    TOO_MANY_TICKETS = (
        "TOO_MANY_TICKETS",
        "As many tickets of the caller wait or were opened today, or as many words of one, as may be.",
    )
    REASON_DOES_NOT_FIT = "REASON_DOES_NOT_FIT", "The reason is not for this, or there is nobody who could bear it."

    REVIEW_TOO_LATE = "REVIEW_TOO_LATE", "The time to say something of it, or to change what was said, is over."
    INVALID_STARS = "INVALID_STARS", "Stars are 1 to 5."
    ANSWERED_ALREADY = "ANSWERED_ALREADY", "The review has its one answer."
    TOO_MANY_REPORTS = "TOO_MANY_REPORTS", "The caller has reported as many reviews today as may be."
    INVALID_AMOUNT = "INVALID_AMOUNT", "The sum is out of its range."
    MORE_THAN_THERE_IS = (
        "MORE_THAN_THERE_IS",
        "It is more than the giver has, or than is owed; `limit` says what that is, null when it has just become less.",
    )
    TOO_MANY_HANDOVERS = "TOO_MANY_HANDOVERS", "As many hand-overs of cash wait for the other side as may be."
    PAYEE_DOES_NOT_FIT = "PAYEE_DOES_NOT_FIT", "Only a company keeps its share of the cash that it holds."

    KASBON_NOT_OPEN = "KASBON_NOT_OPEN", "There is no open kasbon with this seller to buy on."
    KASBON_NO_ROOM = "KASBON_NO_ROOM", "It is more than may still be bought on the kasbon; `limit` is what may."
    KASBON_ONE_SELLER = "KASBON_ONE_SELLER", "Goods of several sellers are not bought on one kasbon: order of each."
    TOO_MANY_KASBONS = "TOO_MANY_KASBONS", "As many wait for their answers as may be, or were said of one line."

    OUT_OF_AREA = "OUT_OF_AREA", "Nobody delivers between these places."
    NOT_SERVED = "NOT_SERVED", "A zone keeps riders from a stop now; `reason` says why, in words for people."
    ZONE_INVALID = "ZONE_INVALID", "What is said of the zone does not go together, or is of the past."
    BOUNDARY_INVALID = (
        "BOUNDARY_INVALID",
        "It is no boundary: not closed, crossing itself, with holes, too large, or outside the regency.",
    )
    TOO_MANY_ZONES = "TOO_MANY_ZONES", "As many zones have not ended as may be."
    REACH_INVALID = "REACH_INVALID", "The area or the number of jobs at once is none; its message says why."
    TARIFF_INVALID = "TARIFF_INVALID", "The rule is of the past, breaks a limit or its band, or its day is taken."
    RATE_INVALID = (
        "RATE_INVALID",
        "The company's rate is outside of what the rule of its day allows, its day is none to come, or too many wait for theirs.",
    )
    TRIP_RULE_INVALID = "TRIP_RULE_INVALID", "The rule is of the past, breaks a limit, or its day is taken."
    DISPATCH_POLICY_INVALID = (
        "DISPATCH_POLICY_INVALID",
        "A number of the policy is outside its limits, it begins in the past, or its companies are not what its rule needs.",
    )
    OUT_OF_SERVING_AREA = "OUT_OF_SERVING_AREA", "The merchant has its goods brought to other places alone."
    TOO_HEAVY = "TOO_HEAVY", "It weighs more than a rider carries, whatever the quote."


class LimitUnit(_Described):
    LINE = "LINE", "Lines of a cart."
    MERCHANT = "MERCHANT", "Merchants of a cart, a trip or a person."
    PARTNER = "PARTNER", "Delivery companies of a person."
    TEST_JOB = "TEST_JOB", "Open test jobs of a company."
    RIDER = "RIDER", "Riders of a company."
    ORDER = "ORDER", "Orders of one buyer."
    QUESTION = "QUESTION", "Questions of one line."
    CONTACT = "CONTACT", "Contacts of one buyer."
    INVITATION = "INVITATION", "Open invitations of a merchant or company."
    PERSON = "PERSON", "People of a merchant or company."
    PRODUCT = "PRODUCT", "Products of a merchant."
    VARIANT = "VARIANT", "Variants of a product."
    UNIT = "UNIT", "Sale units."
    SYNONYM = "SYNONYM", "Synonyms."
    TEMPLATE = "TEMPLATE", "Loads of a merchant, or usual goods to copy."
    BYTE = "BYTE", "Bytes of a file."
    ROW = "ROW", "Rows of a file."
    COLUMN = "COLUMN", "Columns of a file."
    CLOSURE = "CLOSURE", "Closures of a merchant that are not over."
    LICENCE = "LICENCE", "Licences of a merchant."
    PHOTO = "PHOTO", "Photos of a product, of a merchant, or of a claim."
    PLACE = "PLACE", "Places of a merchant, or offers and shelves of a hub."
    STOP = "STOP", "Stops of one day's round."
    ROUND = "ROUND", "Rounds of one day."
    CLAIM = "CLAIM", "Claims of one line of an order."
    TICKET = "TICKET", "Tickets of one person, or words of one ticket."
    STAR = "STAR", "Stars of a review."
    REVIEW = "REVIEW", "Reviews of one day."
    WISH = "WISH", "Wlijo of whom one person wants to know."
    METRE = "METRE", "Metres."
    ZONE = "ZONE", "Zones that have not ended."
    KECAMATAN = "KECAMATAN", "Kecamatan."
    SECOND = "SECOND", "Seconds."
    CATEGORY = "CATEGORY", "Categories of goods."
    ATTRIBUTE = "ATTRIBUTE", "Attributes of goods."
    COMMODITY = "COMMODITY", "Commodities."
    PERCENT = "PERCENT", "Per cent."
    PER_MILLE = "PER_MILLE", "Per mille."
    PROMOTION = "PROMOTION", "Promotions that have not ended."
    CHARACTER = "CHARACTER", "Characters of a text."
    BASE_UNIT = "BASE_UNIT", "Base units of a variant: pieces, grams or millilitres."
    GRAM = "GRAM", "Grams of all goods together."
    HANDOVER = "HANDOVER", "Hand-overs of cash that wait for the other side."
    KASBON = "KASBON", "Kasbons that wait for an answer, or words about one line."
    RUPIAH = "RUPIAH", "Rupiah."
