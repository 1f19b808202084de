"""Where each service's database is: a variable for each service that is registered, so that ops' commands work wherever these are set."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from services.contracts.registry import NAMES
from services.kit.process.settings import load
from services.kit.secret import Secret

_Addresses = msgspec.defstruct(
    "_Addresses", [(f"{name}_database_url", Secret) for name in NAMES], frozen=True, rename="upper"
)


def variable(service: str) -> str:
    """`ORDERING_DATABASE_URL`. The address may leave the password to the file that `ORDERING_DATABASE_PASSWORD_FILE` names."""
    return f"{service.upper()}_DATABASE_URL"


def addresses(environment: Mapping[str, str] | None = None) -> dict[str, Secret]:
    """Service -> its database's URL, of the runtime role. Raises SettingsError naming every variable that is missing."""
    made = load(_Addresses, environment)
    return {name: getattr(made, f"{name}_database_url") for name in NAMES}
