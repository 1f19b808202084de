"""Where each service's database is: a variable for each service that is registered, so that ops' commands work wherever these are set."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from services.contracts.registry import NAMES
from services.kit.process.settings import load
from services.kit.secret import Secret


def variable(service: str) -> str:
    """`ORDERING_DATABASE_URL`. The address may leave the password to the file that `ORDERING_DATABASE_PASSWORD_FILE` names."""
    return f"{service.upper()}_DATABASE_URL"


def addresses(services: Collection[str] = NAMES, environment: Mapping[str, str] | None = None) -> dict[str, Secret]:
    """Service -> its database's URL, of the runtime role. Raises SettingsError naming every variable of these that is missing."""
    made = load(msgspec.defstruct("_Addresses", [(variable(name), Secret) for name in services]), environment)
    return {name: getattr(made, variable(name)) for name in services}
