"""Flags and settings of the check. Exit code 0: all is well; 1: the system fails somewhere; 2: the check cannot be done."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from infra.partner_check.check import SCENARIOS, Check, Outcome, Say
from infra.partner_check.endpoint import Endpoint
from infra.partner_check.platform import CannotRun, Platform
from infra.partner_check.proxy import Proxy

_ENV = ("WLIJO_URL", "PARTNER_ID", "CLIENT_ID", "CLIENT_SECRET")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.partner_check",
        description="Tries an ojek company's system, which is to be running, by test jobs. By environment: "
        "WLIJO_URL, PARTNER_ID, CLIENT_ID, CLIENT_SECRET; WLIJO_WEBHOOK_SECRET for --webhook.",
    )
    parser.add_argument("channel", choices=("feed", "webhook", "topic"), help="how the system hears of its jobs")
    parser.add_argument(
        "--listen",
        type=int,
        metavar="PORT",
        help="feed: a proxy on this port, for the system to use; spoils a second round",
    )
    parser.add_argument("--webhook", metavar="URL", help="webhook: the endpoint, as it is reached from here")
    parser.add_argument("--scenarios", default=",".join(SCENARIOS), help="comma between; all unless said")
    parser.add_argument("--patience", type=float, default=120.0, metavar="SECONDS", help="for one test job")
    return parser


def main(argv: Sequence[str], env: Mapping[str, str], say: Say = print, look_s: float = 0.5) -> int:
    parser = _parser()
    asked = parser.parse_args(argv)
    scenarios = [each for each in asked.scenarios.split(",") if each]
    if missing := [name for name in _ENV if not env.get(name)]:
        parser.error(f"{', '.join(missing)} missing in the environment")
    if unknown := [each for each in scenarios if each not in SCENARIOS]:
        parser.error(f"no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    if asked.channel == "webhook" and not (asked.webhook and env.get("WLIJO_WEBHOOK_SECRET")):
        parser.error("webhook needs --webhook, and WLIJO_WEBHOOK_SECRET in the environment")
    platform = Platform(env["WLIJO_URL"], env["CLIENT_ID"], env["CLIENT_SECRET"])
    check = Check(platform, env["PARTNER_ID"], say, patience_s=asked.patience, look_s=look_s)
    try:
        found = _run(check, asked, scenarios, env)
    except CannotRun as problem:
        say(f"cannot be checked: {problem}")
        return 2
    failed = sum(not each.passed for each in found)
    say(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _run(check: Check, asked: argparse.Namespace, scenarios: Sequence[str], env: Mapping[str, str]) -> list[Outcome]:
    with ExitStack() as stack:
        endpoint = Endpoint(asked.webhook, env["WLIJO_WEBHOOK_SECRET"]) if asked.channel == "webhook" else None
        listens = asked.channel == "feed" and asked.listen is not None
        proxy = stack.enter_context(Proxy(env["WLIJO_URL"], asked.listen).running()) if listens else None
        found = check.webhook(endpoint) if endpoint else []
        found += check.trips(scenarios, "plain")
        if proxy:
            found += check.spoilt(proxy, scenarios)
        if endpoint:
            found += check.said_again(endpoint)
        return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
