"""Faults for the doctor to find: of the machine, of files, certificates and copies."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from infra.local.free_ports import free_port
from infra.ops.doctor.place import Place
from tests.worlds import doctored
from tests.worlds.doctored import Doctored, came, certificate, docker, plants, restored, speaking_tls


@plants("memory-low")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    (folder / "meminfo").write_text("MemAvailable: 100000 kB\n")
    yield replace(world.place(), meminfo=folder / "meminfo")


@plants("cores-few")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    had = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(had)})  # of this thread, and of those that it starts
    try:
        yield world.place()
    finally:
        os.sched_setaffinity(0, had)


@plants("disk-full")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(DOCTOR_DISKS="/proc")  # a file system that has no room


@plants("disk-days-left")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    backup = shutil.copytree(world.folder / "backup", folder / "backup")
    free = shutil.disk_usage(backup).free
    (backup / "wal" / "000000010000000000000009.gz").touch()
    os.truncate(backup / "wal" / "000000010000000000000009.gz", free // 20)  # a hole, in two hours
    yield world.place(DOCTOR_BACKUP_DIR=str(backup), DOCTOR_DISKS=str(backup))


@plants("engine-old")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(PATH=docker(folder / "bin", engine="24.0.9"))


@plants("compose-old")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(PATH=docker(folder / "bin", compose="v2.9.1"))


@plants("port-unheld")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(DOCTOR_PROCESSES_HELD=f"gateway={free_port()}")


@plants("port-malformed")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(GATEWAY_PORT="40000x")


@plants("ports-too-few")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(GATEWAY_PORT="4000-4001", GATEWAY_REPLICAS="3")


@plants("ports-same")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(GATEWAY_PORT="4000-4002", KAFKA_PUBLIC_PORT="4002")


@contextmanager
def secrets_of(world: Doctored, folder: Path) -> Iterator[tuple[Place, Path]]:
    (folder / "secrets").mkdir(mode=0o755)
    subprocess.run(
        ["cp", "-a", f"{world.folder}/secrets/.", str(folder / "secrets")], check=True
    )  # with owners and modes
    yield world.place(DOCTOR_SECRETS_DIR=str(folder / "secrets")), folder / "secrets"


@plants("secret-mode")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with secrets_of(world, folder) as (place, kept):
        (kept / "for/kafka/config/server.properties").chmod(0o444)
        yield place


@plants("secret-owner")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with secrets_of(world, folder) as (place, kept):
        os.chown(kept / "for/postgres/admin", 1000, 1000)
        yield place


@plants("secret-empty")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with secrets_of(world, folder) as (place, kept):
        os.truncate(kept / "keep/database_catalog", 0)
        yield place


@plants("secrets-open")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with secrets_of(world, folder) as (place, kept):
        (kept / "for").chmod(0o711)
        yield place


@plants("secrets-missing")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with secrets_of(world, folder) as (place, kept):
        shutil.rmtree(kept / "keep")
        yield place


@plants("partners-certificate-ends")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with speaking_tls(certificate(folder / "tls", doctored.NAME, days=20) / "partners.pem") as port:
        yield world.place(DOCTOR_KAFKA_TLS=f"127.0.0.1:{port}")


@plants("partners-certificate-ended")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with speaking_tls(certificate(folder / "tls", doctored.NAME, days=0) / "partners.pem") as port:
        yield world.place(DOCTOR_KAFKA_TLS=f"127.0.0.1:{port}")


@plants("partners-certificate-name")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(KAFKA_PUBLIC_NAME="kafka.renamed.example")


@plants("partners-tls-away")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    yield world.place(DOCTOR_KAFKA_TLS=f"127.0.0.1:{free_port()}")


@plants("edge-certificate-ends", "edge-certificate-untrusted")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with speaking_tls(certificate(folder / "tls", "localhost", days=5) / "partners.pem") as port:
        yield world.place(PEOPLE_ISSUER=f"https://localhost:{port}")


@contextmanager
def backup_of(world: Doctored, folder: Path) -> Iterator[tuple[Place, Path]]:
    backup = shutil.copytree(world.folder / "backup", folder / "backup")
    yield world.place(DOCTOR_BACKUP_DIR=str(backup), DOCTOR_DISKS=str(backup)), backup


@plants("backup-missing")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        shutil.rmtree(backup / "base")
        yield place


@plants("backup-old")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    doctored.copies(folder / "backup", hours_ago=50)
    yield world.place(DOCTOR_BACKUP_DIR=str(folder / "backup"), DOCTOR_DISKS=str(folder / "backup"))


@plants("archive-still")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        for each in (backup / "wal").iterdir():
            os.utime(each, (time.time() - 7_200,) * 2)
        yield place


@plants("archive-empty")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        for each in (backup / "wal").iterdir():
            each.unlink()
        yield place


@plants("restore-unverified")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        (backup / "checked/last").unlink()
        yield place


@plants("restore-fails")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        restored(backup, "failed", timedelta(hours=3))
        yield place


@plants("restore-check-old")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        restored(backup, "restored", timedelta(days=20))
        yield place


@plants("backup-fails")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        came(backup, "backup", "failed", timedelta(minutes=5))
        yield place


@plants("offsite-missing")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        for each in ("offsite", "offsite-copied"):
            (backup / "checked" / each).unlink()
        yield place


@plants("offsite-old")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        for each in ("offsite", "offsite-copied"):
            came(backup, each, "copied", timedelta(hours=40), "0badcafe")
        yield place


@plants("offsite-fails")
def _(world: Doctored, folder: Path) -> Iterator[Place]:
    with backup_of(world, folder) as (place, backup):
        came(backup, "offsite", "failed", timedelta(minutes=5), "the store does not answer")
        yield place
