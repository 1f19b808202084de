"""Which courier from outside is asked, as data: COURIER_PROFILE is one JSON object, in a file that nobody else reads."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from services.contracts.delivery import PartnerId
from services.kit.ids import MalformedId, WrongKind
from services.kit.process.settings import SettingsError
from services.kit.secret import Secret

_Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s?#]+[^/\s?#]$")]
_Key = Annotated[str, msgspec.Meta(min_length=8, max_length=200)]


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`partner_id` is the company that it is here, `client_*` the machine credentials of that company, by which a door is read at
    `market_url`. `key` says itself whether it is for tests (pk_test_…). `most_over_rupiah`: by how much its price may be above what rider
    and company get of the fee; the platform bears that, and never more."""

    kind: Literal["LALAMOVE"] = "LALAMOVE"
    partner_id: str
    key: Annotated[str, msgspec.Meta(pattern=r"^pk_(test|prod)_\S{4,200}$")]
    secret: _Key
    url: _Url = "https://rest.lalamove.com"
    market: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")] = "ID"
    language: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}_[A-Z]{2}$")] = "id_ID"
    service_type: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9_]{2,40}$")] = "MOTORCYCLE"
    phone: Annotated[str, msgspec.Meta(pattern=r"^\+62\d{8,12}$")]
    most_over_rupiah: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 10_000
    driver_within_s: Annotated[int, msgspec.Meta(ge=60, le=7_000)] = 600
    market_url: _Url
    client_id: _Key
    client_secret: _Key

    @property
    def company(self) -> PartnerId:
        return PartnerId.parse(self.partner_id)

    @property
    def tests(self) -> bool:
        return self.key.startswith("pk_test_")


_PROFILE: Final = msgspec.json.Decoder(Profile)


def read(secret: Secret | None) -> Profile | None:
    """Raises SettingsError, which shows nothing of what is secret."""
    if secret is None:
        return None
    try:
        found = _PROFILE.decode(secret.reveal())
        PartnerId.parse(found.partner_id)
    except msgspec.MsgspecError as error:
        raise SettingsError(f"COURIER_PROFILE is malformed: {error}") from None
    except (MalformedId, WrongKind):
        raise SettingsError("COURIER_PROFILE is malformed: partner_id is no company's") from None
    return found
