"""Apache Kafka's jars out of Maven, once, into a cache; with them a class archive, and the first metadata of a formatted disk."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
POM, LOGGING = _HERE / "pom.xml", _HERE / "log4j2.properties"
CHECKPOINT = Path("__cluster_metadata-0/00000000000000000000-0000000000.checkpoint")
# C1 alone starts twice as fast as with C2; a broker that is measured gets both.
_QUICK = ("-XX:TieredStopAtLevel=1",)


class CannotHave(Exception):
    """Why there is no Apache Kafka here."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """What is in the cache."""

    folder: Path

    @property
    def archive(self) -> Path:
        return self.folder / "classes.jsa"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint"

    def java(
        self, *arguments: str, main: str = "kafka.Kafka", quick: bool = True, archive_to: Path | None = None
    ) -> list[str]:
        """A command line. The broker's log goes to its standard output; with `archive_to` its classes go there at its end."""
        archive = (f"-XX:SharedArchiveFile={self.archive}",) if self.archive.exists() else ()
        if archive_to:
            archive = (f"-XX:ArchiveClassesAtExit={archive_to}",)
        return [
            "java",
            "-Xmx256m",
            "-Xms64m",
            "-XX:+UseSerialGC",
            *(_QUICK if quick else ()),
            *archive,
            f"-Dlog4j2.configurationFile={LOGGING}",
            "-cp",
            f"{self.folder}/lib/*",
            main,
            *arguments,
        ]


def missing() -> str | None:
    """What this machine lacks, if anything."""
    absent = [program for program in ("java", "mvn") if not shutil.which(program)]
    if absent:
        return f"Apache Kafka needs Java 17 or later and Maven; not found: {', '.join(absent)}"
    return None


def cache() -> Path:
    """Per content of the pom; WLIJO_CACHE, else the user's cache folder."""
    base = os.environ.get("WLIJO_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wlijo"
    return Path(base) / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"


def bring() -> Kafka:
    """Apache Kafka, fetched when it is not in the cache yet. Raises CannotHave."""
    kafka = Kafka(cache())
    if kafka.checkpoint.exists():
        return kafka
    if lack := missing():
        raise CannotHave(lack)
    kafka.folder.mkdir(parents=True, exist_ok=True)
    with (kafka.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kafka.folder / "lib").exists():
            _fetch(kafka.folder)
        if not kafka.checkpoint.exists():
            _format(kafka)
    return kafka


def _fetch(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        done = subprocess.run(
            ["mvn", "-B", "-q", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime",
             f"-DoutputDirectory={place}/lib"],
            capture_output=True, text=True, check=False, cwd=place,
        )  # fmt: skip
        if done.returncode or not any(Path(place, "lib").glob("kafka_*.jar")):
            raise CannotHave(f"Maven did not bring Apache Kafka:\n{(done.stdout + done.stderr)[-2000:]}")
        Path(place, "lib").rename(folder / "lib")


def _format(kafka: Kafka) -> None:
    """The format tool's own first checkpoint names neither cluster nor node: with it a disk is formatted by a copy."""
    with tempfile.TemporaryDirectory(dir=kafka.folder) as place:
        properties = Path(place) / "server.properties"
        properties.write_text(
            "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:1\n"
            "listeners=INNER://127.0.0.1:2,CONTROLLER://127.0.0.1:1\ninter.broker.listener.name=INNER\n"
            "controller.listener.names=CONTROLLER\nlistener.security.protocol.map=INNER:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
            f"log.dirs={place}/data\n"
        )
        command = kafka.java(
            "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", str(properties), main="kafka.tools.StorageTool"
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        made = Path(place, "data", CHECKPOINT)
        if done.returncode or not made.exists():
            raise CannotHave(f"Apache Kafka's format tool failed:\n{(done.stdout + done.stderr)[-2000:]}")
        (kafka.folder / "checkpoint.new").write_bytes(made.read_bytes())  # the tool's own file may not be written to
        (kafka.folder / "checkpoint.new").replace(kafka.checkpoint)
