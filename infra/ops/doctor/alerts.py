"""Whether anybody would be called: Prometheus and Alertmanager answer, have our rules and whom to call; and what they say now."""

from __future__ import annotations

import re
from typing import Any

import aiohttp

from infra.ops.doctor.finding import Finding, page, unseen, warn, well
from infra.ops.doctor.place import Place

_ANSWERS_WITHIN_S = 8
_START = "COMPOSE_PROFILES=observability in .env; docker compose up --wait"
_AWAY = (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, TypeError)


async def prometheus(place: Place) -> list[Finding]:
    url = place.settings.prometheus_url
    if not url:
        return [unseen("prometheus", "PROMETHEUS_URL is not told: nothing watches a developer's machine")]
    async with _asking() as session:
        try:
            groups = (await _got(session, f"{url}/api/v1/rules"))["data"]["groups"]
            callers = (await _got(session, f"{url}/api/v1/alertmanagers"))["data"]["activeAlertmanagers"]
            firing = [
                each
                for each in (await _got(session, f"{url}/api/v1/alerts"))["data"]["alerts"]
                if each["state"] == "firing"
            ]
        except _AWAY as error:
            return [page("prometheus-away", f"{url} does not answer: {_why(error)}: no alert can fire", _START)]
    rules = {rule["name"] for group in groups for rule in group["rules"] if rule.get("type") == "alerting"}
    found = []
    if "ProcessGone" not in rules:
        found.append(
            page(
                "rules-missing",
                f"Prometheus has {len(rules)} alerts and not ours",
                "docker compose up --wait --force-recreate prometheus; docker compose logs prometheus, for the file that it refuses",
            )
        )
    sick = [rule["name"] for group in groups for rule in group["rules"] if rule.get("health") == "err"]
    if sick:
        found.append(
            warn(
                "rule-fails",
                f"Prometheus cannot reckon {', '.join(sorted(set(sick)))}",
                "docker compose logs --tail 50 prometheus",
            )
        )
    if not callers:
        found.append(
            page(
                "prometheus-calls-nobody",
                "Prometheus knows no Alertmanager: alerts fire, and nobody hears of them",
                "docker compose ps --all alertmanager; docker compose up --wait",
            )
        )
    for name, severity in sorted(
        {(each["labels"].get("alertname", "?"), each["labels"].get("severity", "")) for each in firing}
    ):
        found.append(
            (page if severity == "page" else warn)(
                "alert-fires", f"{name} fires", f"docs/alerts.md, the row {name}", name
            )
        )
    return found or [well("prometheus", f"{len(rules)} alerts are watched, none fires")]


async def alertmanager(place: Place) -> list[Finding]:
    url = place.settings.alertmanager_url
    if not url:
        return [unseen("alertmanager", "ALERTMANAGER_URL is not told: nothing watches a developer's machine")]
    async with _asking() as session:
        try:
            said = await _got(session, f"{url}/api/v2/status")
            # YAML, in which a receiver's ways stand below it and those that it lacks do not.
            receivers = re.search(r"(?ms)^receivers:.*?(?=^\w|\Z)", said["config"]["original"])
        except _AWAY as error:
            return [page("alertmanager-away", f"{url} does not answer: {_why(error)}: nobody is called", _START)]
    ways = sorted(set(re.findall(r"(?m)^[ -]+(\w+)_configs:", receivers[0]))) if receivers else []
    if not ways:
        todo = (
            "ALERT_WEBHOOK_URL, ALERT_MAIL_TO or ALERT_TELEGRAM_CHAT_ID in .env; docker compose up --wait; "
            "docker compose restart alertmanager"
        )
        return [page("alert-receiver-missing", "alerts call nobody: no receiver is set", todo)]
    return [well("alertmanager", f"alerts go by {', '.join(ways)}")]


def _asking() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWERS_WITHIN_S))


async def _got(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        answer.raise_for_status()
        return await answer.json()


def _why(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
