"""Test jobs are ordered, waited for and judged; what failed is said with what to do."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from infra.partner_check.endpoint import Endpoint
from infra.partner_check.platform import CannotRun, Platform
from infra.partner_check.proxy import Proxy

SCENARIOS = (
    "PLAIN", "CASH", "SEVERAL_PICKUPS", "GOODS_LATE", "CASH_CHANGED", "STOP_LEFT_OUT", "CANCELLED_AT_ONCE", "CANCELLED_BEFORE_PICKUP",
    "CANCELLED_ON_THE_WAY", "PIN_LOCKED", "HAZARD", "HAZARD_BEFORE_PICKUP", "REPORT_REQUESTED",
)  # fmt: skip
AT_ONCE = 3
_LOOK_S = 0.5
_AGAIN_WITHIN_S = 30.0
"""A reply is said again after 5 seconds, then 10."""
_ORDER = """mutation($partner: ID!, $scenario: TestScenario!, $key: String!) {
  requestTestJob(partnerId: $partner, scenario: $scenario, idempotencyKey: $key) {
    problems { code message } testJob { id } } }"""
_LOOK = """query($partner: ID!, $id: ID!) { partner(id: $partner) { testJobs(id: $id) {
  status verdict findings { expected met detail } } } }"""
_END = "mutation($id: ID!) { endTestJob(id: $id) { problems { code } } }"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one test job, or of one probe; `wrong` is empty when all was well."""

    name: str
    wrong: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.wrong


