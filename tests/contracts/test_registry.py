"""Files that cannot derive which services there are list the same ones as the registry; each check fails where one is left out."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from infra.local.ports import Ports
from infra.ops.heard import heard_by
from services.contracts.registry import NAMES, SERVICES, Registered, topics

ROOT = Path(__file__).parents[2]
_LAST = NAMES[-1]
_ISSUER = Ports().issuer - Ports().base


def _read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def _differ(where: str, listed: Collection[str], wanted: Collection[str] = NAMES) -> Iterator[str]:
    if missing := set(wanted) - set(listed):
        yield f"{where} lacks {', '.join(sorted(missing))}"
    if unknown := set(listed) - set(wanted):
        yield f"{where} has {', '.join(sorted(unknown))}, which the registry has not"


def compose(text: str) -> Iterator[str]:
    there = _yaml(text)["services"]
    for kind in ("migrate", "api", "worker"):
        # What ends so and runs no service of ours is somebody else.
        listed = {
            name.removesuffix(f"-{kind}"): each
            for name, each in there.items()
            if name.endswith(f"-{kind}") and each["command"][2].startswith("services.")
        }
        yield from _differ(f"docker-compose.yml: {kind}", listed)
        for name, each in listed.items():
            if each["command"] != ["python", "-m", f"services.{name}", kind]:
                yield f"docker-compose.yml: {name}-{kind} runs {' '.join(each['command'])}"
    addresses = [
        f"{name}={url}"
        for name, url in there["gateway"]["environment"].items()
        if name.endswith("_URL") and not name.startswith("HOME_") and "-api:" in url
    ]
    wanted = [f"{name.upper()}_URL=http://{name}-api:8000" for name in NAMES]
    yield from _differ("docker-compose.yml: gateway", addresses, wanted)
    databases = [
        f"{name}={value}"
        for name, value in there["ops"]["environment"].items()
        if name.endswith(("_DATABASE_URL", "_DATABASE_PASSWORD_FILE"))
    ]
    urls = [f"{name.upper()}_DATABASE_URL=postgresql://{name}@postgres:5432/{name}" for name in NAMES]
    files = [f"{name.upper()}_DATABASE_PASSWORD_FILE=/run/secrets/databases/{name}" for name in NAMES]
    yield from _differ("docker-compose.yml: ops", databases, [*urls, *files])


def prometheus(text: str) -> Iterator[str]:
    (job,) = _yaml(text)["scrape_configs"]
    names = [name for found in job["dns_sd_configs"] for name in found["names"]]
    wanted = [f"{name}-{kind}" for name in NAMES for kind in ("api", "worker")]
    yield from _differ("prometheus.yml", names, [*wanted, "gateway", "web", "doctor"])


def makefile(text: str) -> Iterator[str]:
    pattern = r"^SUBGRAPHS \+?= (\w+)=services/(\w+)/schema\.graphql=http://127\.0\.0\.1:(\d+)/graphql$"
    ports = {name: (of, int(port)) for name, of, port in re.findall(pattern, text, re.MULTILINE)}
    yield from _differ("Makefile: SUBGRAPHS", ports)
    for name in ports.keys() & set(NAMES):
        if ports[name] != (name, Ports().api(name)):
            yield f"Makefile: SUBGRAPHS has {name} elsewhere than the registry"


def imports(text: str) -> Iterator[str]:
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if "services.contracts" in each.get("layers", ()))
    siblings = next((each for each in layers if " | " in each), "").split(" | ")
    yield from _differ("pyproject.toml: layers", siblings, [f"services.{name}" for name in (*NAMES, "web")])
    (gateways,) = (each["forbidden_modules"] for each in contracts if each.get("source_modules") == ["gateway"])
    shared = {"services.contracts", "services.graph", "infra"}
    yield from _differ(
        "pyproject.toml: the gateway's", {*gateways} - shared, [f"services.{name}" for name in (*NAMES, "web")]
    )


def supergraph(text: str) -> Iterator[str]:
    graphs = re.findall(r'@join__graph\(name: "(\w+)", url: "http://127\.0\.0\.1:(\d+)/graphql"\)', text)
    yield from _differ("supergraph.graphql", [name for name, _ in graphs])
    for name, port in graphs:
        if name in NAMES and int(port) != Ports().api(name):
            yield f"supergraph.graphql has {name} on another port than the registry"


def numbers(services: Collection[Registered]) -> Iterator[str]:
    taken = {0: "the gateway", _ISSUER: "the issuer"}
    for each in services:
        for number in (each.number, each.number + 100):
            if number in taken:
                yield f"{each.name} and {taken[number]} share the port PORT_BASE + {number}"
            taken[number] = each.name


def untold(heard: Mapping[str, Collection[str]], told: Collection[str]) -> Iterator[str]:
    for service, wanted in heard.items():
        yield from (f"{service} hears {topic}, which nobody tells" for topic in sorted(set(wanted) - set(told)))


def _yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


FILES: dict[str, tuple[Callable[[str], Iterator[str]], list[tuple[str, str]]]] = {
    # File -> what reads it, and what leaves one service out: a pattern and what takes its place.
    "docker-compose.yml": (
        compose,
        [
            *((rf"(?m)^  {_LAST}-{kind}:\n(    .*\n)+", "") for kind in ("migrate", "api", "worker")),
            (rf"(?m)^ +{_LAST.upper()}_URL: .*\n", ""),
            (rf"(?m)^ +{_LAST.upper()}_DATABASE_URL: .*\n", ""),
            (rf"(?m)^ +{_LAST.upper()}_DATABASE_PASSWORD_FILE: .*\n", ""),
            (rf"(?m)http://{_LAST}-api:8000$", f"http://{NAMES[0]}-api:8000"),
            (rf"services\.{_LAST}, worker", f"services.{NAMES[0]}, worker"),
        ],
    ),
    "infra/prometheus/prometheus.yml": (prometheus, [(rf"(?m)^ +- {_LAST}-{kind}\n", "") for kind in ("api", "worker")]),
    "Makefile": (makefile, [(rf"(?m)^SUBGRAPHS \+= {_LAST}=.*\n", ""), (rf"(?<=127\.0\.0\.1:){Ports().api(_LAST)}", "4999")]),
    "pyproject.toml": (imports, [(rf" \| services\.{_LAST}\b", ""), (rf'(?m)^ +"services\.{_LAST}",\n', "")]),
    "gateway/supergraph.graphql": (
        supergraph,
        [
            (rf"(?m)^ +{_LAST.upper()} @join__graph.*\n", ""),
            (rf"(?<=127\.0\.0\.1:){Ports().api(_LAST)}", "4999"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", FILES)
def test_a_list_of_services_is_the_registrys(path: str) -> None:
    complaints, _ = FILES[path]
    assert list(complaints(_read(path))) == []


@pytest.mark.parametrize(
    ("path", "pattern", "instead"),
    [(path, *left_out) for path, (_, all_left_out) in FILES.items() for left_out in all_left_out],
)
def test_a_list_that_leaves_one_out_is_found(path: str, pattern: str, instead: str) -> None:
    complaints, _ = FILES[path]
    text, times = re.subn(pattern, instead, _read(path))
    assert times == 1
    assert list(complaints(text))


@pytest.mark.parametrize("path", FILES)
def test_a_list_with_one_that_is_not_registered_is_found(path: str) -> None:
    complaints, _ = FILES[path]
    text = re.sub(rf"\b{_LAST}\b", "unheard_of", _read(path).replace(f"{_LAST.upper()}_URL", "UNHEARD_OF_URL"))
    assert [each for each in complaints(text) if "unheard_of" in each.lower()]


def test_no_two_processes_share_a_port() -> None:
    assert list(numbers(SERVICES)) == []


@pytest.mark.parametrize("number", [0, SERVICES[0].number, _ISSUER, 100 + SERVICES[0].number])
def test_a_port_that_two_share_is_found(number: int) -> None:
    assert list(numbers([*SERVICES[:-1], dataclasses.replace(SERVICES[-1], number=number)]))


def test_what_is_heard_is_told() -> None:
    assert list(untold({name: heard_by(name) for name in NAMES}, topics([]))) == []


@pytest.mark.parametrize("topic", sorted({topic for name in NAMES for topic in heard_by(name)}))
def test_a_topic_that_nobody_tells_is_found(topic: str) -> None:
    heard = {name: heard_by(name) for name in NAMES}
    assert list(untold(heard, set(topics([])) - {topic}))
