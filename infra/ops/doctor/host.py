"""The machine: memory, cores, disks and how long they last, the engine, the ports that `.env` names."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.ops.doctor.finding import Finding, page, unseen, warn, well
from infra.ops.doctor.place import Place, pairs

_WANTED_MIB, _LEAST_MIB, _WANTED_CORES = 1024, 256, 2
"""Free while everything runs: the stack is in what is used."""
_WANTED_DISK_MIB, _LEAST_DISK_MIB = 4096, 1024
_WANTED_DAYS, _LEAST_DAYS = 30, 5
_DAY_S = 86_400
_ENGINE, _COMPOSE = (25, 0), (2, 24)
_ASKED_WITHIN_S = 8


async def memory(place: Place) -> list[Finding]:
    try:
        lines = place.meminfo.read_text().splitlines()
        free = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return [unseen("memory", f"{place.meminfo} says nothing of it here")]
    todo = "free -m; docker stats --no-stream: end what is not ours, or add memory (docs/operations.md, 2 GiB to begin with)"
    if free < _LEAST_MIB:
        return [page("memory-low", f"{free} MiB of memory are free: the kernel will kill processes", todo)]
    if free < _WANTED_MIB:
        return [warn("memory-low", f"{free} MiB of memory are free, {_WANTED_MIB} are wanted", todo)]
    return [well("memory", f"{free} MiB are free")]


async def cores(place: Place) -> list[Finding]:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if count < _WANTED_CORES:
        return [
            warn(
                "cores-few", f"{count} core may be used, {_WANTED_CORES} are wanted", "nproc: give the machine another"
            )
        ]
    return [well("cores", f"{count} cores")]


async def disks(place: Place) -> list[Finding]:
    folders = [each for each in place.settings.doctor_disks.split(",") if each]
    if not folders:
        return [unseen("disk", "DOCTOR_DISKS names no folder")]
    return [each for folder in folders for each in _disk(place, Path(folder))]


def _disk(place: Place, folder: Path) -> Iterator[Finding]:
    try:
        state = os.statvfs(folder)
    except OSError as error:
        yield unseen("disk", f"{folder}: {error.strerror}", about=str(folder))
        return
    free = state.f_bavail * state.f_frsize
    mib, about = free // 2**20, str(folder)
    todo = f"df -h {folder}; docker system df: remove what is not ours, or copies of backup/base that are elsewhere too"
    if mib < _LEAST_DISK_MIB:
        yield page("disk-full", f"{mib} MiB are free: database and broker stop when there is nothing left", todo, about)
    elif mib < _WANTED_DISK_MIB:
        yield warn("disk-low", f"{mib} MiB are free, {_WANTED_DISK_MIB} are wanted", todo, about)
    else:
        yield well("disk", f"{mib} MiB are free", about)
    if folder == Path(place.settings.doctor_backup_dir or "/nowhere"):
        yield from _days(free, folder)


def _days(free: int, backup: Path) -> Iterator[Finding]:
    """By what the archive has grown in the last day, or in as much of it as there is; what backups remove is in it."""
    now = time.time()
    try:
        files = [each.stat() for each in (backup / "wal").rglob("*") if each.is_file()]
    except OSError as error:
        yield unseen("disk-days", f"{backup}/wal may not be read: {error.strerror}")
        return
    recent = [(now - each.st_mtime, each.st_size) for each in files if now - each.st_mtime < _DAY_S]
    over = max((age for age, _ in recent), default=0.0)
    if over < _DAY_S / 24:
        yield unseen("disk-days", "the archive is younger than an hour: its growth is not known yet")
        return
    a_day = sum(size for _, size in recent) * _DAY_S / over
    days = free / a_day if a_day else float("inf")
    said = (
        f"the archive of the log grows by {a_day / 2**20:.0f} MiB a day: what is free lasts {min(days, 9999):.0f} days"
    )
    todo = (
        "docker compose exec -u postgres postgres /compose/backup, which removes the log before the oldest copy; "
        "lower BACKUPS_KEPT; or a larger disk for BACKUP_DIR"
    )
    if days < _LEAST_DAYS:
        yield page("disk-days-left", said, todo)
    elif days < _WANTED_DAYS:
        yield warn("disk-days-left", said, todo)
    else:
        yield well("disk-days", said)


async def engine(place: Place) -> list[Finding]:
    docker = shutil.which("docker", path=place.environment.get("PATH"))
    if docker is None:
        how = "sh infra/compose/check, on the host" if place.in_compose else ""
        return [unseen("engine", "there is no docker command where the doctor runs", how)]
    found = []
    for name, least, words, todo in (
        (
            "engine",
            _ENGINE,
            ("version", "--format", "{{.Server.Version}}"),
            "start Docker, or install Docker Engine 25 or newer",
        ),
        (
            "compose",
            _COMPOSE,
            ("compose", "version", "--short"),
            "install Docker Compose 2.24 or newer (docker compose)",
        ),
    ):
        said = _docker(docker, words)
        numbers = re.match(r"v?(\d+)\.(\d+)", said)
        if numbers is None:
            finding = page(f"{name}-away", f"docker {words[0]} does not answer with a version", todo)
            # A developer's machine runs without one.
            found.append(finding if place.in_compose else unseen(name, "docker is installed here and answers nothing"))
        elif (int(numbers[1]), int(numbers[2])) < least:
            found.append(warn(f"{name}-old", f"{said} is older than {least[0]}.{least[1]}", todo))
        else:
            found.append(well(name, said))
    return found


def _docker(docker: str, words: Sequence[str]) -> str:
    """What docker says, nothing where it does not."""
    try:
        done = subprocess.run([docker, *words], capture_output=True, text=True, timeout=_ASKED_WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


async def ports(place: Place) -> list[Finding]:
    """As `.env` says them: whether they can be; and where the machine's own are seen, whether our processes hold them."""
    told = place.settings
    found = list(_sense("GATEWAY_PORT", told.gateway_port)) + list(_sense("KAFKA_PUBLIC_PORT", told.kafka_public_port))
    if not found:
        found = list(_fitting(told.gateway_port, told.gateway_replicas, told.kafka_public_port))
    held = pairs(told.doctor_processes_held, "DOCTOR_PROCESSES_HELD")
    if held:
        free = [f"{name} ({port})" for name, port in held.items() if not _listens(int(port))]
        if free:
            found.append(
                page("port-unheld", f"nobody listens on the port of {', '.join(free)}", f"make ps; {place.up()}")
            )
        else:
            found.append(well("ports", f"somebody listens on each of {len(held)}"))
    elif not found:
        how = "sh infra/compose/check, on the host"
        found.append(
            unseen(
                "ports", "a container does not see which ports of the host are taken; as `.env` says them they fit", how
            )
        )
    return found


