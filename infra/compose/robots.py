"""One of the demo's robots, by the key of its company or as the merchant: python -m infra.compose.robots ojek-semeru|…|merchant.

What the embedded way gives a robot as environment comes here from the same seed. KAFKA_* say how the company reaches the broker.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from infra.local import people, seeded

_HTTP, _KAFKA, _MERCHANT = "infra.local.robots.http_ojek", "infra.local.robots.ojek", "infra.local.robots.merchant"


def of(name: str, environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The robot's module and what it is told. Raises SystemExit for an unknown name."""
    common = {"PLATFORM_URL": environment["PLATFORM_URL"]}
    if name == "merchant":
        told = {
            "MERCHANT_ID": people.merchant_id(seeded.ROBOT_MERCHANT),
            "SIGN_IN_PHONE": seeded.phone(seeded.robot_merchants_owner()),
        }
        return _MERCHANT, common | told
    company = next((each for each in seeded.companies() if each["key"] == name), None)
    if company is None:
        sys.exit(f"there is no robot {name!r}: merchant, {', '.join(each['key'] for each in seeded.companies())}")
    return _HTTP if company.get("channel") == "HTTP" else _KAFKA, common | {
        "DECLINE_EVERY": str(company.get("decline_every", 0)),
        "IGNORE_EVERY": str(company.get("ignore_every", 0)),
        "PARTNER_ID": people.partner_id(company["key"]),
        "RIDERS": ",".join(people.rider_id(rider["key"]) for rider in company["riders"]),
        "TOKEN_URL": environment["TOKEN_URL"],
        "TOKEN_AS": company["person"],
        "PIN": "000000",
    }


def main(argv: Sequence[str]) -> None:
    module, told = of(argv[0] if argv else "", os.environ)
    os.execve(sys.executable, [sys.executable, "-m", module], {**os.environ, **told})  # noqa: S606 - this very program


if __name__ == "__main__":
    main(sys.argv[1:])
