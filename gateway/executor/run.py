"""Runs the steps of a plan, each as soon as what it needs is there, and merges what they bring."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway import exact
from gateway.executor.entities import fill, keep_asked, merge, objects_at
from gateway.executor.failure import ABSENT, Failure
from gateway.executor.reported import Reported, place, reported
from gateway.executor.representing import Batch, gathering
from gateway.executor.subgraph_client import SubgraphTrouble
from gateway.planner.plan import Plan, Request, Step, aliases

# A subgraph may say thousands, and all of them explain nothing that is missing.
_LOOSE = 50


class Sender(Protocol):
    """Sends one operation to one subgraph; raises SubgraphTrouble when there is no GraphQL answer."""

    async def send(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, *, idempotent: bool
    ) -> dict[str, Any]: ...


@dataclass(slots=True)
class Call:
    """What one execution carries. `deadline` is in the loop's time and holds for all; `fetch_s` is for each fetch."""

    variables: Mapping[str, Any]
    headers: Mapping[str, str]
    deadline: float
    fetch_s: float = 60.0
    # Errors that belong to no null of the data.
    loose: list[Failure] = field(default_factory=list)
    # A mutation's field that must not be null is: there will be no data, so nothing more is changed.
    halted: bool = False

    def tell(self, failure: Failure) -> None:
        """An error that belongs to no null. Of very many the first are told."""
        if len(self.loose) < _LOOSE:
            self.loose.append(failure)


