"""Which process reads which settings. A process is named as its container is, where it has one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

import msgspec

from gateway.settings import Settings as GatewaySettings
from infra.ops.doctor.place import Settings as DoctorSettings
from infra.ops.doctor.place import TellingOf
from infra.ops.doctor.telling import TellingSettings
from infra.ops.provision.__main__ import ProvisionSettings
from infra.settings.found import ROOT, Setting, of_module, of_struct
from services.contracts.registry import NAMES
from services.kit.photos.settings import MediaSettings
from services.kit.process.settings import MigrateSettings, OperationSettings, SeedSettings
from services.people.settings import ByHandSettings
from services.web.settings import WebSettings

ADDRESSED = ("URL", "PATHS", "FILES")
"""What the gateway is told of each subgraph, and of web: see gateway.addresses."""
_SHELL = re.compile(
    r"\$\{?(BACKUPS_KEPT|DATA_VOLUME|POSTGRES_MAX_CONNECTIONS|[A-Z_]+_AT|OFFSITE_(?:REPOSITORY|S3_\w+|KEPT_DAYS))\b(?::?-([^}$]*))?"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """A process, or what is typed beside it in the same container. `room` is the part of the page that its own settings are in."""

    name: str
    room: str
    structs: Sequence[type[msgspec.Struct]] = ()
    modules: Sequence[str] = ()
    scripts: Sequence[str] = ()
    patterns: Sequence[Setting] = ()

    def settings(self) -> dict[str, Setting]:
        found: dict[str, Setting] = {}
        for each in self._all():
            # Its own process may need what a command beside it does not.
            if each.name not in found or found[each.name].default is not None:
                found[each.name] = each
        return found

    def _all(self) -> Iterator[Setting]:
        for struct in self.structs:
            yield from of_struct(struct)
        for module in self.modules:
            yield from of_module(module)
        for script in self.scripts:
            for name, default in _SHELL.findall((ROOT / script).read_text("utf-8")):
                yield Setting(name, "whole number" if default.isdecimal() else "text", default)
        yield from self.patterns


def readers() -> Mapping[str, Reader]:
    """All, the order in which the page names them."""
    addressed = [Setting(f"<NAME>_{what}", "address" if what == "URL" else "paths by comma", "") for what in ADDRESSED]
    found = [Reader("gateway", "The gateway", [GatewaySettings], patterns=addressed)]
    for name in NAMES:
        service = import_module(f"services.{name}.app").SERVICE
        by_hand = [OperationSettings, ByHandSettings] if name == "people" else [OperationSettings]
        swept = [MediaSettings] if "photos" in service.by_hand else []
        seeded = [MediaSettings] if name == "catalog" else []
        found += [
            Reader(f"{name}-api", "Services", [service.api_settings, *by_hand]),
            Reader(f"{name}-worker", "Services", [service.worker_settings, *by_hand[:1], *swept]),
            Reader(f"{name}-migrate", "Services", [MigrateSettings]),
        ]
        if service.seed:
            found.append(Reader(f"{name}-seed", "Services", [SeedSettings, *seeded]))
    databases = Setting("<SERVICE>_DATABASE_URL", "secret", None, secret=True)
    installing = ("infra.compose.secrets", "infra.compose.edge", "infra.compose.alerting")
    looking = ("infra.ops.why.traces", "infra.ops.why.show", "infra.ops.doctor.host", "infra.ops.doctor.broker")
    robots = (
        "infra.compose.robots",
        *(f"infra.local.robots.{each}" for each in ("company", "http_ojek", "ojek", "merchant")),
    )
    mine = [f"infra.local.{each}" for each in ("cli", "ports", "state", "supervisor", "unprivileged")]
    return {
        each.name: each
        for each in [
            *found,
            Reader("web", "Services", [WebSettings]),
            Reader("ops", "What ops type", [DoctorSettings, ProvisionSettings], looking, patterns=[databases]),
            Reader("doctor", "What ops type", [TellingOf, TellingSettings]),
            Reader("provision", "What ops type", [ProvisionSettings]),
            Reader("partner-check", "What ops type", modules=["infra.partner_check.__main__"]),
            Reader("prepare", "An installation", modules=installing),
            Reader("roles", "An installation", modules=["infra.compose.roles"]),
            Reader("postgres", "An installation", scripts=["infra/compose/backup"]),
            Reader(
                "keeper",
                "An installation",
                scripts=["infra/compose/keeper", "infra/compose/backup", "infra/compose/restore"],
            ),
            Reader("offsite", "An installation", scripts=["infra/compose/keeper", "infra/compose/offsite"]),
            Reader("restore", "An installation", scripts=["infra/compose/restore"]),
            Reader("issuer", "The demo, and a developer's machine", modules=["infra.local.issuer"]),
            Reader("robots", "The demo, and a developer's machine", modules=robots),
            Reader("qris", "The demo, and a developer's machine", modules=["infra.local.qris.__main__"]),
            Reader("make", "The demo, and a developer's machine", modules=[*mine, "infra.kafka.maven"]),
        ]
    }


def reader_of(container: str) -> str | None:
    """Whose settings a container of the compose file is told; None for what is not ours."""
    if container.startswith("robot-"):
        return "robots"
    if container.startswith("restore"):
        return "restore"
    if container in ("offsite-copies", "bring-back"):
        return "offsite"
    return container if container in readers() else None
