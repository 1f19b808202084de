"""What the host offers, as a container sees it: too little of it is said at the start."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_WANTED_MIB = 2048
_WANTED_DISK_MIB = 4096


def warnings(meminfo: Path = Path("/proc/meminfo"), disk: Path = Path("/secrets")) -> list[str]:
    found = []
    memory = _available_mib(meminfo)
    if memory is not None and memory < _WANTED_MIB:
        found.append(f"{memory} MiB of memory are free, the minimal stack wants {_WANTED_MIB}: processes may be killed")
    if disk.exists():
        state = os.statvfs(disk)
        free = state.f_bavail * state.f_frsize // 2**20
        if free < _WANTED_DISK_MIB:
            found.append(
                f"{free} MiB of disk are free, {_WANTED_DISK_MIB} are wanted: database and broker stop when it is full"
            )
    return found


def own_backup_folder(folder: Path, owner: int, group: int) -> None:
    """The database's server writes its log and its copies there; `group` may list them, for the doctor."""
    if not folder.exists():
        return
    for each in (folder, folder / "wal", folder / "base"):
        each.mkdir(mode=0o750, exist_ok=True)
    # Those of the log of restored databases, which the server made.
    for each in (
        folder,
        folder / "wal",
        folder / "base",
        *(found for found in (folder / "wal").iterdir() if found.is_dir()),
    ):
        each.chmod(0o750)
        os.chown(each, owner, group)
    # What came of copies and of restores that were tried, and the lock by which they take turns.
    checked = folder / "checked"
    checked.mkdir(mode=0o755, exist_ok=True)
    (checked / "lock").touch()
    for each in (checked, checked / "lock"):
        os.chown(each, owner, group)


def own_broker_folders(folder: Path, owner: int) -> None:
    """The brokers' data, below `folder`. What another user has written, as the image's own did in earlier releases, is given to the owner's
    group: the broker of before, which may still run, is not disturbed."""
    for volume in sorted(folder.iterdir()) if folder.exists() else ():
        if not any(volume.iterdir()):
            volume.chmod(0o700)
            os.chown(volume, owner, owner)
            continue
        for path in (volume, *volume.rglob("*")):
            state = path.lstat()
            if state.st_uid == owner or stat.S_ISLNK(state.st_mode):
                continue
            os.chown(path, -1, owner)
            mode = stat.S_IMODE(state.st_mode)
            path.chmod(mode | 0o070 if stat.S_ISDIR(state.st_mode) else mode | 0o060)


def _available_mib(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:")), None)
