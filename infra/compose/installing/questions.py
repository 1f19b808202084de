"""What is asked of who installs, what an answer may be, and which settings it makes. Pure.

An answer is a line of text. A check gives it as it is kept, or raises Unfit with what is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from infra.compose import alerting, edge
from services.kit.http.trust import unfit
from services.people.domain.phone import Phones
from services.people.domain.refusal import Refused

_HOST: Final = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_MAIL: Final = re.compile(r"[A-Za-z0-9.!#%&*+/=?^_{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_PROJECT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_PATH: Final = re.compile(r"\.{0,2}/[A-Za-z0-9._/-]+")
_WORD: Final = re.compile(r"[A-Za-z0-9._:@/+-]{1,200}")
_LOOPBACK: Final = ("localhost", "127.0.0.1")
CHANNELS: Final = ("whatsapp", "sms", "mail")
LONGEST: Final = 500


class Unfit(Exception):
    """The text is what is wanted instead."""


def project(text: str) -> str:
    return _full(_PROJECT, text, "small letters, digits, - and _, with a letter or digit first")


def address(text: str) -> str:
    url = text.rstrip("/")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if url != f"{parts.scheme}://{host}" + (f":{port}" if port else ""):
        raise Unfit("an address without a path, https://market.example.id")
    if parts.scheme == "http" and host in _LOOPBACK:
        return url
    if parts.scheme != "https" or host in _LOOPBACK or not _HOST.fullmatch(host):
        raise Unfit("https:// and a public name; http:// is for localhost alone")
    return url


def host(text: str) -> str:
    return text.lower() if text.lower() == "localhost" else _full(_HOST, text.lower(), "a name like market.example.id")


def hosts(text: str) -> str:
    return ",".join(dict.fromkeys(host(each) for each in text.replace(",", " ").split()))


def mail(text: str) -> str:
    _full(_MAIL, text, "a mail address")
    host(text.rpartition("@")[2])
    return text


def url(text: str) -> str:
    parts = _split(text)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or not re.fullmatch(r"[!-~]+", text)
        or set(text) & set("'\"`\\$")
    ):
        raise Unfit("an address that begins with http:// or https://")
    return text


def issuer(text: str) -> str:
    if reason := unfit(url(text), plain_http=False):
        raise Unfit(f"https://…, as in the iss of its tokens: this {reason}")
    return text


def server(text: str) -> str:
    name, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise Unfit("host:port")
    host(name)
    return text


def word(text: str) -> str:
    return _full(_WORD, text, "letters, digits and . _ : @ / + -")


def path(text: str) -> str:
    if ".." in text.split("/")[1:] or text.rstrip("/") in ("", ".", ".."):
        raise Unfit("a folder of its own, /srv/wlijo/backup or ./backup")
    return _full(_PATH, text, "a folder, /srv/wlijo/backup or ./backup").rstrip("/")


def channels(text: str) -> str:
    named = text.replace(",", " ").lower().split()
    if set(named) - set(CHANNELS) or len(set(named)) < len(named):
        raise Unfit(f"each once of {', '.join(CHANNELS)}, the first choice first")
    return ",".join(named)


def countries(text: str) -> str:
    named = [each.removeprefix("+") for each in text.replace(",", " ").split()]
    if not all(each.isascii() and each.isdecimal() and 0 < int(each) < 1_000 for each in named):
        raise Unfit("calling codes by comma, like 62,65")
    return ",".join(named)


def chat(text: str) -> str:
    return _full(re.compile(r"-?\d{1,20}", re.ASCII), text, "a number, negative for a group")


def phone(text: str) -> str:
    try:
        return Phones().e164(text)
    except Refused as error:
        raise Unfit("a mobile phone number like 0812… or +62812…") from error


def one_of(*words: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text.lower() not in words:
            raise Unfit(f"one of {', '.join(words)}")
        return text.lower()

    return check


@dataclass(frozen=True, slots=True)
class Question:
    """`setting` is its variable in `.env`; "" for what is kept elsewhere or nowhere. `only_if` looks at the answers before it."""

    key: str
    setting: str
    asked: str
    check: Callable[[str], str]
    usual: str = ""
    needed: bool = False
    only_if: Callable[[Mapping[str, str]], bool] = lambda _: True

    def fit(self, text: str) -> str:
        """As it is kept. Raises Unfit."""
        line = text.strip()
        if len(line) > LONGEST or not line.isprintable():
            raise Unfit(f"one line of at most {LONGEST} characters")
        return self.check(line) if line else ""


def _edged(answers: Mapping[str, str]) -> bool:
    return answers.get("tls") == "edge"


def _mailed(answers: Mapping[str, str]) -> bool:
    return bool(answers.get("alert-mail-to"))


QUESTIONS: Final = (
    Question("project", "COMPOSE_PROJECT_NAME", "name of the project, by which containers and volumes are called", project, "wlijo"),
    Question("address", "PEOPLE_ISSUER", "address at which browsers and apps will reach the market, https://…", address, needed=True),
    Question("tls", "", "who ends TLS: edge (Caddy gets certificates) or proxy (yours, on this host)", one_of("edge", "proxy"), "edge"),
    Question("names", "EDGE_NAME", "public names that lead to this host, by comma", hosts, only_if=_edged),
    Question(
        "certificates", "EDGE_CERTIFICATES", "certificates: acme, files (yours) or internal (to try)",
        one_of(*edge.WAYS), only_if=_edged,
    ),
    Question("mail", "EDGE_MAIL", "whom the authority of certificates writes to", mail, only_if=_edged),
    Question("issuer", "JWT_ISSUER", "an OIDC issuer of yours beside sign-in by phone, its iss", issuer),
    Question("audience", "JWT_AUDIENCE", "the audience that its tokens name", word, "wlijo", only_if=lambda said: bool(said.get("issuer"))),
    Question("countries", "PHONE_COUNTRY_CODES", "whose numbers get codes: calling codes, by comma", countries, "62"),
    Question("channels", "CODE_CHANNELS", f"by what codes leave, the first choice first: {', '.join(CHANNELS)}", channels),
    Question("kafka", "KAFKA_PUBLIC_NAME", "name by which delivery companies reach Kafka, if any shall", host),
    Question("observability", "", "Prometheus and alerts in the stack: yes or no", one_of("yes", "no"), "yes"),
    Question("alert-webhook", "ALERT_WEBHOOK_URL", "who is called by alerts: an address that takes Alertmanager's JSON", url),
    Question("alert-mail-to", "ALERT_MAIL_TO", "who is called by alerts: a mail address", mail),
    Question("alert-mail-from", "ALERT_MAIL_FROM", "from whom that mail comes", mail, needed=True, only_if=_mailed),
    Question("alert-smtp", "ALERT_SMTP", "the mail server for it, host:port", server, needed=True, only_if=_mailed),
    Question("alert-smtp-username", "ALERT_SMTP_USERNAME", "who we are there, if it asks", word, only_if=_mailed),
    Question("alert-telegram", "ALERT_TELEGRAM_CHAT_ID", "who is called by alerts: a Telegram chat's number", chat),
    Question("secrets", "SECRETS_DIR", "folder of secrets", path, "./secrets"),
    Question("backup", "BACKUP_DIR", "folder of the database's copies, best on another disk", path, "./backup"),
    Question("officer", "", "phone of the first of ops, who lets all others in", phone),
)  # fmt: skip


def together(said: Mapping[str, str], there: Mapping[str, str], secrets: Mapping[str, str]) -> list[str]:
    """What is wrong with answers beside one another, and beside what `.env` says. `secrets` are those of alerts that are there or given."""
    wrong: list[str] = []
    was = there.get("COMPOSE_PROJECT_NAME") or "wlijo"
    if there.get("PEOPLE_ISSUER") and said.get("project") != was:
        wrong.append(
            f"project: {was} is installed here; another name is another installation, with empty volumes: another folder"
        )
    for secret, key in (("smtp_password", "alert-smtp-username"), ("telegram_token", "alert-telegram")):
        if said.get(key) and secret not in secrets:
            wrong.append(f"{key}: its secret is not there: --{secret.replace('_', '-')}-file")
    if _edged(said):
        wrong += _edge(said, there)
    elif said.get("address", "").startswith("http://"):
        wrong.append("address: a proxy ends TLS, so it begins with https://")
    paths = [said.get(key, "").removeprefix("./") for key in ("secrets", "backup")]
    if (
        paths[0]
        and paths[1]
        and (f"{paths[0]}/".startswith(f"{paths[1]}/") or f"{paths[1]}/".startswith(f"{paths[0]}/"))
    ):
        wrong.append("backup: copies go away to other machines, and secrets are not to go with them: another folder")
    if not wrong:
        try:
            alerting.configuration(settings(said, there), secrets)
        except alerting.NotWhole as error:
            wrong += str(error).splitlines()
    return wrong


def _edge(said: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    names = said.get("names", "").split(",")
    reached = _split(said.get("address", "")).hostname or ""
    if reached and reached not in names:
        return [f"names: {reached}, which is the address's, is not among them"]
    if "localhost" in names and said.get("certificates") == "acme":
        return ["certificates: no authority gives one for localhost: internal"]
    if said.get("certificates") != "files":  # yours may still be on their way
        try:
            edge.configuration(settings(said, there))
        except edge.NotWhole as error:
            return str(error).splitlines()
    return []


def settings(said: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    """What `.env` is to say, beside what it says. "" takes a setting out of force."""
    found = {
        question.setting: said[question.key] for question in QUESTIONS if question.setting and question.key in said
    }
    if said.get("kafka", "localhost") not in ("", "localhost") and not there.get("KAFKA_PUBLIC_BIND"):
        found["KAFKA_PUBLIC_BIND"] = "0.0.0.0"  # noqa: S104 - companies come from outside
    return found


def profiles(said: Mapping[str, str], before: str) -> str:
    """COMPOSE_PROFILES: others' stay."""
    wanted = {"edge": _edged(said), "observability": said.get("observability") == "yes"}
    kept = [each for each in before.replace(" ", "").split(",") if each and wanted.get(each, True)]
    return ",".join(dict.fromkeys([*kept, *(name for name, is_wanted in wanted.items() if is_wanted)]))


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def _full(pattern: re.Pattern[str], text: str, wanted: str) -> str:
    if not pattern.fullmatch(text):
        raise Unfit(wanted)
    return text
