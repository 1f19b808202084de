"""For trying, in local and test mode: messages go nowhere, and a page of the api shows to anybody what they said."""

from __future__ import annotations

from services.people.messages.port import ChannelName, Message, Sent


class Inbox:
    name = ChannelName.INBOX

    async def send(self, message: Message) -> Sent:
        return Sent(f"inbox:{message.id}")

    async def close(self) -> None:
        pass
