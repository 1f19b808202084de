"""python -m infra.ops doctor | why ORDER | orders … | partner … | inbox SERVICE … | audit SERVICE … | grant … | usual | prices FILE
| insight … | sums | provision … | topics …

What ops type, the same in every way to run; `--help` lists it, and each command has a `--help` of its own.

All but the last two find each service's database by CATALOG_DATABASE_URL, ORDERING_DATABASE_URL and so on; in compose
they are set: `docker compose run --rm ops why LMJ-…`. Exit 0 when done, 1 on a fault named on stderr, 2 on usage
and for settings that are missing or wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from infra.ops import sums, topics
from infra.ops.addresses import addresses, variable
from infra.ops.provision.__main__ import main as provision
from infra.ops.trouble import Trouble
from infra.ops.why.show import show
from services.contracts.registry import NAMES
from services.kit.database.db import TRANSIENT, reason
from services.kit.process.main import main as process
from services.kit.process.settings import SettingsError, refused

AUDITED = ("catalog", "ordering", "delivery", "people")
"""Services that show staff a person's data, or change their rights."""

INSIGHTS = ("publish", "prices", "rebuild")


def why(arguments: Sequence[str]) -> int:
    """One order's life over the services."""
    if len(arguments) != 1 or _asks_for_help(arguments):
        return _usage("why LMJ-YYMMDD-NNNN|ord_…", asked=_asks_for_help(arguments))
    return show(addresses(), arguments[0])


def doctor(arguments: Sequence[str]) -> int:
    """What is wrong with the installation, and what to do."""
    from infra.ops.doctor.__main__ import main as look  # it alone needs an HTTP library

    return look(arguments)


def inbox(arguments: Sequence[str]) -> int:
    """What waits, is parked or is dead at a service. `replay` also needs what the service's worker is told by its environment."""
    if not arguments or arguments[0] not in NAMES:
        words = "list|unpark|dead|skip|replay|leave|republish|behind …"
        return _usage(f"inbox {'|'.join(NAMES)} {words}", asked=_asks_for_help(arguments))
    name, *rest = arguments
    return _at(name, ["inbox", *rest])


def attention(arguments: Sequence[str]) -> int:
    """Orders that are marked for a person, and that a person has looked at one."""
    return _at("ordering", ["attention", *arguments])


def orders(arguments: Sequence[str]) -> int:
    """`--want-a-person` lists what is marked, `settle` says that a person has looked: what `attention` is, by the words of the alert."""
    match arguments:
        case ["--want-a-person", *rest]:
            return attention(["list", *rest])
        case ["settle", *rest]:
            return attention(["settle", *rest])
    return _usage(
        "orders --want-a-person [--order LMJ-…] [--mark …] [--minutes N] [--merchant mer_…] [--partner ptn_…] [--limit N]\n"
        "       python -m infra.ops orders settle --order LMJ-… --because … --by … [--apply]",
        asked=_asks_for_help(arguments),
    )


def partner(arguments: Sequence[str]) -> int:
    """A company's access, on every channel."""
    from infra.ops.partner.__main__ import main as do

    return do(arguments)


def audit(arguments: Sequence[str]) -> int:
    """Who of the staff has seen or done what of whom at a service."""
    if not arguments or arguments[0] not in AUDITED:
        return _usage(
            f"audit {'|'.join(AUDITED)} [--subject …] [--actor …] [--limit …]", asked=_asks_for_help(arguments)
        )
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


def insight(arguments: Sequence[str]) -> int:
    """Months published now, the province's price list, the sums built anew."""
    if not arguments or arguments[0] not in INSIGHTS:
        return _usage(f"insight {'|'.join(INSIGHTS)} …", asked=_asks_for_help(arguments))
    return _at("insight", arguments)


VERBS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "doctor": doctor,
    "why": why,
    "orders": orders,
    "partner": partner,
    "inbox": inbox,
    "audit": audit,
    "grant": grant,
    "insight": insight,
    "sums": sums.main,
    "usual": usual,
    "prices": prices,
    "provision": provision,
    "topics": topics.main,
    "attention": attention,
}
SAID: Mapping[str, str] = {
    "doctor": "what is wrong with the installation, and what to do; changes nothing",
    "why": "one order's life over the services: why LMJ-260101-0001",
    "orders": "those that want a person (orders --want-a-person), and that one has looked (orders settle …)",
    "partner": "a delivery company's access: partner show|add|rotate|suspend|resume ptn_…",
    "inbox": "what waits, is parked or is dead at a service: inbox ordering list",
    "audit": "who of the staff has seen or done what of whom: audit people --limit 20",
    "grant": "a staff role to whoever has a number, the first of an installation: grant --phone 0812… --role ops",
    "insight": "months published, the province's prices, sums built anew: insight publish|prices|rebuild",
    "sums": "whether insight's sums are the ledger's, to the rupiah",
    "usual": "units and categories that a market usually has",
    "prices": "tariffs and zones, out of a file",
    "provision": "Kafka's topics, users, rights and quotas: provision plan|apply|settle",
    "topics": "topics alone, where a broker knows no users",
    "attention": "what orders is, under the name that it had",
}


def _usage(text: str, *, asked: bool = False) -> int:
    print(f"usage: python -m infra.ops {text}", file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def _asks_for_help(arguments: Sequence[str]) -> bool:
    return bool({"-h", "--help"} & set(arguments[:1]))


def _overview(*, asked: bool) -> int:
    lines = [f"  {verb:<10} {SAID[verb]}" for verb in VERBS]
    hint = (
        "COMMAND --help says more. What changes something does it with --apply, and without only says what it would do."
    )
    return _usage(
        "\n".join(["COMMAND …", "", *lines, "", hint, f"Databases by {', '.join(map(variable, NAMES))}."]), asked=asked
    )


def main(argv: Sequence[str]) -> int:
    verb = VERBS.get(argv[0]) if argv else None
    if verb is None:
        return _overview(asked=_asks_for_help(argv))
    try:
        return verb(argv[1:])
    except BrokenPipeError:
        # `why … | head`: whoever reads has seen enough. What is left in the buffer would be tried again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SettingsError as wrong:
        return refused(f"ops {argv[0]}", wrong)
    except Trouble as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
