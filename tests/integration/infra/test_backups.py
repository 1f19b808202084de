"""What ops type to copy and to bring back the database, on a real server: a restore that cannot lie, and an archive of one database."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.worlds.copied_database import SEGMENT, Server, empty, running


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("made")) as server:
        yield server


@pytest.fixture
def copied(made: Server, tmp_path: Path) -> Server:
    """Another host, with a copy of the backup."""
    shutil.copytree(made.backup, tmp_path / "backup")
    return empty(tmp_path, tmp_path / "backup")


def segments(server: Server) -> list[Path]:
    return sorted((server.backup / "wal").glob("0000*.gz"))


def restored(server: Server, *asked: str) -> subprocess.CompletedProcess[str]:
    return server.script("restore", *asked, POSTGRES_MAX_CONNECTIONS="100")


def rows(server: Server) -> str:
    server.start()
    try:
        return server.ask("SELECT count(*) FROM orders")
    finally:
        server.stop()


def refused(server: Server, said: str) -> None:
    done = restored(server)
    assert done.returncode == 1, done.stdout
    assert said in done.stderr, done.stderr
    assert list(server.data.iterdir()) == []


def test_all_that_was_archived_is_there_and_goes_on_into_an_archive_of_its_own(made: Server, copied: Server) -> None:
    before = sorted(path.name for path in (copied.backup / "wal").iterdir())
    done = restored(copied)
    assert done.returncode == 0, done.stderr
    assert "to the end of the archived log; the last change is of " in done.stdout
    copied.start()
    try:
        assert copied.ask("SELECT count(*) FROM orders") == "40"
        copied.ask("INSERT INTO orders VALUES (41)")
        copied.archived()
    finally:
        copied.stop()
    (own,) = (path for path in (copied.backup / "wal").iterdir() if path.is_dir())
    assert sorted(path.name for path in (copied.backup / "wal").iterdir() if path.is_file()) == before
    assert {path.name[:8] for path in own.glob("0000*.gz")} == {"00000002"}

    # What was restored is copied and restored as well as the first.
    copied.start()
    try:
        assert copied.script("backup").returncode == 0
        copied.ask("INSERT INTO orders VALUES (42)")
        copied.archived()
    finally:
        copied.stop()
    again = empty(copied.data.parent / "again", copied.backup)
    done = restored(again)
    assert done.returncode == 0, done.stderr
    assert rows(again) == "42"


def test_to_a_time_there_needs_to_be_no_more_than_up_to_it(made: Server, copied: Server) -> None:
    wanted = made.ask("SELECT clock_timestamp()")
    made.ask("CREATE TABLE later ()")
    made.archived()
    made.archived()
    shutil.copytree(made.backup, copied.backup, dirs_exist_ok=True)
    segments(copied)[-1].write_bytes(b"not what it was")
    made.ask("DROP TABLE later")
    done = restored(copied, "newest", wanted)
    assert done.returncode == 0, done.stderr
    assert rows(copied) == "40"


def test_a_time_that_is_not_reached_is_refused(copied: Server) -> None:
    done = restored(copied, "newest", "2099-01-01 00:00:00+00")
    assert done.returncode == 1
    assert "recovery ended before configured recovery target was reached" in done.stderr
    assert list(copied.data.iterdir()) == []


def test_a_segment_that_may_not_be_read_is_no_end_of_the_log(copied: Server) -> None:
    segments(copied)[-2].chmod(0)
    if copied.run("-c", f"cat {segments(copied)[-2]}").returncode == 0:
        pytest.skip("here the server's user may read everything")
    refused(copied, "may not be read, or is not whole")


def test_a_copy_without_the_newest_segments_is_noticed(copied: Server) -> None:
    for each in segments(copied)[-2:]:
        each.unlink()
    refused(copied, "has been archived after it: copy the archive again")


def test_what_came_of_a_try_stays_for_the_doctor(copied: Server, tmp_path: Path) -> None:
    checked = copied.backup / "checked"
    (base,) = (copied.backup / "base").iterdir()

    def tried() -> list[str]:
        copied.script("restore", POSTGRES_MAX_CONNECTIONS="100", CHECKED=str(checked))
        return (checked / "last").read_text().split()

    at, *came = tried()
    assert came == ["restored", base.name]
    assert datetime.fromisoformat(at).tzinfo is not None
    shutil.rmtree(copied.data)
    copied.data.mkdir(mode=0o700)
    (base / "PG_VERSION").write_bytes(b"")
    assert tried()[1:] == ["failed", base.name]


def test_a_base_that_is_not_whole_is_refused(copied: Server) -> None:
    (base,) = (copied.backup / "base").iterdir()
    (base / "PG_VERSION").write_bytes(b"")
    refused(copied, "is not what was made")


def test_a_volume_with_a_database_is_left_alone(copied: Server) -> None:
    (copied.data / "PG_VERSION").write_text("18")
    done = restored(copied)
    assert done.returncode == 1
    assert "the volume holds a database" in done.stderr
    assert (copied.data / "PG_VERSION").read_text() == "18"


def _unreadable(each: Path) -> None:
    each.chmod(0)


def _missing(each: Path) -> None:
    each.unlink()


def _short(each: Path) -> None:
    each.write_bytes(each.read_bytes()[:-100])


def _short_inside(each: Path) -> None:
    each.write_bytes(gzip.compress(gzip.decompress(each.read_bytes())[: SEGMENT // 2]))


def _flipped(each: Path) -> None:
    found = bytearray(gzip.decompress(each.read_bytes()))
    found[100] ^= 1
    whole = each.read_bytes()
    each.write_bytes(gzip.compress(found)[:-8] + whole[-8:])  # the sum is that of what it was


def _of_another_database(each: Path) -> None:
    found = bytearray(gzip.decompress(each.read_bytes()))
    found[24] ^= 1
    each.write_bytes(gzip.compress(found))


def _another_under_its_name(each: Path) -> None:
    shutil.copy(segments_beside(each)[-1], each)


def segments_beside(each: Path) -> list[Path]:
    return sorted(each.parent.glob("0000*.gz"))


def _folder_unreadable(each: Path) -> None:
    each.parent.chmod(0)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_unreadable, "may not be read, or is not whole"),
        (_folder_unreadable, "cannot be read: give it to the user who reads it"),
        (_missing, "is missing in"),
        (_short, "may not be read, or is not whole"),
        (_short_inside, "is cut short"),
        (_flipped, "may not be read, or is not whole"),
        (_of_another_database, "is of database"),
        (_another_under_its_name, "is another segment under this name"),
    ],
)
def test_a_segment_that_is_not_what_was_archived_ends_the_restore(
    made: Server, copied: Server, damage: Callable[[Path], None], said: str
) -> None:
    """More than 125 ends it; 1 would be the end of the log."""
    wal, target = copied.backup / "wal", copied.socket / "target"
    name = segments(copied)[1].name.removesuffix(".gz")
    shutil.copytree(made.data / "global", copied.data / "global")  # whose database it is

    def fetched() -> subprocess.CompletedProcess[str]:
        return copied.script("fetch", str(wal), name, str(target))

    assert fetched().returncode == 0  # the control: undamaged
    assert len(target.read_bytes()) == SEGMENT
    damage(wal / f"{name}.gz")
    try:
        done = fetched()
        if done.returncode == 0 and damage in (_unreadable, _folder_unreadable):
            pytest.skip("here the server's user may read everything")
        assert done.returncode == 200, done.stderr
        assert said in done.stderr
    finally:
        wal.chmod(0o700)


@pytest.mark.parametrize("name", ["000000010000000000000FFF", "00000002.history", "000000020000000000000001"])
def test_what_was_never_archived_is_the_end_of_the_log(made: Server, copied: Server, name: str) -> None:
    done = copied.script("fetch", str(copied.backup / "wal"), name, str(copied.socket / "target"))
    assert done.returncode == 1, done.stderr


def test_what_releases_before_archived_is_read_as_well(made: Server, copied: Server) -> None:
    for each in segments(copied):
        (each.parent / each.name.removesuffix(".gz")).write_bytes(gzip.decompress(each.read_bytes()))
        each.unlink()
    done = restored(copied)
    assert done.returncode == 0, done.stderr
    assert rows(copied) == "40"


def test_a_finished_file_is_archived_once_and_nothing_is_written_over(made: Server, copied: Server) -> None:
    kept = segments(copied)[0]
    shutil.copytree(made.data / "global", copied.data / "global")
    path = copied.socket / "finished"
    path.write_bytes(gzip.decompress(kept.read_bytes()))
    name, before = kept.name.removesuffix(".gz"), kept.stat().st_mtime_ns
    assert copied.script("archive", str(path), name).returncode == 0  # it was killed before PostgreSQL knew
    path.write_bytes(bytes(SEGMENT))
    done = copied.script("archive", str(path), name)
    assert done.returncode == 1
    assert "with other content" in done.stderr
    assert kept.stat().st_mtime_ns == before


def test_another_database_does_not_write_beside(made: Server, copied: Server) -> None:
    shutil.copytree(made.data / "global", copied.data / "global")
    (copied.backup / "wal" / "system").write_text("1\n")
    path = copied.socket / "finished"
    path.write_bytes(bytes(SEGMENT))
    done = copied.script("archive", str(path), "0000000100000000000000F0")
    assert done.returncode == 1
    assert "give this project a BACKUP_DIR of its own" in done.stderr
    assert not (copied.backup / "wal" / "0000000100000000000000F0.gz").exists()


def test_a_quiet_segment_takes_a_fraction(made: Server) -> None:
    made.ask("SELECT pg_logical_emit_message(true, 'a', 'quiet')")
    made.archived()
    assert segments(made)[-1].stat().st_size < SEGMENT / 20


def test_old_copies_go_with_the_log_before_the_oldest_that_is_left(made: Server, copied: Server) -> None:
    done = restored(copied)
    assert done.returncode == 0, done.stderr
    others = sorted(path.name for path in (copied.backup / "base").iterdir())
    copied.start()
    try:
        for number in range(3):
            copied.ask(f"INSERT INTO orders VALUES ({number})")
            copied.archived()
            (copied.backup / "base" / "20991231T000000Z").mkdir(exist_ok=True)  # somebody's, and no copy at all
            done = copied.script("backup", BACKUPS_KEPT="1")
            assert done.returncode == 0, done.stderr
            (name,) = done.stdout.split()
            left = sorted(path.name for path in (copied.backup / "base").iterdir())
            assert left == sorted({*others, "20991231T000000Z", name})
            copied.sure("-c", 'while [ "$(date -u +%Y%m%dT%H%M%SZ)" = "$1" ]; do sleep 0.1; done', "sh", name)
    finally:
        copied.stop()
    (own,) = (path for path in (copied.backup / "wal").iterdir() if path.is_dir())
    label = (copied.backup / "base" / name / "backup_label").read_text()
    first = label.split("(file ")[1].split(")")[0]
    assert min(path.name for path in own.glob("0000*[0-9A-F].gz")) == f"{first}.gz"
    assert segments(copied)  # of the database that this one was restored from: not ours to remove
