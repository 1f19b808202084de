"""Runs the steps of a plan, each as soon as what it needs is there, and merges what they bring."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from gateway.executor.entities import Batch, batch, fill, merge, objects_at
from gateway.executor.failure import ABSENT, Failure, place, reported
from gateway.executor.subgraph_client import SubgraphTrouble
from gateway.planner.plan import Plan, Step


class Sender(Protocol):
    """Sends one operation to one subgraph; raises SubgraphTrouble when there is no GraphQL answer."""

    async def send(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, *, idempotent: bool
    ) -> dict[str, Any]: ...


@dataclass(slots=True)
class Call:
    """What one execution carries. `deadline` is in the loop's time and holds for every fetch."""

    variables: Mapping[str, Any]
    headers: Mapping[str, str]
    deadline: float
    # Errors that belong to no null of the data.
    loose: list[Failure] = field(default_factory=list)


class Execution:
    """One plan, ready to run many times."""

    def __init__(self, plan: Plan, client: Sender) -> None:
        self.plan = plan
        self._client = client
        self._prefix = {step.id: b'{"query":' + orjson.dumps(step.text) for step in plan.steps}
        name = plan.representations_variable
        self._representations = orjson.dumps(name) + b":["

    async def run(self, call: Call) -> dict[str, Any]:
        """The merged data; failures stand in it where values are missing."""
        root: dict[str, Any] = {}
        await self._run(self.plan.steps, root, call)
        return root

    async def complete(self, event: dict[str, Any], call: Call) -> dict[str, Any]:
        """For a subscription: the subgraph's answer to the first step, completed by the others."""
        root: dict[str, Any] = {}
        first, *others = self.plan.steps
        self._take_root(first, event, root, call)
        await self._run(others, root, call, done={first.id})
        return root

    def subscription(self, call: Call) -> tuple[str, dict[str, Any]]:
        """The subgraph and the payload that subscribe to the first step."""
        first = self.plan.steps[0]
        variables = {name: call.variables[name] for name in first.variables if name in call.variables}
        return first.subgraph, {"query": first.text, "variables": variables}

    async def _run(self, steps: list[Step], root: dict[str, Any], call: Call, done: set[int] | None = None) -> None:
        if len(steps) == 1:
            await self._step(steps[0], root, call)
            return
        tasks: dict[int, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            for step in steps:
                needs = [tasks[one] for one in step.needs if one in tasks]
                tasks[step.id] = group.create_task(self._after(needs, step, root, call))

    async def _after(self, needs: list["asyncio.Task[None]"], step: Step, root: dict[str, Any], call: Call) -> None:
        if needs:
            await asyncio.wait(needs)
        await self._step(step, root, call)

    async def _step(self, step: Step, root: dict[str, Any], call: Call) -> None:
        if step.kind == "entities":
            await self._entities(step, root, call)
        elif not step.path:
            await self._root(step, root, call)
        else:
            await self._nested_root(step, root, call)

    async def _send(self, step: Step, call: Call, representations: list[bytes] | None = None) -> dict[str, Any]:
        body = self._prefix[step.id]
        parts: list[bytes] = []
        if representations is not None:
            parts.append(self._representations + b",".join(representations) + b"]")
        parts += [
            orjson.dumps(name) + b":" + orjson.dumps(call.variables[name])
            for name in step.variables
            if name in call.variables
        ]
        if parts:
            body += b',"variables":{' + b",".join(parts) + b"}"
        return await self._client.send(
            step.subgraph, body + b"}", call.headers, call.deadline, idempotent=step.kind != "mutation"
        )

    # -- root fetches -----------------------------------------------------------------------------------------------

    async def _root(self, step: Step, root: dict[str, Any], call: Call) -> None:
        try:
            answer = await self._send(step, call)
        except SubgraphTrouble as trouble:
            fill(step, root, _trouble(trouble, step.subgraph))
            return
        self._take_root(step, answer, root, call)

    async def _nested_root(self, step: Step, root: dict[str, Any], call: Call) -> None:
        """A type such as Query that is met below the root: the same answer for every place."""
        places = objects_at(root, step.path)
        if not places:
            return
        found: dict[str, Any] = {}
        await self._root(step, found, call)
        for one in places:
            merge(one, found)

    def _take_root(self, step: Step, answer: dict[str, Any], root: dict[str, Any], call: Call) -> None:
        data = answer.get("data")
        errors = _errors(answer)
        if not isinstance(data, dict):
            failure = self._no_data(step, errors, call)
            first = errors[0].get("path") if errors and isinstance(errors[0], dict) else None
            if isinstance(first, list) and first and first[0] in step.tree.fields:
                root.setdefault(first[0], failure.with_below(tuple(first[1:])))
            fill(step, root, failure)
            return
        for error in errors:
            failure = reported(step.subgraph, error)
            path = error.get("path") if isinstance(error, dict) else None
            if not (isinstance(path, list) and place(data, path, failure)):
                call.loose.append(failure)
        merge(root, {key: data.get(key) for key in step.tree.fields})

    def _no_data(self, step: Step, errors: list[Any], call: Call) -> Failure:
        if not errors:
            return Failure(f"{step.subgraph} answered no data", "SERVICE_UNAVAILABLE", step.subgraph, once=object())
        first, *others = errors
        call.loose += [reported(step.subgraph, error) for error in others]
        return reported(step.subgraph, first, once=object())

    # -- entities ---------------------------------------------------------------------------------------------------

    async def _entities(self, step: Step, root: dict[str, Any], call: Call) -> None:
        wanted = batch(step, root)
        if not wanted.representations:
            return
        try:
            answer = await self._send(step, call, wanted.representations)
        except SubgraphTrouble as trouble:
            self._fill_all(step, wanted, _trouble(trouble, step.subgraph))
            return
        data = answer.get("data")
        errors = _errors(answer)
        found = data.get("_entities") if isinstance(data, dict) else None
        if not isinstance(found, list):
            self._fill_all(step, wanted, self._no_data(step, errors, call))
            return
        missing = len(wanted.objects) - len(found)
        if missing > 0:
            short = Failure(
                f"{step.subgraph} answered {len(found)} of {len(wanted.objects)} entities",
                "INTERNAL_SERVER_ERROR",
                step.subgraph,
                once=object(),
            )
            found += [short] * missing
        for error in errors:
            failure = reported(step.subgraph, error)
            path = error.get("path") if isinstance(error, dict) else None
            if not (isinstance(path, list) and path[:1] == ["_entities"] and place(found, path[1:], failure)):
                call.loose.append(failure)
        for value, objects in zip(found, wanted.objects, strict=False):
            for one in objects:
                if type(value) is dict:
                    merge(one, value)
                else:
                    fill(step, one, value if isinstance(value, Failure) else ABSENT)

    def _fill_all(self, step: Step, wanted: Batch, failure: Failure) -> None:
        for objects in wanted.objects:
            for one in objects:
                fill(step, one, failure)


def _errors(answer: dict[str, Any]) -> list[Any]:
    errors = answer.get("errors")
    return errors if isinstance(errors, list) else []


def _trouble(trouble: SubgraphTrouble, subgraph: str) -> Failure:
    return Failure(trouble.message, trouble.code, subgraph, once=object())