class Check:
    def __init__(
        self, platform: Platform, partner_id: str, say: Say, *, patience_s: float, look_s: float = _LOOK_S
    ) -> None:
        self._platform = platform
        self._partner_id = partner_id
        self._say = say
        self._patience_s = patience_s
        self._look_s = look_s
        self.done: list[str] = []

    def trips(self, scenarios: Sequence[str], round: str) -> list[Outcome]:
        """Whole trips, so many at a time. Raises CannotRun."""
        found: list[Outcome] = []
        for first in range(0, len(scenarios), AT_ONCE):
            found += self._some(scenarios[first : first + AT_ONCE], round)
        return found

    def _some(self, scenarios: Sequence[str], round: str) -> list[Outcome]:
        open_: dict[str, str] = {}
        found: list[Outcome] = []
        try:
            for scenario in scenarios:
                open_[self._order(scenario)] = scenario
            until = time.monotonic() + self._patience_s
            while open_:
                over = time.monotonic() > until
                for job_id, scenario in list(open_.items()):
                    job = self._look(job_id)
                    if job["verdict"] == "RUNNING" and not over:
                        continue
                    del open_[job_id]
                    if job["verdict"] == "PASSED":
                        self.done.append(job_id)
                    else:
                        self._end(job_id)
                    found.append(self._told(Outcome(f"{scenario} ({round}, {job_id})", _wrong(job, self._patience_s))))
                if open_:
                    time.sleep(self._look_s)
        finally:
            for job_id in open_:
                self._end(job_id)
        return found

    def spoilt(self, proxy: Proxy, scenarios: Sequence[str]) -> list[Outcome]:
        """The trips once more, through a proxy that spoils what the system hears. Raises CannotRun."""
        if not proxy.seen.reads:
            why = f"nothing came to {proxy.url}: give your system this address instead of the platform's, or leave --listen out"
            return [self._told(Outcome("events and replies through the proxy", (why,)))]
        proxy.spoils = True
        found = self.trips(scenarios, "spoilt")
        seen = proxy.seen
        until = time.monotonic() + min(self._patience_s, _AGAIN_WITHIN_S)
        while set(seen.lost) - seen.again and time.monotonic() < until:
            time.sleep(self._look_s)
        missing = sorted({kind for name, (kind, _) in seen.lost.items() if name not in seen.again})
        wrong = []
        if missing:
            wrong.append(
                f"the answer to your {', '.join(missing)} was lost (503), and it was not sent again: send the same reply, with the same "
                "id and data, until its outcome comes"
            )
        if seen.changed:
            kinds = ", ".join(sorted(set(seen.changed.values())))
            wrong.append(
                f"your {kinds} was sent again with other data under the same id: send the very same bytes, or use a new id"
            )
        if not seen.lost:
            wrong.append("no reply came through the proxy: give your system this address for replies too")
        found.append(self._told(Outcome("replies whose answer was lost", tuple(wrong))))
        return found

    def webhook(self, endpoint: Endpoint) -> list[Outcome]:
        """What it does with posts that no honest platform makes."""
        return [self._told(Outcome("signatures and repeats", tuple(endpoint.findings(self._partner_id))))]

    def said_again(self, endpoint: Endpoint) -> list[Outcome]:
        """All events of a test job that passed, once more: it is to stay passed. Raises CannotRun."""
        if not self.done:
            return []
        job_id = self.done[0]
        events = [each for each in self._platform.events() if each["data"].get("job_id") == job_id]
        answers = {endpoint.post(each)[0] for each in events}
        wrong = []
        if bad := sorted(status for status in answers if not 200 <= status < 300):
            wrong.append(
                f"events of a job that is done were posted again and answered {bad}: answer 2xx, and do nothing"
            )
        time.sleep(self._look_s * 4)
        wrong += _wrong(self._look(job_id), self._patience_s)
        return [self._told(Outcome(f"events of {job_id} once more", tuple(wrong)))]

    def _order(self, scenario: str) -> str:
        asked = {"partner": self._partner_id, "scenario": scenario, "key": f"partner-check-{uuid.uuid4().hex}"}
        payload = self._platform.graph(_ORDER, **asked)["requestTestJob"]
        if payload["problems"]:
            raise CannotRun(_refused(payload["problems"]))
        return str(payload["testJob"]["id"])

    def _look(self, job_id: str) -> dict[str, Any]:
        found = self._platform.graph(_LOOK, partner=self._partner_id, id=job_id)["partner"]["testJobs"]
        if not found:
            raise CannotRun(f"the test job {job_id} is not there any more")
        job: dict[str, Any] = found[0]
        return job

    def _end(self, job_id: str) -> None:
        self._platform.graph(_END, id=job_id)

    def _told(self, outcome: Outcome) -> Outcome:
        self._say(f"{'pass' if outcome.passed else 'FAIL'}  {outcome.name}")
        for each in outcome.wrong:
            self._say(f"      {each}")
        return outcome


def _wrong(job: dict[str, Any], patience_s: float) -> tuple[str, ...]:
    if job["verdict"] == "PASSED":
        return ()
    failed = [
        f"{each['expected']}: {each['detail'] or 'it did not come'}" for each in job["findings"] if each["met"] is False
    ]
    if failed:
        return tuple(failed)
    missing = ", ".join(each["expected"] for each in job["findings"] if each["met"] is None)
    what = {
        "OFFERED": "it is offered and was not accepted: does your system read its events, and from this platform?",
        "REQUESTED": "nobody is asked now: has your company a rider, and is it connected?",
    }.get(
        job["status"],
        "your system reported nothing more: report each step, and send a reply again until its outcome comes",
    )
    return (f"after {patience_s:.0f} s it is {job['status']}, and {missing} did not come: {what}",)


def _refused(problems: Iterable[dict[str, Any]]) -> str:
    [first, *_] = problems
    return {
        "NOT_FOUND": "no company with this PARTNER_ID is that of these credentials",
        "WRONG_STATE": "the company is neither in its sandbox nor active, or its channels are not there yet",
        "TOO_MANY_TEST_JOBS": "too many test jobs are open: end them on the page Uji coba, and begin again",
        "RATE_LIMITED": "too many test jobs were ordered in this hour: try again later",
    }.get(first["code"], f"the test job is refused: {first}")
