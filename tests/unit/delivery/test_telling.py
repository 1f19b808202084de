"""Facts of trips are told by one door, which keeps test jobs of companies to themselves."""

from __future__ import annotations

import ast
from pathlib import Path

from services.contracts import delivery
from services.contracts.delivery import DeliveryEvent
from services.delivery import commands

HERE = Path(commands.__path__[0])
FACTS = {name for name, each in vars(delivery).items() if isinstance(each, type) and issubclass(each, DeliveryEvent)}
SEARCHES = "ask_partners"
"""What it tells of is made elsewhere."""


def slips_by(source: str) -> list[str]:
    """Functions that append to the outbox by themselves what may be a fact of a trip."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "outbox.append":
                names = {each.id for arg in call.args for each in ast.walk(arg) if isinstance(each, ast.Name)}
                names |= {each.attr for arg in call.args for each in ast.walk(arg) if isinstance(each, ast.Attribute)}
                made = {each.id for each in ast.walk(function) if isinstance(each, ast.Name)}
                made |= {each.attr for each in ast.walk(function) if isinstance(each, ast.Attribute)}
                starred = any(isinstance(arg, ast.Starred) for arg in call.args)
                if names & {*FACTS, SEARCHES} or (starred and made & {*FACTS, SEARCHES}):
                    found.append(function.name)
    return found


def test_no_command_tells_a_fact_of_a_trip_by_itself() -> None:
    told = {path.name: slips_by(path.read_text("utf-8")) for path in HERE.glob("*.py") if path.name != "telling.py"}
    assert {name: functions for name, functions in told.items() if functions} == {}


def test_one_that_does_is_named() -> None:
    bad = "async def f(conn, trip):\n    await outbox.append(conn, DeliveryAssigned(delivery_id=trip.id))\n"
    hidden = "async def g(conn, trip):\n    told = [delivery.PickedUp()]\n    await outbox.append(conn, *told)\n"
    good = "async def h(conn, trip):\n    await outbox.append(conn, job.changed(trip))\n"
    assert [slips_by(each) for each in (bad, hidden, good)] == [["f"], ["g"], []]
