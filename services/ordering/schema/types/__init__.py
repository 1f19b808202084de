"""GraphQL types of ordering: buyers, contacts, carts, orders and their parts, and the merchant's view of them."""

from services.ordering.schema.types.buyers import Buyer
from services.ordering.schema.types.carts import Cart
from services.ordering.schema.types.cash import Partner, Rider
from services.ordering.schema.types.contacts import Contact
from services.ordering.schema.types.jobs import Delivery
from services.ordering.schema.types.orders import Merchant, MerchantOrders, Order, SellerOrder
from services.ordering.schema.types.promotions import CommissionRule, Promotion

__all__ = [
    "Buyer",
    "Cart",
    "CommissionRule",
    "Contact",
    "Delivery",
    "Merchant",
    "MerchantOrders",
    "Order",
    "Partner",
    "Promotion",
    "Rider",
    "SellerOrder",
]
