"""What bounds each table of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.kit.database.kept import BACKBONE, HISTORY, JOINED, Kept, for_days, for_ever, of_things, until_done

_NOTICES: Final = "services.people.store.notices.forget"

KEPT: Final[Mapping[str, Kept]] = {
    **BACKBONE,
    # What an order leaves.
    "inbox": JOINED,
    "notice": for_days(90, _NOTICES, "what somebody was told"),
    "messages": for_days(1, "services.people.store.messages.forget", "after it was over"),
    "message_receipt": for_days(1, "with messages"),
    "heard_order": for_days(30, _NOTICES, "whom an order concerns"),
    "heard_part": for_days(30, "with heard_order"),
    "heard_trip": for_days(30, _NOTICES),
    "heard_offer": for_days(1, _NOTICES),
    "early_event": for_days(1, _NOTICES),
    # Who somebody is.
    "person": of_things("a person; an erased one is a row with nothing in it"),
    "phone": of_things("a person"),
    "staff_role": of_things("a role of a person"),
    "consent": of_things("a version of a document that a person agreed to"),
    "notice_preference": of_things("a kind of notices of a person"),
    "push_subscription": of_things("a device of a person, at most so many"),
    "session": for_days(30, "services.people.store.sessions.forget", "after it was over"),
    "refresh_token": for_days(30, "with session"),
    "sign_in_code": for_days(1, "services.people.store.codes.forget", "after it was over"),
    "allowance": for_days(2, "services.people.store.allowances.forget"),
    "export": until_done("services.people.store.exports.forget", "until it has expired, its row some weeks more"),
    "export_part": until_done("services.people.store.exports.end", "until it is made into one, or has expired"),
    "partner_client": until_done("services.people.store.clients.forget", "until it is revoked, and is listed no more"),
    "message_day": for_days(60, "services.people.store.sending.forget_days"),
    # What was heard of others, as it is now.
    "heard_merchant": of_things("a merchant"),
    "heard_partner": of_things("a company"),
    "heard_rider": of_things("a rider"),
    # Deeds, and what they agreed to.
    "consent_text": for_ever("what people agreed to"),
    "audit": HISTORY,
}
