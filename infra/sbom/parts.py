"""What an installation is made of: Python packages by their hashed requirements, images by their recipes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from infra.settings.found import ROOT


class Scope(StrEnum):
    """As CycloneDX has it: what runs, what `make up` adds, what only tests and tools use."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    EXCLUDED = "excluded"


FILES = {"runtime.txt": Scope.REQUIRED, "local.txt": Scope.OPTIONAL, "dev.txt": Scope.EXCLUDED}
_HASH = re.compile(r"--hash=(\S+)")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_IMAGE = re.compile(r"(?m)^\s*image: \$\{\w+_IMAGE:-([^}:\s]+):([^}\s]+)\}\s*$")
_FROM = re.compile(r"(?mi)^FROM\s+(?:--platform=\S+\s+)?([^\s:@]+):([^\s@]+)(?:\s+AS\s+\S+)?\s*$")
_ANY_FROM = re.compile(r"(?mi)^FROM\s+\S+")


class Unpinned(Exception):
    """A part of which nobody could say what it is. The text names file and line."""


@dataclass(frozen=True, slots=True)
class Package:
    """`hashes` are of each file that may be installed for it, sha256."""

    name: str
    version: Version
    scope: Scope
    hashes: tuple[str, ...]
    marker: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Image:
    name: str
    tag: str


def packages(root: Path = ROOT) -> list[Package]:
    """By name; one that runs is required, whatever else uses it too. Raises Unpinned, OSError."""
    found: dict[tuple[str, str], Package] = {}
    for file, scope in FILES.items():
        for each in of_requirements((root / "requirements" / file).read_text("utf-8"), f"requirements/{file}", scope):
            found.setdefault((each.name, str(each.version)), each)
    return [found[key] for key in sorted(found)]


def of_requirements(text: str, where: str, scope: Scope = Scope.REQUIRED) -> Iterator[Package]:
    """Raises Unpinned for what has no one version or no hash."""
    number = 1
    for entry in re.split(r"(?<!\\)\n", text):
        at, number = number, number + entry.count("\n") + 1
        line = _HASH.sub("", entry.replace("\\\n", " ")).strip()
        if not line or line.startswith("#"):
            continue
        hashes = _HASH.findall(entry)
        try:
            requirement = Requirement(line)
            (pin,) = requirement.specifier
            version = Version(pin.version)
        except (InvalidRequirement, InvalidVersion, ValueError) as error:
            raise Unpinned(f"{where}:{at}: name==version is wanted: {line[:60]}") from error
        if pin.operator != "==" or not hashes or not all(map(_SHA256.fullmatch, hashes)):
            raise Unpinned(f"{where}:{at}: {requirement.name} has no one version by == with sha256 hashes")
        marker = str(requirement.marker) if requirement.marker else ""
        yield Package(
            canonicalize_name(requirement.name),
            version,
            scope,
            tuple(each.partition(":")[2] for each in hashes),
            marker,
        )


def images(root: Path = ROOT) -> list[Image]:
    """Of others, by name and tag: what the compose file runs, and what ours is built on. Raises Unpinned, OSError."""
    compose, recipe = ((root / each).read_text("utf-8") for each in ("docker-compose.yml", "infra/docker/Dockerfile"))
    said = {name for name in re.findall(r"(?m)^\s*image: (.+)$", compose) if not name.startswith("${WLIJO_IMAGE")}
    taken = [Image(*each) for each in _IMAGE.findall(compose)]
    bases = [Image(*each) for each in _FROM.findall(recipe)]
    if len(bases) < len(_ANY_FROM.findall(recipe)):
        raise Unpinned("infra/docker/Dockerfile: a base image without a tag")
    if unnamed := [each for each in sorted(said) if not _IMAGE.fullmatch(f"image: {each}")]:
        raise Unpinned(f"docker-compose.yml: images without a tag: {', '.join(unnamed)}")
    return sorted({*taken, *bases})


def ours(root: Path = ROOT) -> tuple[str, str, list[str]]:
    """Our name and version, and what we ask for ourselves."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    direct = [canonicalize_name(Requirement(each).name) for each in project["dependencies"]]
    return project["name"], project["version"], sorted(direct)
