"""What runs: names that resolve, processes that answer, are ready, and are of this release."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp

from infra.ops.doctor.finding import Finding, page, unseen, warn, well
from infra.ops.doctor.place import Place
from services.kit.observe.version import VERSION

_ANSWERS_WITHIN_S = 8


async def names(place: Place) -> list[Finding]:
    """DNS of the services, as who runs beside them sees it."""
    wanted = {host for url in place.processes().values() if (host := urlsplit(url).hostname)}
    wanted |= {
        host
        for name in place.environment
        if name.endswith("DATABASE_URL") and (host := urlsplit(place.environment[name]).hostname)
    }
    wanted |= {
        each.strip().rpartition(":")[0]
        for each in place.environment.get("KAFKA_BOOTSTRAP_SERVERS", "").split(",")
        if each
    }
    if not wanted:
        return [unseen("dns", "no name of a service is told")]
    found = await asyncio.gather(*(_resolves(each) for each in sorted(wanted)))
    lost = [name for name, there in zip(sorted(wanted), found, strict=True) if not there]
    if lost:
        return [
            page(
                "name-unresolved",
                f"nobody knows {', '.join(lost)}: it is stopped, or in no network with the doctor",
                f"docker compose ps --all {' '.join(lost)}; {place.up()}",
            )
        ]
    return [well("dns", f"{len(wanted)} names resolve")]


async def _resolves(name: str) -> bool:
    try:
        return bool(await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM))
    except OSError:
        return False


async def processes(place: Place) -> list[Finding]:
    wanted = place.processes()
    if not wanted:
        return [unseen("processes", "DOCTOR_PROCESSES is not told")]
    within = aiohttp.ClientTimeout(total=_ANSWERS_WITHIN_S)
    async with aiohttp.ClientSession(timeout=within) as session:
        answers = await asyncio.gather(*(_asked(session, place, name, url) for name, url in wanted.items()))
    found = [each for answer in answers for each in answer]
    return found or [well("processes", f"{len(wanted)} are ready, of release {VERSION}")]


async def _asked(session: aiohttp.ClientSession, place: Place, name: str, url: str) -> Sequence[Finding]:
    try:
        async with session.get(f"{url}/readyz") as answer:
            said = await answer.json(content_type=None)
            ready = answer.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        return [page("process-away", f"{name} does not answer: {why}", f"{place.logs(name)}; {place.up()}", name)]
    if not isinstance(said, dict):
        return [page("process-away", f"{url} answers as no process of ours does", f"whose is it? {place.up()}", name)]
    found = []
    if not ready:
        reasons = said.get("reasons") or said.get("checks") or {}
        why = (
            "; ".join(f"{check}: {reason}" for check, reason in reasons.items())
            if isinstance(reasons, dict)
            else str(reasons)
        )
        found.append(
            page("process-not-ready", f"{name} is not ready: {why or 'it says not why'}", place.logs(name), name)
        )
    if (version := said.get("version")) != VERSION:
        found.append(
            warn(
                "process-version",
                f"{name} is of release {version}, the doctor of {VERSION}",
                f"an upgrade that was not finished: {place.up()}",
                name,
            )
        )
    missing = said.get("missing")
    for each in missing if isinstance(missing, list) else ():
        # The gateway, that serves a part: a subgraph or an issuer does not answer.
        if isinstance(each, dict):
            seen = f"{name} does without {each.get('part')}, for {each.get('for_s')} s: {each.get('reason')}"
            found.append(
                page("gateway-degraded", seen, f"{place.logs(name)}; {place.logs(str(each.get('part')))}", name)
            )
    notes = said.get("notes")
    if isinstance(notes, dict):
        # A part of the work that cannot be done: topics that are missing, an issuer that is away, ended sessions not heard.
        found += [
            warn("process-note", f"{name}: {note}: {text}", place.logs(name), name) for note, text in notes.items()
        ]
    return found
