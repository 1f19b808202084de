"""Copies: how old the newest is, whether the log goes to the archive, when a restore was last seen to work, and what is off the host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.ops.doctor.finding import Finding, page, unseen, warn, well
from infra.ops.doctor.place import Place

_NAME = "%Y%m%dT%H%M%SZ"
_BACKUP_H, _LATE_H = 26, 72
_CHECKED_DAYS = 8
_ARCHIVED_WITHIN_S = 900
CHECKED = "checked/last"
"""What `restore-check` leaves: `2026-11-30T02:00:00Z restored 20261130T010000Z`, or `… failed …`."""
_WHY = "docker compose logs --tail 50 keeper says why none came by the clock"
_COPY = f"docker compose exec -u postgres postgres /compose/backup; {_WHY} (BACKUP_AT)"
_CHECK = f"docker compose run --rm restore-check; {_WHY} (RESTORE_CHECK_AT)"
_SEND = (
    "docker compose run --rm offsite-copies copy, and read what it says; by the clock COMPOSE_PROFILES=offsite does it"
)
_SENT_H, _SENT_LATE_H = 26, 72


async def backups(place: Place) -> list[Finding]:
    if not place.settings.doctor_backup_dir:
        return [unseen("backups", "DOCTOR_BACKUP_DIR is not told: a developer's machine has none")]
    folder = Path(place.settings.doctor_backup_dir)
    return [*_copies(folder), *_tried(folder), *_archive(place, folder), *_restored(folder), *_sent(place, folder)]


def _copies(folder: Path) -> Iterator[Finding]:
    try:
        times = sorted(found for each in (folder / "base").iterdir() if (found := _time(each.name)) is not None)
    except FileNotFoundError:
        times = []
    except OSError as error:
        yield unseen(
            "backups",
            f"backup/base may not be read by whom the doctor runs as: {error.strerror}",
            "docker compose up --wait, of this release",
        )
        return
    if not times:
        yield page("backup-missing", "there is no copy of the database", _COPY)
        return
    age = datetime.now(UTC) - times[-1]
    hours = age.total_seconds() / 3600
    said = f"the newest of {len(times)} is {hours:.0f} hours old ({times[-1]:%Y-%m-%d %H:%M} UTC)"
    if hours > _BACKUP_H:
        yield (page if hours > _LATE_H else warn)("backup-old", said, _COPY)
    else:
        yield well("backups", said)


def _tried(folder: Path) -> Iterator[Finding]:
    try:
        at, what, _ = _said(folder / "checked/backup")
    except (OSError, ValueError):
        return  # by a release before: the copies themselves say how old they are
    if what == "failed":
        yield warn("backup-fails", f"the copy that was begun at {at:%Y-%m-%d %H:%M} UTC came to nothing", _COPY)


def _sent(place: Place, folder: Path) -> Iterator[Finding]:
    where = place.settings.doctor_offsite
    if not where:
        yield unseen(
            "offsite", "OFFSITE_REPOSITORY is not set: copies are on this host alone, unless you carry them away"
        )
        return
    try:
        at, what, why = _said(folder / "checked/offsite")
        last = at if what == "copied" else None
        if last is None and (folder / "checked/offsite-copied").exists():
            last = _said(folder / "checked/offsite-copied")[0]
    except FileNotFoundError:
        yield page("offsite-missing", f"no copy has ever left for {where}: with this host all is lost", _SEND)
        return
    except (OSError, ValueError) as error:
        yield unseen("offsite", f"backup/checked/offsite may not be read, or says nothing: {error}")
        return
    hours = (datetime.now(UTC) - last).total_seconds() / 3600 if last else None
    since = f"the last one there is {hours:.0f} hours old" if hours is not None else "none has ever arrived"
    if what != "copied":
        bad = page if hours is None or hours > _SENT_H else warn
        yield bad("offsite-fails", f"the copy to {where} of {at:%Y-%m-%d %H:%M} UTC failed: {why}; {since}", _SEND)
    elif hours is not None and hours > _SENT_H:
        yield (page if hours > _SENT_LATE_H else warn)("offsite-old", f"{since}, at {where}", _SEND)
    else:
        yield well("offsite", f"{since}, at {where}")


def _said(file: Path) -> tuple[datetime, str, str]:
    """`2026-11-30T02:00:00Z made 20261130T020000Z`. Raises OSError, ValueError."""
    at, what, *rest = file.read_text("utf-8").split()
    return datetime.fromisoformat(at), what, " ".join(rest)


def _archive(place: Place, folder: Path) -> Iterator[Finding]:
    """A segment comes every ARCHIVE_TIMEOUT while anything is written, and a running stack always writes something."""
    try:
        newest = max((each.stat().st_mtime for each in _segments(folder / "wal")), default=None)
    except OSError as error:
        yield unseen(
            "archive",
            f"backup/wal may not be read by whom the doctor runs as: {error.strerror}",
            "docker compose up --wait, of this release",
        )
        return
    if newest is None:
        yield page(
            "archive-empty",
            "nothing of the log was ever archived: a copy alone brings back its own moment",
            "docker compose logs --tail 50 postgres, for lines with archive:",
        )
        return
    given = place.settings.archive_timeout
    within = max(_ARCHIVED_WITHIN_S, 5 * int(given)) if given.isdecimal() else _ARCHIVED_WITHIN_S
    age = time.time() - newest
    if age > within:
        yield page(
            "archive-still",
            f"the newest file of the log came {age / 60:.0f} minutes ago: what is written since is on this disk alone, and fills it",
            "docker compose logs --tail 50 postgres, for lines with archive:; make room in BACKUP_DIR, and give it to user 999",
        )
    else:
        yield well("archive", f"the newest file of the log came {age:.0f} s ago")


def _segments(wal: Path) -> Iterator[Path]:
    if not wal.exists():
        return
    for each in wal.iterdir():
        if each.is_dir():
            yield from (inside for inside in each.iterdir() if inside.is_file())
        elif each.is_file():
            yield each


def _restored(folder: Path) -> Iterator[Finding]:
    try:
        at, what, from_which = _said(folder / CHECKED)
    except FileNotFoundError:
        yield warn(
            "restore-unverified",
            "no restore was ever tried from these copies: whether they can be used nobody knows",
            _CHECK,
        )
        return
    except OSError as error:
        yield unseen("restore", f"backup/{CHECKED} may not be read: {error}")
        return
    except ValueError:
        yield warn("restore-unverified", f"backup/{CHECKED} does not say what came of the last restore-check", _CHECK)
        return
    if what != "restored":
        yield page(
            "restore-fails",
            f"the restore-check of {at:%Y-%m-%d %H:%M} UTC failed: these copies bring nothing back",
            "docker compose run --rm restore-check, and read what it says; then a new copy: " + _COPY,
        )
    elif datetime.now(UTC) - at > timedelta(days=_CHECKED_DAYS):
        yield warn(
            "restore-check-old", f"the last restore that was tried was {(datetime.now(UTC) - at).days} days ago", _CHECK
        )
    else:
        yield well("restore", f"tried at {at:%Y-%m-%d %H:%M} UTC, from {from_which or 'the newest copy'}")


def _time(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
