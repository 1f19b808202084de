"""How providers of codes differ, as data: QRIS_PROVIDERS is a JSON list of profiles, in a file that nobody else reads. The first makes new
codes; the others are asked about those that they have made before."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from services.kit.process.settings import SettingsError
from services.kit.secret import Secret
from services.ordering.domain.mdr import MerchantClass
from services.ordering.domain.payment import MAX_QRIS_RUPIAH

_LEAST_BITS: Final = 2048
_Seconds = Annotated[int, msgspec.Meta(ge=30, le=86_400)]
_Length = Annotated[int, msgspec.Meta(ge=16, le=64)]


class Refunds(StrEnum):
    NONE = "NONE"
    WHOLE = "WHOLE"
    PARTIAL = "PARTIAL"


class Signed(StrEnum):
    """By what a notification shows whose it is. Whatever it says, the provider is asked."""

    NONE = "NONE"
    RSA = "RSA"  # over client id and time, which does not cover what is said


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`base_url` is what stands before `/v1.0/…`; where a path of the provider differs it is told in `paths`. `valid_*` is the window in
    which a code may expire. `lists_refunds`: a query tells each refund by our reference (`refundHistory`)."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    base_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s?#]+[^/\s?#]$")]
    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    client_secret: Annotated[str, msgspec.Meta(min_length=16)]
    private_key: str
    partner_id: str
    merchant_id: str
    channel_id: str = "95221"
    terminal_id: str = ""
    merchant_class: MerchantClass = MerchantClass.REGULAR
    reference_length: _Length = 32
    external_id_length: Annotated[int, msgspec.Meta(ge=20, le=36)] = 32
    valid_at_least_s: _Seconds = 60
    valid_at_most_s: _Seconds = 900
    max_rupiah: Annotated[int, msgspec.Meta(ge=1, le=MAX_QRIS_RUPIAH)] = MAX_QRIS_RUPIAH
    refunds: Refunds = Refunds.NONE
    refunds_same_day_only: bool = False
    lists_refunds: bool = False
    notified_by: Signed = Signed.NONE
    notifies_as: str = ""
    public_key: str = ""
    paths: dict[str, str] = {}
    additional_info: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.valid_at_least_s > self.valid_at_most_s:
            raise ValueError(
                f"{self.name}: a code may expire within a window, of which the end is before the beginning"
            )
        if self.reference_length < 26:
            raise ValueError(f"{self.name}: our references are 26 characters long")
        if self.notified_by is Signed.RSA and not self.public_key:
            raise ValueError(f"{self.name}: notifications are signed by a key, and public_key is missing")

    @property
    def valid_at_least(self) -> timedelta:
        return timedelta(seconds=self.valid_at_least_s)

    @property
    def valid_at_most(self) -> timedelta:
        return timedelta(seconds=self.valid_at_most_s)

    def signing_key(self) -> RSAPrivateKey:
        """Raises ValueError."""
        key = load_pem_private_key(self.private_key.encode(), None)
        if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
            raise ValueError(f"{self.name}: private_key is no RSA key of {_LEAST_BITS} bits")
        return key

    def verifying_key(self) -> RSAPublicKey | None:
        """Raises ValueError."""
        if not self.public_key:
            return None
        key = load_pem_public_key(self.public_key.encode())
        if not isinstance(key, RSAPublicKey):
            raise ValueError(f"{self.name}: public_key is no RSA key")
        return key


_PROFILES: Final = msgspec.json.Decoder(list[Profile])


def read(secret: Secret | None) -> list[Profile]:
    """Raises SettingsError, which shows nothing of what is secret."""
    if secret is None:
        return []
    try:
        found = _PROFILES.decode(secret.reveal())
        for each in found:
            each.signing_key()
            each.verifying_key()
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        said = (
            str(error)
            if isinstance(error, msgspec.MsgspecError)
            else "a key is malformed, or a profile contradicts itself"
        )
        raise SettingsError(f"QRIS_PROVIDERS is malformed: {said}") from None
    if len({each.name for each in found}) < len(found):
        raise SettingsError("QRIS_PROVIDERS has two of one name")
    return found
