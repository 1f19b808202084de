"""Mail by SMTP, to the address that a number has: an email-to-SMS gateway's, or a mailbox of the operator's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from typing import Final

import aiosmtplib

from services.contracts.amounts import Language
from services.kit.secret import Secret
from services.people.messages.port import ChannelName, Later, Message, Refused, Sent, Unclear
from services.people.messages.provider import DEADLINE_S, MENDED_AFTER_S

_STEP_S: Final = 5.0
_SUBJECT: Final = {
    (True, Language.ID): "Kode masuk Wlijo",
    (True, Language.EN): "Your Wlijo sign-in code",
    (False, Language.ID): "Kabar dari Wlijo",
    (False, Language.EN): "News from Wlijo",
}


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Server:
    """`recipient` is an address in which `{number}` stands for the number without its plus."""

    host: str
    port: int
    security: Security
    sender: str
    recipient: str
    username: str | None = None
    password: Secret | None = None


class Smtp:
    name = ChannelName.MAIL

    def __init__(self, server: Server, *, deadline_s: float = DEADLINE_S) -> None:
        self._server = server
        self._deadline_s = deadline_s

    async def send(self, message: Message) -> Sent:
        if message.phone is None:
            raise Refused("no number")
        mail = self._mail(message, message.phone)
        server = self._server
        try:
            async with asyncio.timeout(self._deadline_s):  # of all that is said; the library's is of each step
                await aiosmtplib.send(
                    mail,
                    hostname=server.host,
                    port=server.port,
                    username=server.username,
                    password=server.password.reveal() if server.password else None,
                    use_tls=server.security is Security.TLS,
                    start_tls=server.security is Security.STARTTLS,
                    timeout=_STEP_S,
                )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _by_code(max(each.code for each in error.recipients), final=True) from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise Later(f"code {error.code}: is the account in order?", MENDED_AFTER_S) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _by_code(error.code, final=isinstance(error, aiosmtplib.SMTPDataError)) from error
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPNotSupported) as error:
            raise Later(f"no connection: {type(error).__name__}") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise Unclear(f"no answer: {type(error).__name__}") from error
        return Sent(str(mail["Message-ID"]))

    async def close(self) -> None:
        pass

    def _mail(self, message: Message, phone: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._server.sender
        mail["To"] = self._server.recipient.replace("{number}", phone.removeprefix("+"))
        mail["Subject"] = _SUBJECT[message.code is not None, message.language]
        # The same when it is sent again: mailboxes show it once.
        mail["Message-ID"] = f"<{message.id}@{self._server.sender.rpartition('@')[2].rstrip('>')}>"
        mail["Date"] = message.asked_at
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail


def _by_code(code: int, *, final: bool) -> Refused | Later:
    """A permanent no (5xx) to the recipient or the words is final; to us it is something to mend."""
    if code < 500:
        return Later(f"code {code}")
    return Refused(f"code {code}") if final else Later(f"code {code}: is the account in order?", MENDED_AFTER_S)
