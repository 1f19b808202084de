"""A disk of the test's own, an ext4 file system in a file, under the database and the broker: so that it can be full."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from infra.owners import KAFKA, POSTGRES

OVERRIDE = "tests/compose/disk.yml"
_SIZE = 4 * 2**30
_OWNERS = {"postgres": POSTGRES, "kafka": KAFKA}


@dataclass(frozen=True, slots=True)
class Disk:
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Disk | str:
        """Or why there can be none here. The file is sparse: it takes what is written."""
        image, mounted = folder / "disk.img", folder / "disk"
        mounted.mkdir()
        with image.open("wb") as file:
            file.truncate(_SIZE)
        for command in (
            ("mkfs.ext4", "-q", "-F", "-m", "0", str(image)),
            ("mount", "-o", "loop", str(image), str(mounted)),
        ):
            try:
                done = subprocess.run(command, capture_output=True, text=True, check=False)
            except FileNotFoundError:
                return f"there is no {command[0]}"
            if done.returncode:
                return done.stderr.strip()
        disk = cls(mounted)
        for volume in _OWNERS:
            disk.clear(volume)
        return disk

    def clear(self, volume: str) -> None:
        """What removing a volume leaves on the disk under it."""
        place = self.folder / volume
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        os.chown(place, _OWNERS[volume], _OWNERS[volume])

    def fill(self) -> None:
        """To the last block."""
        with self._filling.open("wb") as file:
            size = os.statvfs(self.folder).f_bavail * 4096
            while size >= 4096:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
                except OSError:
                    size //= 2

    def free(self) -> None:
        self._filling.unlink(missing_ok=True)

    @property
    def _filling(self) -> Path:
        return self.folder / "filling"

    def close(self) -> None:
        with suppress(OSError):
            self.free()
        subprocess.run(["umount", str(self.folder)], capture_output=True, check=False)
        self.folder.with_suffix(".img").unlink(missing_ok=True)
