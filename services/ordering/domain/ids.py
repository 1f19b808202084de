"""Ids of what only ordering knows; those that events carry are in the contract."""

from services.contracts.ordering import OrderLineId as OrderLineId
from services.kit.ids import Id


class BuyerId(Id, prefix="byr"):
    pass


class ContactId(Id, prefix="con"):
    pass


class CartId(Id, prefix="crt"):
    pass


class CartLineId(Id, prefix="cln"):
    pass


class PromotionId(Id, prefix="prm"):
    pass


class CommissionRuleId(Id, prefix="cmr"):
    pass


class AttemptId(Id, prefix="pat"):
    pass
