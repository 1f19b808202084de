"""Files that nobody else may read: whether the secrets' modes and owners are as they were handed out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from infra import owners
from infra.ops.doctor.finding import Finding, page, unseen, well
from infra.ops.doctor.place import Place

_OTHERS = 0o007
_SHOWN = 5


async def secrets(place: Place) -> list[Finding]:
    told = place.settings
    if told.doctor_secrets_dir:
        return _judged(list(_handed_out(Path(told.doctor_secrets_dir))))
    if told.doctor_keys_dir:
        return _judged(list(_own(Path(told.doctor_keys_dir), place.owner)))
    return [unseen("secrets", "DOCTOR_SECRETS_DIR is not told")]


def _judged(found: list[Finding | int]) -> list[Finding]:
    """Of many files of one fault the first few are named."""
    findings = [each for each in found if isinstance(each, Finding)]
    count = sum(each for each in found if isinstance(each, int))
    by_name: dict[str, list[Finding]] = {}
    for each in findings:
        by_name.setdefault(each.name, []).append(each)
    said = []
    for name, same in by_name.items():
        first, more = same[:_SHOWN], len(same) - _SHOWN
        seen = "; ".join(each.seen for each in first) + (f"; and {more} more" if more > 0 else "")
        said.append(
            Finding(name, first[0].severity, seen, "; ".join(dict.fromkeys(each.do for each in first if each.do)))
        )
    return said or [well("secrets", f"{count} files are readable by their owners alone")]


def _handed_out(folder: Path) -> Iterator[Finding | int]:
    again = "docker compose up --wait"
    for name in ("keep", "for"):
        try:
            state = (folder / name).stat()
        except OSError as error:
            yield page(
                "secrets-missing",
                f"{name}/ is not there: {error.strerror}",
                f"is SECRETS_DIR the right folder? {again} makes what is missing",
            )
            continue
        if state.st_mode & _OTHERS:
            yield page(
                "secrets-open",
                f"anybody on the host may go into secrets/{name} ({_mode(state)})",
                f"chmod o= secrets/{name}; {again}",
            )
        if state.st_uid != 0:
            yield page(
                "secret-owner",
                f"secrets/{name} is of user {state.st_uid}, not root's",
                f"chown root secrets/{name}; {again}",
            )
    yield from _below(folder / "keep", 0, "secrets/keep")
    try:
        containers = sorted(each for each in (folder / "for").iterdir() if each.is_dir())
    except OSError as error:
        yield unseen("secrets", f"secrets/for may not be read by whom the doctor runs as: {error.strerror}", again)
        return
    for each in containers:
        yield from _below(each, owners.of_container(each.name), f"secrets/for/{each.name}", may_be_gone=True)


def _below(folder: Path, owner: int, shown: str, *, may_be_gone: bool = False) -> Iterator[Finding | int]:
    """Files in it and in its folders, one level down."""
    try:
        entries = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        yield unseen(
            "secrets",
            f"{shown} may not be listed by whom the doctor runs as: {error.strerror}",
            "docker compose up --wait, of this release",
        )
        return
    if not entries and may_be_gone:
        return  # emptied: a container that is no more
    for entry in entries:
        name = f"{shown}/{entry.name}"
        state = entry.stat()
        if stat.S_ISDIR(state.st_mode):
            yield from _below(entry, owner, name)
            continue
        public = entry.name in ("ca.pem", "certificate.pem", "acme_ca.pem")
        if state.st_mode & (0o022 if public else 0o077):
            yield page("secret-mode", f"{name} is {_mode(state)}, 0400 is wanted", f"chmod 0400 {name}")
        # Those of companies are made by ops too.
        if state.st_uid != owner and not (state.st_uid == owners.OURS and entry.name.startswith("ptn_")):
            yield page(
                "secret-owner",
                f"{name} is of user {state.st_uid}, {owner} is wanted",
                f"chown {owner} {name}; docker compose up --wait",
            )
        if state.st_size == 0:
            yield page("secret-empty", f"{name} is empty", f"rm {name}; docker compose up --wait makes another")
        yield 1


def _own(folder: Path, owner: int) -> Iterator[Finding | int]:
    """A developer's: a folder of his own, and his files."""
    try:
        states = [(folder, folder.stat()), *((each, each.stat()) for each in sorted(folder.rglob("*")))]
    except OSError as error:
        yield unseen("secrets", f"{folder}: {error.strerror}")
        return
    for path, state in states:
        public = ".pub" in path.name or path.name.endswith(".jwks.json")
        if state.st_mode & 0o077 and not public:
            yield page("secret-mode", f"{path} is {_mode(state)}", f"chmod go= {path}")
        if state.st_uid != owner:
            yield page(
                "secret-owner", f"{path} is of user {state.st_uid}, not of {owner}", f"sudo chown {owner} {path}"
            )
        yield int(not stat.S_ISDIR(state.st_mode))


def _mode(state: os.stat_result) -> str:
    return f"0{stat.S_IMODE(state.st_mode):o}"
