"""What is left to do when the answers are written: commands to type, and what others have to give. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping

_NEEDS = {
    "whatsapp": "WHATSAPP_PHONE_NUMBER_ID WHATSAPP_TOKEN_FILE WHATSAPP_CODE_TEMPLATE WHATSAPP_NOTICE_TEMPLATE",
    "sms": "SMS_URL",
    "mail": "SMTP_HOST SMTP_FROM SMTP_TO",
}
UP = "docker compose up --wait"


def commands(said: Mapping[str, str]) -> list[str]:
    """Typed in this order they make an installation of what was written. Without a terminal (-T): `install --start` runs them with no
    input, which the engine refuses where there is one."""
    officer = said.get("officer")
    grant = f"docker compose exec -T people-api python -m services.people grant --phone {shlex.quote(officer or '')} --role ops"
    return [UP, *([grant] if officer else []), "docker compose run --rm -T ops doctor"]


def notes(said: Mapping[str, str], env: Mapping[str, str], leads: Callable[[str], bool]) -> Iterator[str]:
    """`leads`: whether a name leads anywhere, as it is seen from here."""
    named = {*said.get("names", "").split(","), said.get("kafka", "")} - {"", "localhost"}
    for name in sorted(each for each in named if not leads(each)):
        yield f"{name} leads nowhere yet: its DNS"
    for channel in filter(None, said.get("channels", "").split(",")):
        if missing := [name for name in _NEEDS[channel].split() if not env.get(name)]:
            yield f"{channel}: {', '.join(missing)} in .env, or people's worker does not start (docs/operations.md, Messages)"
    if not said.get("channels"):
        yield "nobody can sign in by a code until CODE_CHANNELS names a way (docs/operations.md, Messages)"
    if said.get("certificates") == "files":
        yield f"your certificate: {said['secrets']}/keep/edge/certificate.pem and key.pem (docs/operations.md, The edge)"
    if said.get("tls") == "edge":
        yield f"{said.get('names')} have to lead to this host, and ports 80 and 443 to be reached from outside"
    elif said.get("tls") == "proxy":
        yield "your proxy sends to 127.0.0.1:4000 and hides /metrics, /readyz and /livez (docs/operations.md, The edge)"
    if not any(said.get(key) for key in ("alert-webhook", "alert-mail-to", "alert-telegram")):
        yield "alerts call nobody yet"
    if not said.get("officer"):
        yield "the first of ops: docker compose exec people-api python -m services.people grant --phone 0812… --role ops"
    yield f"a copy of {said['secrets']}/keep on another machine"
    if "offsite" not in env.get("COMPOSE_PROFILES", "").split(","):
        yield f"the database's copies leave this host by nobody: OFFSITE_… in .env (docs/operations.md), or carry {said['backup']} away"
    yield "tariffs and zones, units and kinds of goods, texts to agree to (docs/operations.md, People)"
