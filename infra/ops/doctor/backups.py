"""Copies: how old the newest is, whether the log goes to the archive, when a restore was last seen to work."""

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
_COPY = "docker compose exec -u postgres postgres /compose/backup; then daily by cron (docs/operations.md, Back up)"
_CHECK = "docker compose run --rm restore-check; then weekly by a timer"


async def backups(place: Place) -> list[Finding]:
    if not place.settings.doctor_backup_dir:
        return [unseen("backups", "DOCTOR_BACKUP_DIR is not told: a developer's machine has none")]
    folder = Path(place.settings.doctor_backup_dir)
    return [*_copies(folder), *_archive(place, folder), *_restored(folder)]


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
        said = (folder / CHECKED).read_text("ascii").split()
    except FileNotFoundError:
        yield warn(
            "restore-unverified",
            "no restore was ever tried from these copies: whether they can be used nobody knows",
            _CHECK,
        )
        return
    except (OSError, UnicodeDecodeError) as error:
        yield unseen("restore", f"backup/{CHECKED} may not be read: {error}")
        return
    try:
        at, what = datetime.fromisoformat(said[0]), said[1]
    except (ValueError, IndexError):
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
        yield well("restore", f"tried at {at:%Y-%m-%d %H:%M} UTC, from {' '.join(said[2:]) or 'the newest copy'}")


def _time(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
