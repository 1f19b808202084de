"""Whether this process is able to do its work: named checks that its parts report, or that are asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

_PROBE_TIMEOUT_S = 2.0
_PROBE_KEPT_S = 1.0

Probe = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Check:
    ok: bool
    reason: str
    since: float = field(default_factory=lambda: time.monotonic(), compare=False)
    """When it began to hold, or not to."""


class Readiness:
    """Named checks, all of which must hold. A check that has not reported yet does not hold.

    Long-running parts report as they go: `readiness.report("consumer", False, "no partitions assigned")`.
    What can only be known by asking is a probe, which returns None when well, else the reason:
    `readiness.probe("database", ask_the_database)`.
    """

    def __init__(self, *names: str) -> None:
        self._checks: dict[str, Check] = {name: Check(False, "starting") for name in names}
        self.notes: dict[str, str] = {}
        self._probes: dict[str, Probe] = {}
        self._probed_at = float("-inf")
        self._probing = asyncio.Lock()

    def report(self, name: str, ok: bool, reason: str = "") -> None:
        known = self._checks.get(name)
        since = known.since if known and known.ok is ok else time.monotonic()
        self._checks[name] = Check(ok, "" if ok else reason, since)

    @property
    def present(self) -> Mapping[str, Check]:
        """As it was last reported or asked."""
        return self._checks

    def note(self, name: str, text: str) -> None:
        """What to know beside a check that holds: a part of the work that cannot be done and keeps nothing else up. "" takes it back."""
        self.notes.pop(name, None)
        if text:
            self.notes[name] = text

    def probe(self, name: str, ask: Probe) -> None:
        self._checks[name] = Check(False, "starting")
        self._probes[name] = ask

    async def checks(self) -> Mapping[str, Check]:
        """The present state; probes are asked at most once a second, each for at most two."""
        async with self._probing:
            if self._probes and time.monotonic() - self._probed_at > _PROBE_KEPT_S:
                names = list(self._probes)
                for name, reason in zip(
                    names, await asyncio.gather(*(_ask(self._probes[n]) for n in names)), strict=True
                ):
                    self.report(name, reason is None, reason or "")
                self._probed_at = time.monotonic()
        return dict(self._checks)


async def _ask(probe: Probe) -> str | None:
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            return await probe()
    except TimeoutError:
        return "no answer in time"
    except Exception as error:  # noqa: BLE001  a probe that fails is a check that fails, whatever the cause
        return f"{type(error).__name__}: {error}"
