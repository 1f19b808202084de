"""By what it is known that goods were handed over: one list for what a rider brings and for what is collected."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from services.kit.ids import Id


class ProofId(Id, prefix="prf"):
    pass


class ProofKind(StrEnum):
    """By what it is known that goods were handed over. STAFF: a person of the platform said so. Kinds are added, never renamed."""

    PIN = "PIN"
    PHOTO = "PHOTO"
    SIGNATURE = "SIGNATURE"
    COUNTER_CODE = "COUNTER_CODE"  # of what is collected, where no rider rides
    STAFF = "STAFF"


class ProofWhen(StrEnum):
    """ALWAYS: whenever the goods may be handed over. UNREACHABLE: once an attempt has failed because nobody was to be reached."""

    ALWAYS = "ALWAYS"
    UNREACHABLE = "UNREACHABLE"


class AcceptedProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By what the handover of this job may be proven, and when."""

    kind: ProofKind
    when: ProofWhen = ProofWhen.ALWAYS
