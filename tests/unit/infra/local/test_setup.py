"""What `make setup` says on machines that lack something: one line with the remedy. The Pythons here are shell scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.state import ROOT

_TOOLS = (
    "awk", "cat", "cksum", "cp", "cut", "dirname", "env", "grep", "kill", "mkdir", "rm", "sed", "sh", "sleep", "tail", "tr", "uname",
)  # fmt: skip

_PYTHON = """#!/bin/sh
version={version}
fits={fits}
case "$1 $2" in
*sys.implementation.name==*|*'sys.exit(0 if'*) [ $fits = yes ] && exit 0; exit 3 ;;
*'import venv, ensurepip'*) exit {venv} ;;
*'sys.version_info[:3]'*) echo "cpython $version" ;;
*'sys.version_info[:2]'*) echo "$version" | cut -d. -f1,2 ;;
'-m venv') mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo "version = $version" > "$3/pyvenv.cfg" ;;
'-m pip') [ "$3" = --version ] && exit 0; cat "$PIP_SAYS"; exit $PIP_ENDS ;;
esac
"""


@dataclass
class Machine:
    """A checkout, and a PATH with nothing but a few tools and the Pythons that a test puts there."""

    root: Path
    path: Path

    def python(self, name: str, version: str, *, fits: bool = True, venv: bool = True) -> None:
        script = self.path / name
        script.write_text(
            _PYTHON.format(version=version, fits="yes" if fits else "no", venv=0 if venv else 1), encoding="utf-8"
        )
        script.chmod(0o755)

    def setup(self, pip_says: str = "", pip_ends: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        says = self.root / "pip.txt"
        says.write_text(pip_says)
        return subprocess.run(
            ["sh", "infra/local/setup.sh", "local"],
            cwd=self.root,
            env={"PATH": str(self.path), "PIP_SAYS": str(says), "PIP_ENDS": str(pip_ends), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    root, path = tmp_path / "a folder with a space", tmp_path / "bin"
    (root / "infra/local").mkdir(parents=True)
    (root / "requirements").mkdir()
    path.mkdir()
    shutil.copy(ROOT / "infra/local/setup.sh", root / "infra/local")
    (root / "requirements/local.txt").write_text("one==1\ntwo==2\n")
    (root / "requirements/dev.txt").write_text("one==1\ntwo==2\nthree==3\n")
    for tool in _TOOLS:
        found = shutil.which(tool)
        if found:
            os.symlink(found, path / tool)
    return Machine(root, path)


def _one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_without_any_python_it_says_how_to_get_one(machine: Machine) -> None:
    line = _one_line(machine.setup())

    assert "no Python found" in line
    assert "apt install python3 python3-venv" in line
    assert not (machine.root / ".venv").exists()


def test_an_old_python_is_named_with_its_version_and_place(machine: Machine) -> None:
    machine.python("python3", "3.9.2", fits=False)

    line = _one_line(machine.setup())

    assert "CPython 3.11 to 3.14 is needed, found only cpython 3.9.2 at" in line
    assert "PYTHON=/path/to/python" in line


def test_a_missing_venv_module_names_the_debian_package_of_that_version(machine: Machine) -> None:
    machine.python("python3", "3.13.1", venv=False)

    assert "apt install python3.13-venv" in _one_line(machine.setup())


def test_a_python_without_venv_is_passed_over_for_one_that_has_it(machine: Machine) -> None:
    machine.python("python3.14", "3.14.0", venv=False)
    machine.python("python3.12", "3.12.4")

    done = machine.setup()

    assert done.returncode == 0
    assert "making .venv with cpython 3.12.4" in done.stdout


def test_python_says_which_one_to_take(machine: Machine) -> None:
    machine.python("python3.14", "3.14.0")
    machine.python("my-python", "3.11.9")

    assert "making .venv with cpython 3.11.9" in machine.setup(PYTHON="my-python").stdout


def test_a_python_that_does_not_run_is_named(machine: Machine) -> None:
    machine.python("python3.12", "3.12.4")

    assert "PYTHON=/nowhere/python is no Python that runs" in _one_line(machine.setup(PYTHON="/nowhere/python"))


def test_the_second_time_it_is_silent_and_asks_no_network(machine: Machine) -> None:
    machine.python("python3.12", "3.12.4")
    assert machine.setup().returncode == 0

    second = machine.setup(pip_says="ERROR: must not be asked", pip_ends=1)

    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_changed_requirements_are_installed(machine: Machine) -> None:
    machine.python("python3.12", "3.12.4")
    assert machine.setup().returncode == 0
    (machine.root / "requirements/local.txt").write_text("one==2\n")

    assert "installing 1 packages" in machine.setup().stdout


@pytest.mark.parametrize(
    ("pip_says", "told"),
    [
        (
            "WARNING: Retrying: NewConnectionError(name resolution)\nERROR: Could not find a version that satisfies one==1",
            "no network to the package index",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. one==1 from x", "hash mismatch"),
        ("ERROR: SSLError(SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED)", "PIP_CERT"),
        ("ERROR: [Errno 28] No space left on device", "the disk is full"),
        (
            "ERROR: Could not find a version that satisfies the requirement one==1",
            "no ready-made package for this system",
        ),
        ("ERROR: something new", "pip failed: ERROR: something new"),
    ],
)
def test_what_pip_could_not_do_is_one_line(machine: Machine, pip_says: str, told: str) -> None:
    machine.python("python3.12", "3.12.4")

    assert told in _one_line(machine.setup(pip_says, 1))
    assert not list((machine.root / ".venv").glob("*.stamp"))


def test_a_proxy_that_refuses_is_named_without_its_password(machine: Machine) -> None:
    machine.python("python3.12", "3.12.4")

    line = _one_line(
        machine.setup("ProxyError('Cannot connect to proxy.')", 1, HTTPS_PROXY="http://siti:secret@proxy.example:3128")
    )

    assert "HTTPS_PROXY=http://…@proxy.example:3128" in line
    assert "secret" not in line
