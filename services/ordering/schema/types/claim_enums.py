"""Enums of histories and claims, described before any type has a field of them."""

from services.contracts.claims import ClaimKind
from services.contracts.reasons import REASONS, ReasonCode
from services.kit.graphql.enums import described
from services.ordering.domain.claim import ClaimInput, ClaimState
from services.ordering.domain.history import ActorKind

__all__ = ["ActorKind", "ClaimInput", "ClaimKind", "ClaimState", "ReasonCode"]

described(
    ActorKind,
    "Who has done something. New values may come.",
    BUYER="The buyer.",
    MERCHANT="One of the merchant's people.",
    COMPANY="The ojek company, or its rider.",
    TIMER="Nobody: a time was up.",
    PLATFORM="Wlijo itself.",
    OFFICER="An officer of the regency, or Wlijo's operations.",
)
described(
    ReasonCode,
    "Why something went wrong; docs/reasons.md has who bears its cost. New values may come.",
    **{code.name: f"{reason.english}." for code, reason in REASONS.items()},
)


described(
    ClaimKind,
    "What was wrong with the goods. New values may come.",
    SHORT="Less than was ordered.",
    SPOILED="Spoiled, or broken.",
    WRONG="Other goods than were ordered.",
    MISSING="Not there at all.",
)
described(
    ClaimState,
    "Where a claim stands. New values may come.",
    OPENED="The merchant is to answer until `dueAt`; then an officer decides.",
    OFFERED="The merchant would give a part: the buyer agrees or goes to an officer until `dueAt`; then the part stands.",
    DECLINED="The merchant refuses: the buyer goes to an officer until `dueAt`; then it is over.",
    ESCALATED="An officer decides.",
    GRANTED="The buyer is owed `granted`, and is to get it until `dueAt`.",
    PAID="The merchant says that the buyer has the money: the buyer says so too, or not, until `dueAt`; then it is taken as had.",
    SETTLED="The buyer has the money.",
    REFUSED="Nothing is given.",
    WITHDRAWN="The buyer took it back.",
)
described(
    ClaimInput,
    "What was done with a claim. New values may come.",
    ACCEPT="The merchant gives the whole.",
    OFFER="The merchant offers a part.",
    DECLINE="The merchant refuses.",
    AGREE="The buyer takes the part.",
    ESCALATE="The buyer goes to an officer.",
    GRANT="The officer grants.",
    REFUSE="The officer refuses.",
    PAY="The merchant says that it has paid.",
    CONFIRM="The buyer has had it.",
    DISPUTE="The buyer has not had it.",
    SETTLE="Wlijo's operations saw it given.",
    WITHDRAW="The buyer took it back.",
    DUE="A time was up.",
)
