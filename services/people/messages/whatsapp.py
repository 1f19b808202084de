"""WhatsApp Cloud API: `POST /{phone-number-id}/messages` with templates that Meta has approved.

A code goes by a template of the category *authentication* with a copy-code button: the code is its body's parameter and its button's. A
notice goes by one of the category *utility*, whose body has one parameter, the words. Both are there in Indonesian (`id`) and in
English (`en`). Errors are told by `error.code`, whatever the status: Meta asks to decide by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from services.kit.secret import Secret
from services.people.messages.port import ChannelName, Later, Message, Refused, Sent, Unclear
from services.people.messages.provider import MENDED_AFTER_S, Answer, Provider, check

# The number has no WhatsApp or an old one, is not allowed while testing, has blocked us, or Meta keeps this message from it.
_OF_THE_NUMBER: Final = frozenset({130472, 131021, 131026, 131030, 131047, 131049, 131050, 131051})
# Throughput of the app, the account, the sending number; the pair of both numbers.
_TOO_MANY: Final = frozenset({4, 80007, 130429, 131048, 131056})
_MOST_CHARACTERS: Final = 1_000  # a body has 1,024 with the template's own words


@dataclass(frozen=True, slots=True)
class Account:
    """`url` ends with the API's version; the templates' names are those of both languages."""

    url: str
    phone_number_id: str
    token: Secret
    code_template: str
    notice_template: str


class _Error(msgspec.Struct):
    code: int = 0


class _Taken(msgspec.Struct):
    id: str = ""


class _Said(msgspec.Struct):
    error: _Error | None = None
    messages: list[_Taken] = []


class WhatsApp:
    name = ChannelName.WHATSAPP

    def __init__(self, account: Account, provider: Provider) -> None:
        self._account = account
        self._provider = provider
        self._url = f"{account.url.rstrip('/')}/{account.phone_number_id}/messages"

    async def send(self, message: Message) -> Sent:
        if message.phone is None:
            raise Refused("no number")
        headers = {
            "Authorization": f"Bearer {self._account.token.reveal()}",
            "Content-Type": "application/json",
        }
        answer = await self._provider.ask("POST", self._url, headers, msgspec.json.encode(self._body(message)))
        return _judge(answer)

    async def close(self) -> None:
        await self._provider.close()

    def _body(self, message: Message) -> Mapping[str, Any]:
        name, components = self._account.notice_template, [_body_of(_one_line(message.text))]
        if message.code is not None:
            name, components = self._account.code_template, [_body_of(message.code), _button_of(message.code)]
        return {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.phone,
            "type": "template",
            "template": {"name": name, "language": {"code": message.language.lower()}, "components": components},
        }


def _judge(answer: Answer) -> Sent:
    """Raises Later, Unclear or Refused."""
    try:
        said = msgspec.json.decode(answer.body, type=_Said)
    except msgspec.DecodeError as error:
        check(answer)
        raise Unclear("an answer that is none of the API's") from error
    if said.error is not None:
        raise _fault(said.error.code, answer)
    check(answer)
    if not said.messages or not said.messages[0].id:
        raise Unclear("an answer without the message's id")
    return Sent(said.messages[0].id)


def _fault(code: int, answer: Answer) -> Later | Refused:
    if code in _OF_THE_NUMBER:
        return Refused(f"code {code}")
    if code in _TOO_MANY or answer.status >= 500:
        return Later(f"code {code}", answer.retry_after_s)
    # A token that ended, a template that is paused or not there, an account without money: no fault of the number's.
    return Later(f"code {code}: is the account in order?", answer.retry_after_s or MENDED_AFTER_S)


def _body_of(text: str) -> dict[str, Any]:
    return {"type": "body", "parameters": [{"type": "text", "text": text}]}


def _button_of(code: str) -> dict[str, Any]:
    return {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": code}]}


def _one_line(text: str) -> str:
    """A parameter may have no line breaks, tabs or four spaces in a row."""
    return " ".join(text.split())[:_MOST_CHARACTERS]
