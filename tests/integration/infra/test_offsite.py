"""Copies that are off the host, in a store that speaks S3: brought back and restored on another host, or refused by what is wrong."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.kit.photos.s3 import S3Storage
from services.kit.secret import Secret
from tests.worlds import seaweed
from tests.worlds.copied_database import Server, empty, running

pytestmark = pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not there: a package of Debian's")


@pytest.fixture(scope="module")
def s3() -> Iterator[seaweed.Seaweed]:
    if seaweed.found() is None:
        pytest.skip("SeaweedFS is not there: it comes with the requirements of development")
    with seaweed.running() as found:
        seaweed.make_bucket(found, "copies")
        yield found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("made")) as server:
        yield server


@pytest.fixture
def off(s3: seaweed.Seaweed, made: Server, tmp_path: Path) -> dict[str, str]:
    """Settings of a repository of this test's own."""
    return settings(s3, made, tmp_path.name)


@pytest.fixture(scope="module")
def kept(s3: seaweed.Seaweed, made: Server) -> dict[str, str]:
    """Those of one that has a copy, to be read."""
    told = settings(s3, made, "kept")
    copied(made, told)
    return told


def settings(s3: seaweed.Seaweed, server: Server, name: str) -> dict[str, str]:
    for left in ("offsite", "offsite-copied", "offsite-kept", "newest"):
        (server.backup / "checked" / left).unlink(missing_ok=True)
    return {
        "OFFSITE_REPOSITORY": f"s3:{s3.endpoint}/copies/{name}",
        "OFFSITE_S3_ACCESS_KEY": seaweed.ACCESS,
        "SECRETS": str(secrets(server.socket / name)),
    }


def secrets(folder: Path, key: str = "the key of ops", s3_secret: str = seaweed.SECRET) -> Path:
    folder.mkdir()
    (folder / "key").write_text(key)
    (folder / "s3_secret_key").write_text(s3_secret)
    return folder


def host(folder: Path) -> Server:
    """A fresh one, as `prepare` leaves it."""
    backup = folder / "backup"
    for name in ("base", "wal", "checked"):
        (backup / name).mkdir(parents=True)
    return empty(folder, backup)


def copied(server: Server, off: dict[str, str]) -> str:
    done = server.script("offsite", "copy", **off)
    assert done.returncode == 0, done.stdout + done.stderr
    at, what, name = (server.backup / "checked/offsite").read_text().split()
    assert what == "copied"
    assert (server.backup / "checked/offsite-copied").read_text() == f"{at} copied {name}\n"
    return name


def restic(server: Server, off: dict[str, str], *arguments: str) -> str:
    return server.sure(
        "-c", 'exec restic --no-cache -q "$@"', "sh", *arguments,
        RESTIC_REPOSITORY=off["OFFSITE_REPOSITORY"], RESTIC_PASSWORD_FILE=f"{off['SECRETS']}/key",
        AWS_ACCESS_KEY_ID=seaweed.ACCESS, AWS_SECRET_ACCESS_KEY=seaweed.SECRET,
    )  # fmt: skip


def refused(done: subprocess.CompletedProcess[str], said: str) -> None:
    assert done.returncode == 1, done.stdout
    assert said in done.stderr, done.stderr


def nothing_came(server: Server) -> None:
    assert [str(each) for each in server.backup.rglob("*") if each.is_file()] == []
    assert not (server.backup / "arriving").exists()


def test_what_is_off_the_host_is_brought_to_another_and_restored(
    made: Server, kept: dict[str, str], tmp_path: Path
) -> None:
    fresh = host(tmp_path)
    done = fresh.script("offsite", "bring-back", **kept)
    assert done.returncode == 0, done.stderr
    assert "1 base backups, the newest " in done.stdout
    restored = fresh.script("restore", POSTGRES_MAX_CONNECTIONS="100")
    assert restored.returncode == 0, restored.stderr
    fresh.start()
    try:
        assert fresh.ask("SELECT count(*) FROM orders") == "40"
    finally:
        fresh.stop()


def test_in_the_store_nobody_reads_it(made: Server, kept: dict[str, str], s3: seaweed.Seaweed) -> None:
    """The control of what would be seen: the same words in the copy that is here."""
    words = b"Database system identifier", b"backup_label", b"START WAL LOCATION"
    here = b"".join(each.read_bytes() for each in made.backup.glob("base/*/backup_*"))
    there = b"".join(each.read_bytes() for each in s3.data.rglob("*") if each.is_file())
    assert b"START WAL LOCATION" in here
    assert len(there) > 1_000_000
    assert not [word for word in words[1:] if word in there]


def test_only_what_is_new_is_sent_again(made: Server, off: dict[str, str]) -> None:
    first = copied(made, off)
    made.ask("SELECT pg_logical_emit_message(true, 'a', 'something new')")
    made.archived()
    second = copied(made, off)
    first_s, second_s = (
        json.loads(restic(made, off, "stats", "--json", "--mode", "raw-data", each)) for each in (first, second)
    )
    both = json.loads(restic(made, off, "stats", "--json", "--mode", "raw-data", first, second))
    assert both["total_size"] - first_s["total_size"] < second_s["total_size"] / 10


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SECRETS": "another key"}, "the key is another one than that of s3:"),
        ({"SECRETS": "another secret"}, "does not answer, not to this access key, or"),
        ({"OFFSITE_REPOSITORY": "elsewhere"}, "there is nothing at s3:"),
    ],
)
def test_another_key_or_place_is_refused_by_name(
    made: Server, kept: dict[str, str], tmp_path: Path, change: dict[str, str], said: str
) -> None:
    fresh = host(tmp_path)
    wrong = {"another key": ("a key of somebody", seaweed.SECRET), "another secret": ("the key of ops", "x" * 20)}
    told = dict(kept)
    if "SECRETS" in change:
        told["SECRETS"] = str(secrets(fresh.socket / "other", *wrong[change["SECRETS"]]))
    else:
        told["OFFSITE_REPOSITORY"] += "-elsewhere"
    refused(fresh.script("offsite", "bring-back", **told, OFFSITE_WITHIN="10"), said)
    nothing_came(fresh)