def _sense(name: str, text: str) -> Iterator[Finding]:
    if text and _range(text) is None:
        yield page(
            "port-malformed",
            f"{name}={text} is no port (1 to 65535), nor two with a dash between",
            f"set {name} in .env; docker compose up --wait",
        )


def _fitting(gateway: str, replicas: str, kafka: str) -> Iterator[Finding]:
    published = _range(gateway) if gateway else None
    count = int(replicas) if replicas.isdecimal() else 1
    if published and count > len(published):
        yield page(
            "ports-too-few",
            f"GATEWAY_REPLICAS={count}, and GATEWAY_PORT={gateway} is {len(published)}",
            f"GATEWAY_PORT={published[0]}-{published[0] + count - 1} in .env; docker compose up --wait",
        )
    partners = _range(kafka) if kafka else None
    if published and partners and set(published) & set(partners):
        yield page(
            "ports-same",
            f"GATEWAY_PORT={gateway} and KAFKA_PUBLIC_PORT={kafka} are the same",
            "set another KAFKA_PUBLIC_PORT in .env; docker compose up --wait",
        )


def _range(text: str) -> range | None:
    first, _, last = text.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        return None
    numbers = range(int(first), int(last or first) + 1)
    return numbers if numbers and numbers[0] >= 1 and numbers[-1] <= 65_535 else None


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(1)
        return caller.connect_ex(("127.0.0.1", port)) == 0
