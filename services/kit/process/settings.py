"""What a process is told by its environment: read once, checked whole, secrets kept out of every repr.

A process declares a frozen struct; a field is the variable of its name in upper case, or of `msgspec.field(name=…)`:

    class DeliveryApi(ApiSettings, frozen=True, kw_only=True):
        quote_signing_key: Secret                 # QUOTE_SIGNING_KEY, or the content of the file QUOTE_SIGNING_KEY_FILE
        detour: Annotated[float, msgspec.Meta(ge=1)] = 1.4

    settings = load(DeliveryApi)

What its fields must be together is a rule (`services.kit.checks`): rules are tried also where a field could not be read, so that one start
tells all that is wrong.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import EnumType, StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Generic, Literal, TypeVar, Union, get_args, get_origin
from urllib.parse import quote

import msgspec

from services.kit.checks import Checked, Known, broken, rule
from services.kit.checks import SettingsError as SettingsError
from services.kit.http.trust import Issuers, Trust, Trusted
from services.kit.kafka.cluster import Cluster
from services.kit.secret import Secret as Secret


class Mode(StrEnum):
    """Where a process runs. `local` and `test` have a movable clock and known PINs, `sandbox` known PINs only."""

    LOCAL = "local"
    TEST = "test"
    SANDBOX = "sandbox"
    PRODUCTION = "production"

    @property
    def clock_can_move(self) -> bool:
        return self in (Mode.LOCAL, Mode.TEST)

    @property
    def deliveries_are_tests(self) -> bool:
        return self is not Mode.PRODUCTION


class LogLevel(StrEnum):
    """In any case of letters."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"

    @classmethod
    def _missing_(cls, value: object) -> "LogLevel | None":
        return next((level for level in cls if isinstance(value, str) and level == value.upper()), None)


class Switch(StrEnum):
    """Said as `on` or `off`; true or false where it is asked."""

    ON = "on"
    OFF = "off"

    @classmethod
    def of(cls, value: bool) -> "Switch":
        return cls.ON if value else cls.OFF

    def __bool__(self) -> bool:
        return self is Switch.ON


EXIT: Final = 2
"""What a process ends with whose settings are missing or wrong; what fails later is 1."""

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class ProcessSettings(Checked, frozen=True, kw_only=True, rename="upper"):
    """What every process reads."""

    mode: Mode = msgspec.field(name="WLIJO_MODE", default=Mode.PRODUCTION)
    log_level: LogLevel = LogLevel.INFO
    otel_exporter_otlp_endpoint: str | None = None


class ServerSettings(ProcessSettings, frozen=True, kw_only=True):
    """What every process that listens reads. A worker listens too: health and metrics."""

    host: str = "127.0.0.1"
    port: Port
    connections_per_address: Annotated[int, msgspec.Meta(ge=1)] = 1_000


class TokenSettings(ServerSettings, frozen=True, kw_only=True):
    """What a process reads that verifies tokens. HOME_ISSUER is the installation's own, unless JWT_ISSUERS says otherwise of it. JWT_ISSUER
    is one more than those; each with the address of its keys unless they are to be discovered, and with subjects as they are. JWT_AUDIENCE
    is meant for all that name none of their own."""

    home_issuer: str = ""
    home_jwks_url: str = ""
    home_ended_url: str = ""
    jwt_issuers: Issuers = Issuers()
    jwt_issuer: str = ""
    jwks_url: str = ""
    jwt_audience: str = "wlijo"
    jwt_ca: str | None = None

    @rule
    def whose_tokens_count(self) -> None:
        self.issuers.check()

    @property
    def issuers(self) -> Trusted:
        alone = Trust(issuer=self.jwt_issuer, jwks_url=self.jwks_url)
        said = (*self._home(), *((alone,) if self.jwt_issuer or self.jwks_url else ()), *self.jwt_issuers.listed)
        audience = self.jwt_audience or None
        return Trusted(
            issuers=tuple(msgspec.structs.replace(each, audience=each.audience or audience) for each in said),
            ca=self.jwt_ca,
            plain_http=self.mode.clock_can_move,
        )

    def _home(self) -> tuple[Trust, ...]:
        home = self.home_issuer.rstrip("/")  # as it names itself
        if not home or home in [self.jwt_issuer, *(each.issuer for each in self.jwt_issuers.listed)]:
            return ()
        keys, ended = self.home_jwks_url, self.home_ended_url
        return (Trust(issuer=home, jwks_url=keys, ended_url=ended, subjects="", roles_claim="roles"),)


class ApiSettings(TokenSettings, frozen=True, kw_only=True):
    """A service's `api` process."""

    database_url: Secret

    @rule
    def whose_tokens_count(self) -> None:
        if not self.jwt_issuer and (self.jwks_url or not (self.home_issuer or self.jwt_issuers.listed)):
            raise ValueError("JWT_ISSUER is missing, or HOME_ISSUER or JWT_ISSUERS in its place: whose tokens count")
        self.issuers.check()


class ReadingApiSettings(ApiSettings, frozen=True, kw_only=True):
    """An `api` that may read from a streaming replica of its database what people only look at."""

    replica_database_url: Secret | None = None
    replica_behind_seconds: Annotated[float, msgspec.Meta(ge=1, le=300)] = 5


