"""An installation is made by answers, told whole when they will not do, and repeated without loss; also when it was left half done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra import owners
from infra.compose.installing import __main__ as installing
from infra.compose.installing import dotenv
from infra.compose.installing import files as putting
from infra.local.state import ROOT

GOOD = """
# what was agreed on
address = https://pasar.example.id
channels=sms
officer=0812-3456-7890
alert-mail-to=ops@pasar.example.id
alert-mail-from=pasar@pasar.example.id
alert-smtp=mail.example.id:587
alert-smtp-username=pasar
kafka=kafka.pasar.example.id
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="hands files to other users, as the container does")


@pytest.fixture(autouse=True)
def nothing_leads_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "_leads", lambda name: name == "pasar.example.id")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / ".env.example", folder)
    (folder / "answers").write_text(GOOD)
    (folder / "password").write_text("hush-hush\n")
    return folder


def run(folder: Path, *options: str, ask: Callable[[str], str] | None = None) -> int:
    given = (
        ()
        if ask
        else ("--answers", str(folder / "answers"), "--smtp-password-file", str(folder / "password"), "--no-questions")
    )
    return installing.main(["--folder", str(folder), *given, *options], ask)


def files(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(each.relative_to(folder)): (each.read_text(), each.stat().st_mode & 0o777)
        for each in folder.rglob("*")
        if each.is_file()
    }


def test_without_apply_it_is_shown_and_nothing_is_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(project)
    assert run(project) == 0
    said = capsys.readouterr().out
    assert "    PEOPLE_ISSUER=https://pasar.example.id\n" in said
    assert said.endswith("nothing was written: --apply does it\n")
    assert files(project) == before
    assert "hush" not in said


@as_root
def test_env_and_secrets_are_made_with_right_modes_and_what_is_left_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.chown(project, 1234, 1234)
    assert run(project, "--apply") == 0
    env = project / ".env"
    assert (env.stat().st_uid, env.stat().st_mode & 0o777) == (1234, 0o640)
    told = dotenv.values(env.read_text())
    assert (
        told | {"PEOPLE_ISSUER": "https://pasar.example.id", "EDGE_NAME": "pasar.example.id", "CODE_CHANNELS": "sms"}
        == told
    )
    assert (
        told | {"COMPOSE_PROFILES": "edge,observability", "KAFKA_PUBLIC_BIND": "0.0.0.0", "EDGE_CERTIFICATES": "acme"}
        == told
    )
    assert len(env.read_text().splitlines()) <= len((project / ".env.example").read_text().splitlines()) + 1
    keep = project / "secrets/keep"
    assert (keep / "alert_smtp_password").read_text() == "hush-hush"
    assert (keep / "alert_smtp_password").stat().st_mode & 0o777 == 0o400
    assert (keep / "database_admin").stat().st_mode & 0o777 == 0o400
    assert keep.stat().st_mode & 0o777 == 0o750
    handed = project / "secrets/for/alertmanager/alertmanager.yml"
    assert "hush-hush" in handed.read_text()
    assert (handed.stat().st_uid, handed.stat().st_mode & 0o777) == (owners.NOBODY, 0o400)
    said = capsys.readouterr().out
    assert "sms: SMS_URL in .env, or people's worker does not start" in said
    assert "kafka.pasar.example.id leads nowhere yet" in said
    assert "pasar.example.id leads nowhere" not in said.replace("kafka.pasar.example.id leads", "")
    assert "docker compose exec -T people-api python -m services.people grant --phone +6281234567890 --role ops" in said
    assert ("hush" in said, "81234567890" in env.read_text()) == (False, False)


