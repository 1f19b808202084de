"""Whoever has a part: somebody with a phone, who signs in by it and then asks the graph."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from infra.local.robots.platform import Person, Platform
from tests.slow.story.phones import Phones


class Refused(RuntimeError):
    """The platform gave reasons."""


@dataclass(slots=True)
class Somebody:
    name: str
    phone: str
    platform: Platform

    async def ask(self, document: str, **variables: Any) -> Any:
        return await self.platform.query(document, variables)

    async def does(self, mutation: str, wanted: str, **variables: Any) -> Any:
        """`mutation` as `name(argument: Type!, …)`; what it made. A key is made where one is taken. Raises Refused with its problems."""
        name, _, declared = mutation.rstrip(")").partition("(")
        types = dict(each.split(": ") for each in declared.split(", ")) if declared else {}
        if "idempotencyKey" in types:
            variables["idempotencyKey"] = secrets.token_hex(16)
        heads = ", ".join(f"${each}: {kind}" for each, kind in types.items())
        given = ", ".join(f"{each}: ${each}" for each in types)
        call = f"{name}({given})" if types else name
        told = f"mutation{f'({heads})' if heads else ''} {{ {call} {{ problems {{ code message field }} {wanted} }} }}"
        answer = (await self.ask(told, **variables))[name]
        if answer["problems"]:
            raise Refused(f"{self.name}, {name}: {answer['problems']}")
        return answer

    def follow(self, document: str, **variables: Any) -> AsyncIterator[dict[str, Any]]:
        return self.platform.subscribe(document, variables)


@dataclass(slots=True)
class Cast:
    url: str
    phones: Phones
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def enters(self, name: str, phone: str, language: str = "ID") -> Somebody:
        """Signs in by the code that comes to the phone, and says their name."""
        person = Person(self.url, phone, device=f"{name}'s phone", messages=self.phones)
        platform = await self._open.enter_async_context(Platform(self.url, person))
        entered = Somebody(name, phone, platform)
        await entered.does(
            "updatePerson(name: String, language: Language)", "person { id }", name=name, language=language
        )
        return entered

    async def leave(self) -> None:
        await self._open.aclose()