class WorkerSettings(ServerSettings, frozen=True, kw_only=True):
    """A service's `worker` process."""

    database_url: Secret
    kafka: Cluster


class MigrateSettings(ProcessSettings, frozen=True, kw_only=True):
    """A service's `migrate`: with the owner's role, which the running processes do not have."""

    migration_database_url: Secret


class OperationSettings(ProcessSettings, frozen=True, kw_only=True):
    """What ops does by hand to a service's database, with the runtime role."""

    database_url: Secret


class SeedSettings(ProcessSettings, frozen=True, kw_only=True):
    """A service's `seed`."""

    database_url: Secret


S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Read(Generic[S]):
    """`made` is None where `wrong` says anything. `known` are the fields that could be read, those of defaults among them."""

    made: S | None
    known: Mapping[str, Any]
    wrong: list[str]


def load(cls: type[S], env: Mapping[str, str] | None = None) -> S:
    """The settings, from `env` or the process's environment. Raises SettingsError, naming every bad key at once.

    An empty value counts as missing. `KEY_FILE` may name a file that holds the value of `KEY`, unless it is a variable of its
    own; both is an error. A type with a class method `of_text` is made by it, of the whole text.
    An address of a database may leave its password out: the file named by `DATABASE_PASSWORD_FILE` holds it then, and wins.
    """
    found = read(cls, env)
    if found.made is None:
        raise SettingsError("\n".join(found.wrong))
    return found.made


def read(cls: type[S], env: Mapping[str, str] | None = None) -> Read[S]:
    """As `load`, for who has more to say of what is wrong. A field that is a struct itself is read from the same variables."""
    source = os.environ if env is None else env
    values: dict[str, Any] = {}
    wrong: list[str] = []
    fields = msgspec.structs.fields(cls)
    own = {field.encode_name for field in fields}
    for field in fields:
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            inner: Read[Any] = read(field.type, source)
            wrong += inner.wrong
            values[field.name] = Known(field.type, inner.known) if inner.made is None else inner.made
            continue
        key = field.encode_name
        try:
            text = _text(source, key, may_be_file=f"{key}_FILE" not in own)
            if text is not None:
                values[field.name] = msgspec.convert(text, field.type, strict=False, dec_hook=_of_text)
            elif field.required:
                wrong.append(f"{key} is missing")
            elif field.default is not msgspec.NODEFAULT:
                values[field.name] = field.default
            else:
                values[field.name] = field.default_factory()
        except msgspec.ValidationError as error:
            wrong.append(f"{key} is malformed: {error}{_choices(field.type)}")
        except _Unreadable as error:
            wrong.append(str(error))
    wrong += broken(cls, values)
    wrong = list(dict.fromkeys(wrong))
    if wrong:
        return Read(None, values, wrong)
    try:
        return Read(cls(**values), values, [])
    except ValueError as error:
        return Read(None, values, str(error).splitlines())


def refused(process: str, error: SettingsError) -> int:
    """Says in one message why a process cannot start, as every process says it; the exit code."""
    sys.stderr.write(f"{process} cannot start:\n{error}\n")
    return EXIT


def _choices(wanted: Any) -> str:
    """What a word may be, where only some may."""
    kinds = get_args(wanted) if get_origin(wanted) in (UnionType, Union) else (wanted,)
    words = [
        str(word)
        for kind in kinds
        for word in (get_args(kind) if get_origin(kind) is Literal else kind if isinstance(kind, EnumType) else ())
    ]
    return f"; it may be {', '.join(words)}" if words else ""


class _Unreadable(Exception):
    pass


def _text(source: Mapping[str, str], key: str, *, may_be_file: bool) -> str | None:
    value, path = source.get(key, "").strip(), source.get(f"{key}_FILE", "").strip() if may_be_file else ""
    if value and path:
        raise _Unreadable(f"{key} and {key}_FILE are both set")
    if not path:
        return _with_password(source, key, value) or None
    return _content(f"{key}_FILE", path)


def _with_password(source: Mapping[str, str], key: str, value: str) -> str:
    named = f"{key.removesuffix('URL')}PASSWORD_FILE"
    path = source.get(named, "").strip()
    if not value or not path or not key.endswith("DATABASE_URL"):
        return value
    scheme, separator, rest = value.partition("://")
    user, at, place = rest.rpartition("@")
    if not separator or not at:
        raise _Unreadable(f"{key} names no user, and {named} is set: postgresql://user@host:port/database is wanted")
    return f"{scheme}://{user.partition(':')[0]}:{quote(_content(named, path), safe='')}@{place}"


def _content(named: str, path: str) -> str:
    try:
        content = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise _Unreadable(f"{named} cannot be read: {path}: {reason}") from error
    if not content:
        raise _Unreadable(f"{named} is empty: {path}")
    return content


def _of_text(wanted: type, value: Any) -> Any:
    if isinstance(value, str):
        if wanted is Secret or wanted is Path:
            return wanted(value)
        if (of_text := getattr(wanted, "of_text", None)) is not None:
            return of_text(value)
    raise NotImplementedError(f"settings of type {wanted} are not supported")
