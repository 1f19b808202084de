"""The doctor looks at a real Prometheus and a real Alertmanager: whether anybody would be called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from infra.compose.alerting import configuration
from infra.local.free_ports import free_port
from infra.ops.doctor.__main__ import LOOKS
from infra.ops.doctor.finding import Finding, Severity
from infra.ops.doctor.looking import look
from infra.ops.doctor.place import Place, pairs
from services.kit.process.settings import SettingsError
from tests.integration.infra.test_alerts import running
from tests.worlds.prometheus import alertmanager, program
from tests.worlds.waiting import until
from tests.worlds.watched import RULES

_CALLED = {"ALERT_WEBHOOK_URL": "http://127.0.0.1:9/hook"}
_FIRES = "groups: [{name: t, rules: [{alert: GapInEvents, expr: vector(1), labels: {severity: page}}]}]"


@asynccontextmanager
async def calling(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[int]:
    """An Alertmanager that calls whom these settings name."""
    config, port = folder / "alertmanager.yml", free_port()
    config.write_text(configuration(settings, {}))
    options = f"--config.file={config} --storage.path={folder} --web.listen-address=127.0.0.1:{port} --cluster.listen-address="
    async with running(*alertmanager(), *options.split()):
        await until(lambda: answers(f"http://127.0.0.1:{port}/-/ready"))
        yield port


@asynccontextmanager
async def watching(folder: Path, *rules: Path | str, calls: int | None) -> AsyncIterator[int]:
    """A Prometheus with these rules and this Alertmanager, that looks at nothing."""
    files = [each if isinstance(each, Path) else folder / "fires.yml" for each in rules]
    (folder / "fires.yml").write_text(_FIRES)
    callers = (
        f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{calls}']}}]}}]}}" if calls else ""
    )
    config, port = folder / "prometheus.yml", free_port()
    config.write_text(
        f"global: {{evaluation_interval: 200ms}}\nrule_files: {[str(each) for each in files]}\n{callers}\n"
    )
    options = f"--config.file={config} --storage.tsdb.path={folder}/data --web.listen-address=127.0.0.1:{port}"
    async with running(program("prometheus"), *options.split()):
        await until(lambda: answers(f"http://127.0.0.1:{port}/-/ready"))
        if "fires" in rules:
            await until(lambda: answers(f"http://127.0.0.1:{port}/api/v1/alerts", "firing"))
        if calls:
            await until(lambda: answers(f"http://127.0.0.1:{port}/api/v1/alertmanagers", str(calls)))
        yield port


async def answers(url: str, text: str = "") -> bool:
    try:
        async with aiohttp.ClientSession() as asked, asked.get(url) as answer:
            return answer.status == 200 and text in await answer.text()
    except aiohttp.ClientError:
        return False


async def found(**told: int) -> list[Finding]:
    place = Place.of({name: f"http://127.0.0.1:{port}" for name, port in told.items()})
    looks = {name: LOOKS[name] for name in ("prometheus", "alertmanager")}
    findings = await asyncio.to_thread(look, place, looks, 60)
    return [each for several in findings.values() for each in several if each.severity is not Severity.UNSEEN]


def faults(findings: list[Finding]) -> set[str]:
    return {each.name for each in findings if each.severity is not Severity.WELL}


async def test_whether_anybody_would_be_called(tmp_path: Path) -> None:
    ours = RULES / "rules.yml"  # without those that miss processes, of which there are none here
    gone = tmp_path / "gone.yml"
    gone.write_text(
        "groups: [{name: g, rules: [{alert: ProcessGone, expr: vector(1) == 2, labels: {severity: page}}]}]"
    )
    for name in "abcde":
        (tmp_path / name).mkdir()
    async with calling(tmp_path / "a", _CALLED) as somebody, calling(tmp_path / "b", {}) as nobody:
        async with watching(tmp_path / "c", ours, gone, calls=somebody) as prometheus:
            said = await found(PROMETHEUS_URL=prometheus, ALERTMANAGER_URL=somebody)
            assert faults(said) == set(), said
            assert "webhook" in said[-1].seen
        assert faults(await found(ALERTMANAGER_URL=nobody)) == {"alert-receiver-missing"}
        async with watching(tmp_path / "d", gone, calls=None) as prometheus:
            assert faults(await found(PROMETHEUS_URL=prometheus)) == {"prometheus-calls-nobody"}
        async with watching(tmp_path / "e", "fires", calls=somebody) as prometheus:
            said = await found(PROMETHEUS_URL=prometheus)
            assert faults(said) == {"rules-missing", "alert-fires"}
            assert [(each.about, each.severity) for each in said if each.name == "alert-fires"] == [
                ("GapInEvents", Severity.PAGE)
            ]
    assert faults(await found(PROMETHEUS_URL=free_port())) == {"prometheus-away"}
    assert faults(await found(ALERTMANAGER_URL=free_port())) == {"alertmanager-away"}


def test_the_rules_that_the_doctor_looks_for_are_ours() -> None:
    assert "alert: ProcessGone" in (RULES / "rules.yml").read_text()


@pytest.mark.parametrize("text", ["x", "=y", "name="])
def test_a_list_of_processes_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingsError, match="DOCTOR_PROCESSES is name=value"):
        pairs(text, "DOCTOR_PROCESSES")