async def spoil(s3: seaweed.Seaweed, folder: str, damage: str) -> None:
    """The largest of what holds content."""
    store = S3Storage(
        endpoint=s3.endpoint, bucket="copies", region="us-east-1", access_key=seaweed.ACCESS, secret_key=Secret(seaweed.SECRET)
    )  # fmt: skip
    found = {key: await store.get(key) or b"" async for page in store.keys(folder) for key in page}
    key = max(found, key=lambda each: len(found[each]))
    middle = len(found[key]) // 2
    if damage == "missing":
        await store.delete([key])
    else:
        rest = bytes(64) + found[key][middle + 64 :] if damage == "altered" else b""
        await store.put(key, found[key][:middle] + rest)


@pytest.mark.parametrize(
    ("damage", "said"),
    [("altered", "not whole, or was altered"), ("missing", "is not whole"), ("short", "is not whole")],
)
def test_what_was_altered_there_is_refused_and_nothing_of_it_stays(
    made: Server, off: dict[str, str], tmp_path: Path, s3: seaweed.Seaweed, damage: str, said: str
) -> None:
    copied(made, off)
    asyncio.run(spoil(s3, f"{tmp_path.name}/data", damage))
    fresh = host(tmp_path)
    refused(fresh.script("offsite", "bring-back", **off), said)
    nothing_came(fresh)


def test_a_copy_that_lacks_a_segment_is_refused_by_the_restore(
    made: Server, off: dict[str, str], tmp_path: Path
) -> None:
    """As somebody's own copy would: whole for the store, and not for the database."""
    holed = tmp_path / "holed"
    shutil.copytree(made.backup, holed)
    sorted((holed / "wal").glob("0000*.gz"))[-1].unlink()
    done = Server(made.data, holed, made.socket).script("offsite", "copy", **off)
    assert done.returncode == 0, done.stderr
    fresh = host(tmp_path / "fresh")
    assert fresh.script("offsite", "bring-back", **off).returncode == 0
    restored = fresh.script("restore", POSTGRES_MAX_CONNECTIONS="100")
    refused(restored, "has been archived after it: copy the archive again")
    assert list(fresh.data.iterdir()) == []


def test_a_file_that_cannot_be_read_leaves_no_copy(made: Server, off: dict[str, str], tmp_path: Path) -> None:
    first = copied(made, off)
    holed = tmp_path / "holed"
    shutil.copytree(made.backup, holed)
    unreadable = next((holed / "base").rglob("PG_VERSION"))
    unreadable.unlink()
    unreadable.mkdir()
    unreadable.chmod(0)
    done = Server(made.data, holed, made.socket).script("offsite", "copy", **off)
    if done.returncode == 0:
        pytest.skip("here the server's user may read everything")
    refused(done, "not all could be copied")
    assert (holed / "checked/offsite").read_text().split()[1] == "failed"
    assert [each["short_id"] for each in json.loads(restic(made, off, "snapshots", "--json"))] == [first]


def test_nothing_is_brought_over_what_is_there(made: Server, kept: dict[str, str], tmp_path: Path) -> None:
    fresh = host(tmp_path)
    (fresh.backup / "wal" / "system").write_text("1\n")
    refused(fresh.script("offsite", "bring-back", **kept), "wants an empty BACKUP_DIR")
    assert (fresh.backup / "wal" / "system").read_text() == "1\n"


def test_another_database_is_not_copied_among_them(made: Server, kept: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(made.backup, other)
    (other / "wal" / "system").write_text("4711\n")
    done = Server(made.data, other, made.socket).script("offsite", "copy", **kept)
    refused(done, "holds copies of another database")


def test_an_empty_folder_is_no_copy_that_would_drive_out_the_others(
    made: Server, kept: dict[str, str], tmp_path: Path
) -> None:
    fresh = host(tmp_path)
    refused(fresh.script("offsite", "copy", **kept), "there is no base backup to copy")


def test_what_is_old_goes_there_once_a_day_and_what_is_there_is_read(made: Server, off: dict[str, str]) -> None:
    """All of one day: the last three stay, and the next ones of that day come beside them."""
    names = []
    for _ in range(5):
        names.append(copied(made, off))
        (made.backup / "checked/offsite-kept").unlink()
    names.append(copied(made, off))
    names.append(copied(made, off))
    assert {each["short_id"] for each in json.loads(restic(made, off, "snapshots", "--json"))} == set(names[-4:])


def test_what_is_not_told_is_said(made: Server, kept: dict[str, str], tmp_path: Path) -> None:
    refused(made.script("offsite", "copy", SECRETS=kept["SECRETS"]), "OFFSITE_REPOSITORY is not set")
    refused(
        made.script("offsite", "copy", **{**kept, "SECRETS": str(tmp_path)}),
        "there is no key: secrets/keep/offsite_key",
    )
