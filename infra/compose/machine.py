"""What the host offers, as a container sees it: too little of it is said at the start."""

from __future__ import annotations

import os
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


def own_backup_folder(folder: Path, owner: int) -> None:
    """The database's server writes its log and its copies there."""
    if not folder.exists():
        return
    for each in (folder, folder / "wal", folder / "base"):
        each.mkdir(mode=0o700, exist_ok=True)
        os.chown(each, owner, owner)


def _available_mib(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:")), None)
