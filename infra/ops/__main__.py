"""python -m infra.ops why ORDER | inbox SERVICE … | attention … | audit SERVICE … | grant … | usual | prices FILE | provision … | topics …

What ops type, the same in every way to run.

All but the last two find each service's database by CATALOG_DATABASE_URL, ORDERING_DATABASE_URL and so on; in compose
they are set: `docker compose run --rm ops why LMJ-…`. Exit 0 when done, 1 on a fault named on stderr, 2 on usage.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from infra.ops import topics
from infra.ops.addresses import addresses, variable
from infra.ops.provision.__main__ import main as provision
from infra.ops.trouble import Trouble
from infra.ops.why.show import show
from services.contracts.registry import NAMES
from services.kit.database.db import TRANSIENT, reason
from services.kit.process.main import main as process
from services.kit.process.settings import SettingsError

AUDITED = ("catalog", "ordering", "delivery", "people")
"""Services that show staff a person's data, or change their rights."""


def why(arguments: Sequence[str]) -> int:
    """One order's life over the services."""
    if len(arguments) != 1:
        return _usage("why LMJ-YYMMDD-NNNN|ord_…")
    return show(addresses(), arguments[0])


def inbox(arguments: Sequence[str]) -> int:
    """What waits, is parked or is dead at a service. `replay` also needs what the service's worker is told by its environment."""
    if not arguments or arguments[0] not in NAMES:
        return _usage(f"inbox {'|'.join(NAMES)} list|unpark|dead|skip|replay|leave|republish|behind …")
    name, *rest = arguments
    return _at(name, ["inbox", *rest])


def attention(arguments: Sequence[str]) -> int:
    """Orders that are marked for a person, and that a person has looked at one."""
    return _at("ordering", ["attention", *arguments])


def audit(arguments: Sequence[str]) -> int:
    """Who of the staff has seen or done what of whom at a service."""
    if not arguments or arguments[0] not in AUDITED:
        return _usage(f"audit {'|'.join(AUDITED)} [--subject …] [--actor …] [--limit …]")
    name, *rest = arguments
    return _at(name, ["audit", *rest])


def grant(arguments: Sequence[str]) -> int:
    """A staff role to whoever has a number: the first of a new installation. Needs SIGN_IN_CODE_KEY."""
    return _at("people", ["grant", *arguments])


def usual(arguments: Sequence[str]) -> int:
    """Units and categories that a market usually has."""
    return _at("catalog", ["usual", *arguments])


def prices(arguments: Sequence[str]) -> int:
    """Tariffs and zones, out of a file."""
    return _at("delivery", ["prices", *arguments])


def _at(name: str, words: Sequence[str]) -> int:
    """A service's own verb, on its database."""
    os.environ["DATABASE_URL"] = addresses([name])[name].reveal()
    for other in ("DATABASE_PASSWORD_FILE", "DATABASE_URL_FILE"):
        os.environ.pop(other, None)
    try:
        return process(import_module(f"services.{name}.app").SERVICE, words)
    except BrokenPipeError:
        raise
    except TRANSIENT as away:
        raise Trouble(f"the database {name} is away: {reason(away)}") from away


VERBS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "why": why,
    "inbox": inbox,
    "attention": attention,
    "audit": audit,
    "grant": grant,
    "usual": usual,
    "prices": prices,
    "provision": provision,
    "topics": topics.main,
}


def _usage(text: str) -> int:
    print(f"usage: python -m infra.ops {text}", file=sys.stderr)
    return 2


def main(argv: Sequence[str]) -> int:
    verb = VERBS.get(argv[0]) if argv else None
    if verb is None:
        return _usage(f"{'|'.join(VERBS)} …; databases by {', '.join(map(variable, NAMES))}")
    try:
        return verb(argv[1:])
    except BrokenPipeError:
        # `why … | head`: whoever reads has seen enough. What is left in the buffer would be tried again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Trouble, SettingsError) as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
