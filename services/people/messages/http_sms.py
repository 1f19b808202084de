"""Any SMS gateway that is spoken to over HTTP: what is asked, and how a yes is told from a no, are settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from services.kit.secret import Secret
from services.people.messages.port import ChannelName, Message, Refused, Sent, Unclear
from services.people.messages.provider import Provider, check


@dataclass(frozen=True, slots=True)
class Gateway:
    """In `url`, `body` and the headers' values stand `{phone}` (E.164), `{number}` (without the plus), `{text}` and `{id}`, which is the
    same when a message is sent again. A body that is JSON or a form is filled in by its values, so that no words can change its shape.

    Many gateways say yes to everything, and in the body what came of it: a success must match `accepted` (its first group is the
    reference), and an answer of any status that matches `refused` says that the number cannot get it."""

    url: str
    method: str
    headers: Mapping[str, Secret]
    body: str | None
    accepted: re.Pattern[str] | None = None
    refused: re.Pattern[str] | None = None


class HttpSms:
    name = ChannelName.SMS

    def __init__(self, gateway: Gateway, provider: Provider) -> None:
        self._gateway = gateway
        self._provider = provider

    async def send(self, message: Message) -> Sent:
        if message.phone is None:
            raise Refused("no number")
        words = {
            "phone": message.phone,
            "number": message.phone.removeprefix("+"),
            "text": " ".join(message.text.split()),
            "id": str(message.id),
        }
        gateway = self._gateway
        answer = await self._provider.ask(
            gateway.method,
            _filled(gateway.url, {name: quote(word, safe="") for name, word in words.items()}),
            {name: _filled(value.reveal(), _of_a_header(words)) for name, value in gateway.headers.items()},
            _body(gateway.body, words) if gateway.body is not None else None,
        )
        said = answer.body.decode(errors="replace")
        if gateway.refused and gateway.refused.search(said):
            raise Refused("the gateway says so")
        check(answer)
        if gateway.accepted is None:
            return Sent("")
        if (found := gateway.accepted.search(said)) is None:
            raise Unclear("an answer that does not say yes")
        return Sent((found[1] or "") if found.re.groups else "")

    async def close(self) -> None:
        await self._provider.close()


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    """In one pass: what a word says is not looked at again."""
    return re.sub(r"\{(phone|number|text|id)\}", lambda found: words[found[1]], pattern)


def _body(pattern: str, words: Mapping[str, str]) -> bytes:
    try:
        return msgspec.json.encode(_in_tree(msgspec.json.decode(pattern), words))
    except msgspec.DecodeError:
        pairs = parse_qsl(pattern, keep_blank_values=True)
    if not pairs:
        return _filled(pattern, words).encode()
    return urlencode([(name, _filled(value, words)) for name, value in pairs]).encode()


def _in_tree(tree: Any, words: Mapping[str, str]) -> Any:
    match tree:
        case str():
            return _filled(tree, words)
        case list():
            return [_in_tree(each, words) for each in tree]
        case dict():
            return {name: _in_tree(value, words) for name, value in tree.items()}
    return tree


def _of_a_header(words: Mapping[str, str]) -> Mapping[str, str]:
    """Words of people stay out of headers: their letters are not of those that may stand there."""
    return {**words, "text": ""}
