"""Every process logs in one form: an object a line, whoever speaks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from gateway.__main__ import main as edge
from services.insight.app import SERVICE
from services.kit.observe import logs
from services.kit.process.main import main as process
from services.web.__main__ import main as web
from tests.worlds.environment import without_settings

PROGRAM = """
import logging, sys, warnings
from services.kit.observe import logs
logs.setup(sys.argv[1])
logging.getLogger("ours").info("taken", extra={"order": "ord_1"})
logging.getLogger("uvicorn.error").info("Started", extra={"color_message": "\\x1b[36mStarted"})
warnings.warn("an algorithm goes out of use", UserWarning)
raise RuntimeError("the end of it")
"""


@pytest.mark.parametrize("role", ["gateway", "catalog-api", "web-api"])
def test_lines_of_ours_of_libraries_of_warnings_and_of_the_end_have_one_form(role: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, role], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["INFO", "INFO", "WARNING", "CRITICAL"]
    assert all({"time", "level", "logger", "message", "role", "version"} <= set(line) for line in lines)
    assert {line["role"] for line in lines} == {role}
    assert lines[0]["order"] == "ord_1"
    assert "color_message" not in lines[1]
    assert "an algorithm goes out of use" in lines[2]["message"]
    assert "the end of it" in lines[3]["exc_info"]
    assert done.returncode == 1


class _SetUp(Exception):
    pass


@pytest.mark.parametrize(
    ("start", "role"),
    [
        (lambda: edge([]), "gateway"),
        (lambda: web(["api"]), "web-api"),
        (lambda: process(SERVICE, ["migrate"]), "insight-migrate"),
        (lambda: process(SERVICE, ["worker"]), "insight-worker"),
    ],
)
def test_gateway_web_and_services_set_up_the_same_logs(
    start: Callable[[], int], role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def setup(role: str, level: str = "INFO") -> None:
        raise _SetUp(role, level)

    without_settings(monkeypatch)
    monkeypatch.setattr(logs, "setup", setup)
    told = {"GATEWAY_URL": "http://gateway", "WEB_SESSION_KEY": "x" * 24, "PORT": "1", "LOG_LEVEL": "warning"}
    databases = dict.fromkeys(("DATABASE_URL", "MIGRATION_DATABASE_URL"), "postgresql://x@y/z")
    for name, value in {**told, **databases, "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(_SetUp) as seen:
        start()
    assert seen.value.args == (role, "WARNING")
