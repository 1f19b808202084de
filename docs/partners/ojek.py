"""An ojek company's machine over HTTP: takes what is offered, and carries it to its end. Python 3.11 or later, nothing to install.

    WLIJO_URL=https://wlijo.example CLIENT_ID=cli_… CLIENT_SECRET=… RIDER_ID=rid_… python ojek.py

It takes test jobs alone: where it says `ride`, your own system has a rider ride, and asks them for the PIN that the buyer shows.
"""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

URL = os.environ["WLIJO_URL"].rstrip("/")
CLIENT = f"{os.environ['CLIENT_ID']}:{os.environ['CLIENT_SECRET']}"
RIDER = os.environ["RIDER_ID"]
STEP_S = float(os.environ.get("STEP_S", "1"))
WAIT_S = int(os.environ.get("WAIT_S", "1"))  # longer when riders report: nothing is to be done between events then
ENDS = {"NOT_YOUR_JOB", "OFFER_EXPIRED", "OFFER_TAKEN", "OFFER_WITHDRAWN"}
token = ""
jobs: dict[str, dict[str, Any]] = {}
known: set[str] = set()  # keep it for 7 days where your jobs are kept


def ask(method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, Any], float]:
    """Status, answer, and for how many seconds not to ask again. Status 0: nobody answered."""
    request = urllib.request.Request(URL + path, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return answer.status, json.loads(answer.read()), 0.0
    except urllib.error.HTTPError as error:
        try:
            said = json.loads(error.read())
        except (ValueError, OSError):
            said = {}
        return error.code, said, float(error.headers.get("retry-after") or 0)
    except (OSError, ValueError) as error:
        print("no answer:", error)
        return 0, {}, 0.0


def sign_in() -> None:
    global token
    basic = base64.b64encode(CLIENT.encode()).decode()
    form = {"authorization": f"Basic {basic}", "content-type": "application/x-www-form-urlencoded"}
    status, said, wait_s = ask("POST", "/oauth2/token", b"grant_type=client_credentials", **form)
    if status == 200:
        token = said["access_token"]
        return
    print("not signed in:", status, said)
    time.sleep(wait_s or 5)


def with_token(method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
    """Until it is answered with 200: what was not answered is sent again as it was."""
    pause_s = 1.0
    while True:
        bearer = {"authorization": f"Bearer {token}"}
        status, said, wait_s = ask(
            method, path, body, **bearer, **({"content-type": "application/cloudevents+json"} if body else {})
        )
        if status == 200:
            return said
        if status == 401:
            sign_in()
            continue
        if status and status < 500 and status != 429:
            raise SystemExit(f"{path}: {status} {said}")  # mend the program
        time.sleep(wait_s or pause_s)
        pause_s = min(pause_s * 2, 60)


def reply(job: dict[str, Any], kind: str, name: str, **data: Any) -> bool:
    """Whether it counts. Its id is made of the offer and the report, so that a repeat has the same one."""
    event = {
        "specversion": "1.0",
        "id": f"{job['offer_id']}.{name}",
        "type": f"partner.{kind}.v1",
        "data": {"job_id": job["id"], **data},
    }
    outcome = with_token("POST", "/partner/v1/replies", json.dumps(event).encode())
    print(job["id"], name, outcome["outcome"], outcome.get("code", ""))
    if outcome["outcome"] == "refused" and outcome["code"] in ENDS:
        jobs.pop(job["id"], None)
    return bool(outcome["outcome"] == "applied")


def hear(event: dict[str, Any]) -> None:
    if event["id"] in known:
        return  # it came before
    known.add(event["id"])
    data, job = event["data"], jobs.get(event["data"].get("job_id", ""))
    match event["type"]:
        case "partner.job_offered.v1" if data["test"]:
            jobs[data["job_id"]] = {
                "id": data["job_id"], "offer_id": data["offer_id"], "cash": data["cash_to_collect_rupiah"], "state": "OFFERED", "at": 0.0,
                "locked": False, "closed": False,
            }  # fmt: skip
        case "partner.job_assigned.v1" if job:
            job["cash"] = data.get("cash_to_collect_rupiah", job["cash"])
        case "partner.job_changed.v1" if job:
            match data["change"]:
                case "CASH_CHANGED":
                    job["cash"] = data["cash_to_collect_rupiah"]
                case "PIN_LOCKED":
                    job["locked"] = True
                case "AREA_CLOSED" | "AREA_OPEN" as change:
                    job["closed"] = change == "AREA_CLOSED"
        case "partner.job_withdrawn.v1" if job and data.get("offer_id") in (None, job["offer_id"]):
            del jobs[job["id"]]
        case "partner.report_requested.v1" if job and job["state"] != "OFFERED":
            reply(job, "status", f"status.{event['id']}", status=job["state"])
        case _:
            pass  # what is not known is not for us


def ride(job: dict[str, Any]) -> None:
    """The next step of a rider, a step in STEP_S seconds."""
    if time.monotonic() < job["at"]:
        return
    match job["state"]:
        case "OFFERED" if reply(job, "accept", "accept", offer_id=job["offer_id"], rider_id=RIDER):
            job["state"] = "ASSIGNED"
        case "ASSIGNED" if reply(job, "arrived", "at_pickup", at="pickup"):
            job["state"] = "AT_PICKUP"
        case "AT_PICKUP" if reply(job, "picked_up", "picked_up"):
            job["state"] = "PICKED_UP"
        case "PICKED_UP" if not job["closed"] and reply(job, "arrived", "at_dropoff", at="dropoff"):
            job["state"] = "AT_DROPOFF"
        case "AT_DROPOFF" if job["locked"]:
            if reply(job, "failed", "failed", code="BUYER_UNREACHABLE"):
                job["state"] = "FAILED_ATTEMPT"
        case "AT_DROPOFF" if reply(job, "delivered", "delivered", pin="000000", cash_collected_rupiah=job["cash"]):
            jobs.pop(job["id"], None)
        case "FAILED_ATTEMPT" if reply(job, "status", "returning", status="RETURNING"):
            job["state"] = "RETURNING"
        case "RETURNING" if reply(job, "status", "returned", status="RETURNED"):
            jobs.pop(job["id"], None)
    job["at"] = time.monotonic() + STEP_S


def main() -> None:
    cursor = ""
    sign_in()
    while True:
        page = with_token("GET", f"/partner/v1/events?after={urllib.parse.quote(cursor)}&wait={WAIT_S}")
        for event in page["events"]:
            hear(event)
        cursor = page["cursor"]  # keep it where your jobs are kept
        for job in list(jobs.values()):
            ride(job)


if __name__ == "__main__":
    main()
