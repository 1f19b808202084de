"""What the processes of people are told by their environment."""

from __future__ import annotations

from typing import Annotated

import msgspec

from services.kit.checks import Checked, rule
from services.kit.process.settings import ApiSettings, OperationSettings, SettingsError
from services.kit.secret import Secret
from services.people.domain.code import Codes
from services.people.domain.limits import Limits
from services.people.domain.phone import Phones
from services.people.domain.session import Lasting
from services.people.messages.settings import ReceiptSettings
from services.people.tokens import Signer, signing_keys

Count = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]
_LIMITS = Limits(Secret(""))
_LASTING = Lasting()


class CodeSettings(Checked, frozen=True, kw_only=True, rename="upper"):
    """`sign_in_code_key` is the secret that codes and addresses are kept by. `phone_country_codes`: whose numbers get codes, like
    `62,65`. The counts are those of `domain.limits`."""

    sign_in_code_key: Secret
    phone_country_codes: str = "62"
    codes_per_number_hour: Count = _LIMITS.of_number_an_hour
    codes_per_number_day: Count = _LIMITS.of_number_a_day
    codes_per_address_hour: Count = _LIMITS.of_address_an_hour
    guesses_per_address_hour: Count = _LIMITS.guesses_of_address_an_hour
    codes_per_minute: Count = _LIMITS.in_all_a_minute
    messages_per_day: Count = _LIMITS.a_day

    @rule
    def countries_are_known(self) -> None:
        self.phones()

    def codes(self) -> Codes:
        return Codes(self.sign_in_code_key)

    def phones(self) -> Phones:
        """Raises SettingsError."""
        named = [each.strip().removeprefix("+") for each in self.phone_country_codes.split(",")]
        if not all(each.isascii() and each.isdecimal() and 0 < int(each) < 1_000 for each in named):
            raise SettingsError("PHONE_COUNTRY_CODES is malformed: calling codes by comma are wanted, like 62,65")
        return Phones(frozenset(map(int, named)))

    def limits(self) -> Limits:
        return Limits(
            self.sign_in_code_key,
            of_number_an_hour=self.codes_per_number_hour,
            of_number_a_day=self.codes_per_number_day,
            of_address_an_hour=self.codes_per_address_hour,
            guesses_of_address_an_hour=self.guesses_per_address_hour,
            in_all_a_minute=self.codes_per_minute,
            a_day=self.messages_per_day,
        )


class SessionSettings(Checked, frozen=True, kw_only=True, rename="upper"):
    session_idle_days: Days = _LASTING.idle_days
    number_silent_days: Days = _LASTING.silent_days

    @rule
    def sessions_end_before_numbers(self) -> None:
        self.lasting()

    def lasting(self) -> Lasting:
        """Raises SettingsError."""
        try:
            return Lasting(self.session_idle_days, self.number_silent_days)
        except ValueError as error:
            raise SettingsError(str(error)) from error


class PeopleApi(ApiSettings, frozen=True, kw_only=True):
    """`people_issuer` is the address by which tokens of people name their issuer, and below which its documents are found: the gateway's.
    `token_signing_keys`: a private Ed25519 JWK, or a JWKS of several, of which the first signs."""

    codes: CodeSettings
    sessions: SessionSettings
    receipts: ReceiptSettings
    people_issuer: str
    token_signing_keys: Secret

    @rule
    def tokens_can_be_signed(self) -> None:
        self.signer()

    def signer(self) -> Signer:
        """Raises SettingsError."""
        try:
            keys = signing_keys(self.token_signing_keys.reveal())
        except ValueError as error:
            raise SettingsError(f"TOKEN_SIGNING_KEYS is malformed: {error}") from error
        return Signer(keys, self.people_issuer.rstrip("/"), self.jwt_audience)


class ByHandSettings(OperationSettings, frozen=True, kw_only=True):
    """What `grant` reads."""

    codes: CodeSettings
    sessions: SessionSettings