@as_root
def test_repeated_it_changes_nothing_and_keeps_what_somebody_wrote(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--apply") == 0
    env = project / ".env"
    env.write_text(
        env.read_text().replace("CODE_CHANNELS=sms", "CODE_CHANNELS=whatsapp,sms")
        + "API_REPLICAS=3\nKAFKA_PUBLIC_BIND=10.0.0.5\n"
    )
    env.chmod(0o600)
    before = files(project)
    capsys.readouterr()
    assert installing.main(["--folder", str(project), "--no-questions", "--apply"]) == 0
    assert files(project) == before
    said = capsys.readouterr().out
    assert ".env says so already" in said
    assert "all secrets were there" in said


@as_root
def test_another_answer_is_shown_as_a_difference_and_nothing_else_is_touched(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--apply") == 0
    before = files(project)
    capsys.readouterr()
    assert run(project, "--apply", "--channels", "sms,mail") == 0
    after = files(project)
    assert {name for name in after if after[name] != before[name]} == {".env"}
    shown = [line for line in capsys.readouterr().out.splitlines() if line[:1] in "+-" and line[1:2] not in "+- "]
    assert shown == ["-CODE_CHANNELS=sms", "+CODE_CHANNELS=sms,mail"]


@as_root
def test_a_secret_is_never_overwritten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "--apply") == 0
    before = files(project)
    (project / "password").write_text("another")
    assert run(project, "--apply") == 1
    assert "secrets/keep/alert_smtp_password is there, and is another" in capsys.readouterr().err
    assert {**files(project), "password": ""} == {**before, "password": ""}


@as_root
@pytest.mark.parametrize("when", ["keep", "write", "secrets"])
def test_one_that_was_left_half_done_goes_on(when: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine goes down before a secret is put away, before `.env` is in place, and while secrets are made."""
    with monkeypatch.context() as broken:

        def down(*_: object, **__: object) -> Iterator[str]:
            raise OSError("the disk is full")

        if when == "secrets":
            broken.setattr(installing, "_make_secrets", down)
        elif when == "keep":
            broken.setattr(putting, "keep", down)
        else:
            broken.setattr(Path, "replace", down)
        assert run(project, "--apply") == 1
    assert (project / ".env").exists() == (when == "secrets")
    assert run(project, "--apply") == 0
    assert (project / "secrets/keep/alert_smtp_password").read_text() == "hush-hush"
    assert (project / "secrets/for/people-api/tokens.jwks.json").exists()
    assert not [name for name in files(project) if name.endswith(".new")]


def test_all_that_is_wrong_with_answers_is_said_at_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "answers").write_text("names=a b_\nchannels=pigeon\nchanels=sms\nbackup=/\nissuer=http://x.id\n")
    before = files(project)
    assert run(project, "--apply") == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "nothing was written:"
    assert sorted(line.split(":")[0] for line in said[1:]) == [
        "address",
        "backup",
        "chanels",
        "channels",
        "issuer",
        "names",
    ]
    assert files(project) == before


@pytest.mark.parametrize("text", ["address=https://a.id\naddress=https://b.id\n", "address https://a.id\n"])
def test_a_file_of_answers_that_says_two_things_or_none_is_refused(text: str, project: Path) -> None:
    (project / "answers").write_text(text)
    assert run(project, "--apply") == 2
    assert not (project / ".env").exists()


def test_an_env_that_cannot_be_read_is_left_as_it_is(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".env").write_text("A=1\nwhat is this\n")
    assert run(project, "--apply") == 2
    assert ".env, line 2" in capsys.readouterr().err
    assert (project / ".env").read_text() == "A=1\nwhat is this\n"


def test_who_sits_there_is_asked_again_until_it_fits_and_may_say_no(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {"address": ["pasar", "https://pasar.example.id"], "Prometheus": ["no"], "write this": ["no"]}
    heard: list[str] = []

    def ask(question: str) -> str:
        heard.append(question)
        waiting = next((said for word, said in answers.items() if word in question and "authority" not in question), [])
        return waiting.pop(0) if waiting else ""

    assert run(project, ask=ask) == 0
    assert "wanted: an address without a path" in capsys.readouterr().out
    assert [question for question in heard if "public names" in question] == [
        "public names that lead to this host, by comma [pasar.example.id]: "
    ]
    assert not (project / ".env").exists()


def test_who_goes_away_amid_the_questions_has_written_nothing(project: Path) -> None:
    def ask(_: str) -> str:
        raise EOFError

    assert run(project, ask=ask) == 1
    assert not (project / ".env").exists()


DOCKER = """#!/bin/sh
echo "docker $*" >> {log}
case "$1" in
  image) [ -e {log}.built ] ;;
  compose) [ "$2" != build ] || touch {log}.built ;;
  run)
    while [ "$1" != -m ]; do case "$1" in *:/left) left=${{1%:/left}} ;; esac; shift; done
    shift 4; commands=$left/commands; shift 2
    PYTHONPATH={root} exec {python} -m infra.compose.installing --folder "$PWD" --commands "$commands" "$@" ;;
esac
"""


@as_root
def test_its_door_builds_what_is_missing_asks_and_starts_what_was_written(project: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "docker").write_text(DOCKER.format(log=log, root=ROOT, python=sys.executable))
    (tools / "docker").chmod(0o755)
    (project / "infra/compose").mkdir(parents=True)
    shutil.copy(ROOT / "infra/compose/install", project / "infra/compose/install")
    door = [
        "sh",
        str(project / "infra/compose/install"),
        "--answers",
        "answers",
        "--smtp-password-file",
        "password",
        "--apply",
    ]
    told = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    first = subprocess.run([*door], env=told, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert first.returncode == 0, first.stderr
    assert "docker compose build prepare" in log.read_text()
    assert "compose up" not in log.read_text()
    assert "wlijo:0.1.0 python" in log.read_text()
    log.write_text("")
    again = subprocess.run(
        [*door, "--start"], env=told, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert again.returncode == 0, again.stderr
    assert [line for line in log.read_text().splitlines() if line.startswith("docker compose")] == [
        "docker compose up --wait",
        "docker compose exec -T people-api python -m services.people grant --phone +6281234567890 --role ops",
        "docker compose run --rm -T ops doctor",
    ]
