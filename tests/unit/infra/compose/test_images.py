"""Images leave as one file and come as it left, or are refused by what is wrong; on a pretended engine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.local.state import ROOT

WANTED = ("apache/kafka:4.4.0", "postgres:18", "wlijo:0.1.0")
# Its images are the lines of a file, and so is what it saves.
_DOCKER = """#!/bin/sh
echo "$*" >>{log}
case "$*" in
  "compose config --images prepare") echo wlijo:0.1.0 ;;
  "compose config --images") cat {wanted} ;;
  "image inspect "*) grep -qxF "$3" {has} ;;
  "compose build prepare") echo wlijo:0.1.0 >>{has} ;;
  "pull -q "*) [ "$3" != "{away}" ] && echo "$3" >>{has} ;;
  "save --output "*) to=$3 && shift 3 && printf '%s\\n' "$@" >"$to" ;;
  "load --quiet --input "*) gzip -dc "$4" >>{has} ;;
  *) exit 20 ;;
esac
"""


class Host:
    def __init__(self, folder: Path, *has: str, wants: tuple[str, ...] = WANTED, away: str = "none") -> None:
        folder.mkdir()
        self.log, self.has, wanted = folder / "log", folder / "has", folder / "wanted"
        self.has.write_text("".join(f"{each}\n" for each in has))
        wanted.write_text("".join(f"{each}\n" for each in (*wants, *wants[:1])))
        self.script = folder / "project/infra/compose/images"
        self.script.parent.mkdir(parents=True)
        shutil.copy(ROOT / "infra/compose/images", self.script)
        (folder / "docker").write_text(_DOCKER.format(log=self.log, has=self.has, wanted=wanted, away=away))
        (folder / "docker").chmod(0o755)
        self._tools = folder

    def images(self, *words: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        told = {**os.environ, "PATH": f"{self._tools}:{os.environ['PATH']}"}
        return subprocess.run(
            ["sh", str(self.script), *words], env=told, cwd=self._tools, capture_output=True, text=True, check=False
        )


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    host = Host(tmp_path / "here", "postgres:18")
    done = host.images("save", str(tmp_path / "images.tar.gz"))
    assert done.returncode == 0, done.stderr
    typed = host.log.read_text().splitlines()
    assert [each for each in typed if each.startswith(("pull", "compose build"))] == [
        "pull -q apache/kafka:4.4.0",
        "compose build prepare",
    ], "what is here already is not fetched"
    return tmp_path / "images.tar.gz"


def test_what_was_saved_is_loaded_on_another_host(saved: Path, tmp_path: Path) -> None:
    there = Host(tmp_path / "there")
    done = there.images("load", str(saved))
    assert done.returncode == 0, done.stderr
    assert there.has.read_text().split() == [*WANTED]
    assert sorted(each.name for each in tmp_path.glob("images*")) == ["images.tar.gz", "images.tar.gz.sha256"]


@pytest.mark.parametrize("wrong", ["cut", "altered", "without its sum", "not there"])
def test_what_did_not_come_whole_is_refused_before_the_engine_sees_it(saved: Path, tmp_path: Path, wrong: str) -> None:
    there, content = Host(tmp_path / "there"), saved.read_bytes()
    match wrong:
        case "cut":
            saved.write_bytes(content[:-8])
        case "altered":
            saved.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "without its sum":
            saved.with_name(f"{saved.name}.sha256").unlink()
        case _:
            saved.unlink()
    done = there.images("load", str(saved))
    assert (done.returncode, there.has.read_text()) == (1, "")
    assert saved.name in done.stderr
    assert "load" not in there.log.read_text()


def test_an_installation_that_wants_others_is_told_which(saved: Path, tmp_path: Path) -> None:
    there = Host(tmp_path / "there", wants=("caddy:2.11.4", *WANTED))
    done = there.images("load", str(saved))
    assert done.returncode == 1
    assert done.stderr.endswith("want others than were saved: caddy:2.11.4\n")


def test_what_cannot_be_had_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    done = Host(tmp_path / "here", "wlijo:0.1.0", away="postgres:18").images("save", str(tmp_path / "images.tar.gz"))
    assert done.returncode == 1
    assert "postgres:18 is not here and cannot be pulled" in done.stderr
    assert list(tmp_path.glob("images*")) == []


@pytest.mark.parametrize("words", [(), ("save",), ("load", ""), ("mend", "x"), ("save", "x", "y")])
def test_what_is_typed_wrongly_changes_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    host = Host(tmp_path / "here")
    done = host.images(*words)
    assert (done.returncode, "images save FILE" in done.stderr) == (2, True)
    assert host.has.read_text() == ""
