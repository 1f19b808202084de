"""Of `answers`, the dated rules of trips: what one in vain pays, and what proves a handover."""

from __future__ import annotations

from datetime import date

from services.web.answers import Answered


class TripInVainRule(Answered, frozen=True, kw_only=True):
    version: str
    valid_from: date
    legal_basis: str
    called_off_percent: int
    at_pickup_percent: int
    way_back_percent: int
    free_minutes: int
    per_minute: int
    most: int


class ProofRule(Answered, frozen=True, kw_only=True):
    version: str
    valid_from: date
    legal_basis: str
    photo: str
    signature: bool
    signature_cash: int


class TripRules(Answered, frozen=True, kw_only=True):
    trip_in_vain_rules: list[TripInVainRule] | None = None
    proof_rules: list[ProofRule] | None = None