class Execution:
    """One plan, ready to run many times."""

    def __init__(self, plan: Plan, client: Sender) -> None:
        self.plan = plan
        self._client = client
        self._prefixes = {
            request: [b'{"query":' + exact.dumps(text) for text in request.texts] for request in plan.requests
        }
        self._gather = {step.id: gathering(step) for step in plan.steps if step.kind == "entities"}

    async def run(self, call: Call) -> dict[str, Any]:
        """The merged data; failures stand in it where values are missing."""
        root: dict[str, Any] = {}
        await self._run(self.plan.requests, root, call)
        return root

    async def complete(self, event: dict[str, Any], call: Call) -> dict[str, Any]:
        """For a subscription: the subgraph's answer to the first step, completed by the others."""
        root: dict[str, Any] = {}
        first, *others = self.plan.requests
        self._take_root(first.steps[0], event, root, call)
        await self._run(others, root, call)
        return root

    def subscription(self, call: Call) -> tuple[str, dict[str, Any]]:
        """The subgraph and the payload that subscribe to the first step."""
        first = self.plan.requests[0]
        variables = {name: call.variables[name] for name in first.variables if name in call.variables}
        return first.subgraph, {"query": first.texts[0], "variables": variables}

    async def _run(self, requests: list[Request], root: dict[str, Any], call: Call) -> None:
        if len(requests) == 1:
            await self._request(requests[0], root, call)
            return
        tasks: dict[int, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            for request in requests:
                needs = {tasks[one] for one in request.needs if one in tasks}
                task = group.create_task(self._after(needs, request, root, call))
                tasks.update(dict.fromkeys((step.id for step in request.steps), task))

    async def _after(
        self, needs: set["asyncio.Task[None]"], request: Request, root: dict[str, Any], call: Call
    ) -> None:
        if needs:
            await asyncio.wait(needs)
        await self._request(request, root, call)

    async def _request(self, request: Request, root: dict[str, Any], call: Call) -> None:
        if request.kind == "entities":
            await self._entities(request, root, call)
        elif not request.steps[0].path:
            await self._root(request, root, call)
        else:
            await self._nested_root(request, root, call)

    async def _send(
        self, request: Request, text: int, call: Call, representations: dict[int, Batch] | None = None
    ) -> dict[str, Any]:
        parts: list[bytes] = []
        for number, batch_ in (representations or {}).items():
            try:
                written = exact.dumps(batch_.representations)
            except TypeError as error:  # a key or a required value that nests deeper than can be written
                message = f"{request.subgraph} cannot be asked: {error}"
                raise SubgraphTrouble("INTERNAL_SERVER_ERROR", message) from error
            parts.append(b'"%s%d":%s' % (request.variable.encode(), number, written))
        parts += [
            exact.dumps(name) + b":" + exact.dumps(call.variables[name])
            for name in request.variables
            if name in call.variables
        ]
        variables = b',"variables":{' + b",".join(parts) + b"}" if parts else b""
        body = self._prefixes[request][text] + variables + b"}"
        deadline = min(call.deadline, asyncio.get_running_loop().time() + call.fetch_s)
        return await self._client.send(
            request.subgraph, body, call.headers, deadline, idempotent=request.kind != "mutation"
        )

    # -- root fetches -----------------------------------------------------------------------------------------------

    async def _root(self, request: Request, root: dict[str, Any], call: Call) -> None:
        (step,) = request.steps
        if call.halted and step.kind == "mutation":
            fill(step, root, ABSENT)
            return
        try:
            answer = await self._send(request, 0, call)
        except SubgraphTrouble as trouble:
            fill(step, root, _trouble(trouble, step.subgraph))
        else:
            self._take_root(step, answer, root, call)
        call.halted |= any(root.get(key) is None or type(root[key]) is Failure for key in step.must)

    async def _nested_root(self, request: Request, root: dict[str, Any], call: Call) -> None:
        """A type such as Query that is met below the root: the same answer for every place."""
        places = objects_at(root, request.steps[0].path)
        if not places:
            return
        found: dict[str, Any] = {}
        await self._root(request, found, call)
        for one in places:
            merge(one, found)

    def _take_root(self, step: Step, answer: dict[str, Any], root: dict[str, Any], call: Call) -> None:
        data = answer.get("data")
        errors = reported(step.subgraph, answer)
        if not isinstance(data, dict):
            told = [error for error in errors if _begins(error) in step.tree.fields]
            if told:
                # The one that made the null is told after those that the null swallowed.
                errors = [told[-1], *(error for error in errors if _begins(error) not in step.tree.fields)]
            failure = self._no_data(step, errors, call)
            fill(step, root, failure.with_below(told[-1].path or ()) if told else failure)
            return
        keep_asked(step, data)
        for error in errors:
            if not (error.path and place(data, error.path, error.failure)):
                call.tell(error.failure)
        merge(root, {key: data.get(key) for key in step.tree.fields})

    def _no_data(self, step: Step, errors: list[Reported], call: Call) -> Failure:
        if not errors:
            return Failure(f"{step.subgraph} answered no data", "SERVICE_UNAVAILABLE", step.subgraph)
        first, *others = errors
        for error in others:
            call.tell(error.failure)
        return first.failure

    # -- entities ---------------------------------------------------------------------------------------------------

    async def _entities(self, request: Request, root: dict[str, Any], call: Call) -> None:
        batches = [self._gather[step.id](objects_at(root, step.path)) for step in request.steps]
        wanted = [number for number, each in enumerate(batches) if each.representations]
        if wanted:
            await self._ask(request, batches, wanted, call)
        for each in batches:
            each.settle()

    async def _ask(self, request: Request, batches: list[Batch], wanted: list[int], call: Call) -> None:
        # One alone has a text of its own; otherwise all are sent, some with no representation.
        sent = wanted if len(wanted) == 1 else range(len(batches))
        text = wanted[0] if len(wanted) == 1 else len(batches)
        try:
            answer = await self._send(request, text, call, {number: batches[number] for number in sent})
        except SubgraphTrouble as trouble:
            failure = _trouble(trouble, request.subgraph)
            for number in wanted:
                self._fill_all(request.steps[number], batches[number], failure)
            return
        names = aliases(len(batches))
        data = answer.get("data")
        errors = reported(request.subgraph, answer)
        by_name: dict[str | int | None, list[Reported]] = {}
        for error in errors:
            by_name.setdefault(_begins(error), []).append(error)
        none: Failure | None = None
        for number in wanted:
            found = data.get(names[number]) if isinstance(data, dict) else None
            if isinstance(found, list):
                self._take_entities(request.steps[number], batches[number], found, by_name.pop(names[number], []), call)
            else:
                none = none or self._no_data(request.steps[number], errors, call)
                self._fill_all(request.steps[number], batches[number], none)
        if none is None:
            for error in (error for each in by_name.values() for error in each):
                call.tell(error.failure)

    def _take_entities(self, step: Step, wanted: Batch, found: list[Any], errors: list[Reported], call: Call) -> None:
        if len(found) != len(wanted.objects):
            # Which of them are there, nobody can say: a value must not be told of another entity.
            message = f"{step.subgraph} answered {len(found)} entities, asked for {len(wanted.objects)}"
            self._fill_all(step, wanted, Failure(message, "INTERNAL_SERVER_ERROR", step.subgraph))
            return
        keep_asked(step, found, wanted.objects)
        for error in errors:
            if not place(found, (error.path or ())[1:], error.failure):
                call.tell(error.failure)
        for value, objects in zip(found, wanted.objects, strict=True):
            for one in objects:
                if type(value) is dict:
                    if one.keys().isdisjoint(value):
                        one.update(value)
                    else:
                        merge(one, value)
                else:
                    fill(step, one, value if isinstance(value, Failure) else _none(step.subgraph, value))

    def _fill_all(self, step: Step, wanted: Batch, failure: Failure) -> None:
        for objects in wanted.objects:
            for one in objects:
                fill(step, one, failure)


def _begins(error: Reported) -> str | int | None:
    return error.path[0] if error.path else None


def _none(subgraph: str, value: Any) -> Failure:
    if value is None:
        return ABSENT
    return Failure(f"{subgraph} answered {type(value).__name__}, not an entity", "INTERNAL_SERVER_ERROR", subgraph)


def _trouble(trouble: SubgraphTrouble, subgraph: str) -> Failure:
    return Failure(trouble.message, trouble.code, subgraph)
