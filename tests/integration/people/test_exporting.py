"""A copy of all that is kept about somebody: proven by a code, waited for, fetched by them alone, and gone again."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
from typing import Any

import pytest

from services.contracts.people import ExportRequested, PersonId
from services.people import housekeeping
from services.people.app import SERVICE
from services.people.domain.export import KEPT_DAYS, MOST_FETCHES
from services.people.store import exports
from services.personal import sealing
from tests.integration.people.test_erasing import ERASE
from tests.integration.people.test_erasing import REQUEST as REQUEST_ERASURE
from tests.worlds.asgi import Answer, request
from tests.worlds.exporting import DELETE, EXPORT, Somebody, answer_all, answers, asked_for, hear, somebody
from tests.worlds.people import SIGN_OUT, House

OTHERS = ["catalog", "delivery", "insight", "ordering"]


async def _fetched(home: House, path: str, token: str | None, **headers: str) -> Answer:
    said = {**headers, **({"authorization": f"Bearer {token}"} if token else {})}
    return await request(home.app, "GET", path, headers=said)


async def _ready(home: House, phone: str) -> tuple[Somebody, Any]:
    siti = await somebody(home, phone)
    await siti.export()
    (asked,) = await asked_for(home, siti.id)
    await answer_all(home, asked)
    (made,) = await siti.exports()
    return siti, made


async def test_it_waits_for_every_service_and_says_for_whom(home: House) -> None:
    siti = await somebody(home, "+6281234580001")
    made = await siti.export()
    assert (made["status"], made["waitsFor"], made["path"], made["readyAt"]) == ("WAITING", OTHERS, None, None)
    (asked,) = await asked_for(home, siti.id)
    for left in (["delivery", "insight", "ordering"], ["insight", "ordering"], ["ordering"]):
        service = next(each for each in OTHERS if each not in left and each in made["waitsFor"])
        await hear(home, *answers(asked, service))
        (made,) = await siti.exports()
        assert (made["status"], made["waitsFor"]) == ("WAITING", left)
    await hear(home, *answers(asked, "ordering"))
    (made,) = await siti.exports()
    assert (made["status"], made["waitsFor"], made["path"]) == ("READY", [], f"/exports/{made['id']}")
    # The key is gone and with it what lies in the log.
    assert await home.value("SELECT private_key IS NULL FROM export WHERE subject = $1", str(siti.id))
    assert await home.value("SELECT count(*) FROM export_part") == 0
    told = await home.value("SELECT array_agg(kind || outcome) FROM notice WHERE subject = $1", str(siti.id))
    assert told == ["EXPORT_READYWAITING"]


async def test_what_is_asked_says_no_name_and_no_number(home: House) -> None:
    siti = await somebody(home, "+6281234580002")
    await siti.export()
    (asked,) = await asked_for(home, siti.id)
    assert json.loads(asked.public_key).keys() == {"kty", "crv", "x"}
    assert siti.phone.encode() not in asked.payload()
    assert asked.type == ExportRequested.type


async def test_the_copy_is_fetched_by_whose_it_is_and_that_is_written_down(home: House) -> None:
    siti, made = await _ready(home, "+6281234580003")
    budi = await somebody(home, "+6281234580004")
    plain = await _fetched(home, made["path"], siti.token)
    packed = await _fetched(home, made["path"], siti.token, **{"accept-encoding": "br, gzip;q=0.9"})
    assert plain.status == packed.status == 200
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["content-disposition"] == f'attachment; filename="wlijo-{made["id"]}.json"'
    assert plain.headers["cache-control"] == "no-store"
    document = json.loads(plain.body)
    assert [each["service"] for each in document["sections"]] == [
        "people",
        *("catalog", "ordering", "delivery", "insight"),
    ]
    assert siti.phone in plain.body.decode()
    assert document["requested_at"].endswith("+07:00")
    assert (await _fetched(home, made["path"], budi.token)).status == 404
    assert (await _fetched(home, made["path"], None)).status == 401
    assert (await _fetched(home, "/exports/exp_nothing", siti.token)).status == 404
    assert (await _fetched(home, f"/exports/{siti.id}", siti.token)).status == 404
    said = await home.value("SELECT array_agg(action ORDER BY id) FROM audit WHERE person_id = $1", siti.id)
    assert said == ["EXPORT_ASKED", "EXPORT_TAKEN", "EXPORT_TAKEN"]
    # Another issuer's, called as ours are.
    foreign = home.others.token(sub=str(siti.id), roles=["buyer"])
    answer = await request(home.as_others, "GET", made["path"], headers={"authorization": f"Bearer {foreign}"})
    assert answer.status == 403
    await home.done(SIGN_OUT, siti.token)
    assert (await _fetched(home, made["path"], siti.token)).status == 401


async def test_it_needs_a_code_that_was_sent_for_it_and_that_code_erases_nobody(home: House) -> None:
    siti, budi = await somebody(home, "+6281234580005"), await somebody(home, "+6281234580006")
    mine = await siti.code()
    await home.done(REQUEST_ERASURE, siti.token)
    erasing = await home.sent_code(siti.phone)
    signing_in = await home.asked(siti.phone)
    for guess in {erasing, signing_in} - {mine}:
        assert (await home.refused(EXPORT, siti.token, code=guess))["code"] == "CODE_INVALID"
    assert (await home.refused(EXPORT, budi.token, code=mine))["code"] == "CODE_INVALID"
    if mine != erasing:
        assert (await home.refused(ERASE, siti.token, code=mine))["code"] == "CODE_INVALID"
    assert (await home.done(EXPORT, siti.token, code=mine))["status"] == "WAITING"
    assert (await home.refused(EXPORT, siti.token, code=mine))["code"] == "CODE_INVALID"


async def test_one_is_made_at_a_time_and_two_a_day(home: House) -> None:
    siti = await somebody(home, "+6281234580007")
    first = await siti.export()
    assert (await siti.export())["id"] == first["id"]
    assert len(await asked_for(home, siti.id)) == 1
    await answer_all(home, (await asked_for(home, siti.id))[0])
    second = await siti.export()
    assert second["id"] != first["id"]
    await home.done(DELETE, siti.token, id=second["id"])
    code = await siti.code()
    assert await home.refused(EXPORT, siti.token, code=code) == {"code": "RATE_LIMITED", "retryable": True}
    await home.move_clock(86_400)
    assert (await siti.export())["id"] not in (first["id"], second["id"])
    assert [each["status"] for each in await siti.exports()] == ["WAITING", "GONE", "READY"]


async def test_repeats_in_any_order_change_nothing(home: House) -> None:
    siti = await somebody(home, "+6281234580008")
    await siti.export()
    (asked,) = await asked_for(home, siti.id)
    big = {"service": "catalog", "tables": random.Random(7).randbytes(900_000).hex()}
    parts = [*answers(asked, "catalog", big)]
    assert len(parts) > 1
    assert all(len(each.payload()) < 900_000 for each in parts)
    await hear(home, *reversed(parts), *parts)
    await hear(home, *answers(asked, "ordering"))
    await hear(home, *answers(asked, "delivery"))
    await hear(home, *answers(asked, "insight"))
    (made,) = await siti.exports()
    assert made["status"] == "READY"
    document = json.loads((await _fetched(home, made["path"], siti.token)).body)
    assert document["sections"][1] == big
    await hear(home, *answers(asked, "delivery", {"service": "delivery", "late": True}), first=2)
    assert b"late" not in (await _fetched(home, made["path"], siti.token)).body


async def test_a_part_for_another_key_is_a_dead_letter_and_the_copy_waits(home: House) -> None:
    siti = await somebody(home, "+6281234580009")
    await siti.export()
    (asked,) = await asked_for(home, siti.id)
    _, another = sealing.key_pair()
    (wrong,) = answers(asked, "catalog")
    forged = type(wrong)(export_id=wrong.export_id, number=1, of=1, sealed=sealing.sealed(b"x", another)[0])
    await hear(home, forged)
    assert (await siti.exports())[0]["waitsFor"] == OTHERS
    reason = await home.value("SELECT reason FROM dead_letter WHERE aggregate = $1", str(asked.export_id))
    assert "not sealed for this key" in reason


async def test_of_many_who_ask_at_once_one_is_made(home: House) -> None:
    siti = await somebody(home, "+6281234580016")
    codes = [await siti.code() for _ in range(3)]
    hands: list[Any] = []
    by_hand = [SERVICE.by_hand["export"](home.db, ["--subject", str(siti.id)], hands.append) for _ in range(3)]
    asked = [home.ask(EXPORT, siti.token, code=code) for code in codes]
    done = await asyncio.gather(*by_hand, *asked)
    assert done[:3] == [0, 0, 0]
    assert len(await asked_for(home, siti.id)) == 1
    assert len(await siti.exports()) == 1


async def test_ops_have_none_made_of_who_is_not_there(home: House) -> None:
    said: list[Any] = []
    assert await SERVICE.by_hand["export"](home.db, ["--subject", str(PersonId.new())], said.append) == 1
    # Whom another issuer knows has no row here, and their orders lie elsewhere.
    assert await SERVICE.by_hand["export"](home.db, ["--subject", "usr_of_another_issuer"], said.append) == 0
    assert [each.keys() for each in said] == [{"refused"}, {"export", "status", "waits_for"}]


async def test_it_is_fetched_so_often_and_no_more(home: House) -> None:
    siti, made = await _ready(home, "+6281234580014")
    for _ in range(MOST_FETCHES):
        assert (await _fetched(home, made["path"], siti.token)).status == 200
    refused = await _fetched(home, made["path"], siti.token)
    assert (refused.status, json.loads(refused.body)["code"]) == (429, "RATE_LIMITED")
    for _ in range(2):
        assert await home.done(DELETE, siti.token, id=made["id"]) is True
    said = "SELECT count(*) FROM audit WHERE person_id = $1 AND action = $2"
    assert await home.value(said, siti.id, "EXPORT_TAKEN") == MOST_FETCHES
    assert await home.value(said, siti.id, "EXPORT_DELETED") == 1
    budi = await somebody(home, "+6281234580015")
    assert (await home.refused(DELETE, budi.token, id=made["id"]))["code"] == "NOT_FOUND"


async def test_it_expires_made_or_not_and_the_row_goes_later(home: House) -> None:
    siti, made = await _ready(home, "+6281234580010")
    await siti.export()
    waiting = (await asked_for(home, siti.id))[1]
    await home.move_clock(KEPT_DAYS * 86_400 + 1)
    siti = await somebody(home, "+6281234580010")
    assert (await _fetched(home, made["path"], siti.token)).status == 404
    assert [each["status"] for each in await siti.exports()] == ["GONE", "GONE"]
    async with home.db.acquire() as conn:
        await exports.forget(conn)
    left = "SELECT count(*) FROM export WHERE subject = $1 AND (document IS NOT NULL OR private_key IS NOT NULL)"
    assert await home.value(left, str(siti.id)) == 0
    await answer_all(home, waiting)
    assert await home.value("SELECT count(*) FROM export_part") == 0
    await home.move_clock(31 * 86_400)
    async with home.db.acquire() as conn:
        await exports.forget(conn)
    assert await home.value("SELECT count(*) FROM export WHERE subject = $1", str(siti.id)) == 0


async def test_one_that_was_not_made_in_time_stands_in_no_ones_way(home: House) -> None:
    siti = await somebody(home, "+6281234580011")
    first = await siti.export()
    await home.move_clock(KEPT_DAYS * 86_400 + 1)
    siti = await somebody(home, "+6281234580011")
    assert (await siti.export())["id"] != first["id"]


async def test_erasing_deletes_it_at_once_and_late_answers_make_none(home: House) -> None:
    siti, _ = await _ready(home, "+6281234580012")
    await siti.export()
    under_way = (await asked_for(home, siti.id))[1]
    await home.done(REQUEST_ERASURE, siti.token)
    code = await home.sent_code(siti.phone)
    assert (await home.done(ERASE, siti.token, code=code))["status"] == "DONE"
    await answer_all(home, under_way)
    await housekeeping.erase_waiting(home.db)
    for table in ("export", "export_part"):
        assert await home.value(f"SELECT count(*) FROM {table}") == 0


async def test_ops_have_one_made_for_who_asked_on_paper(home: House) -> None:
    siti = await somebody(home, "+6281234580013")
    said: list[Any] = []
    for _ in range(2):
        assert await SERVICE.by_hand["export"](home.db, ["--subject", str(siti.id)], said.append) == 0
    assert said[0] == said[1]
    assert said[0]["waits_for"] == OTHERS
    (asked,) = await asked_for(home, siti.id)
    assert await SERVICE.by_hand["export"](home.db, ["--take", str(asked.export_id)], said.append) == 1
    await answer_all(home, asked)
    assert await SERVICE.by_hand["export"](home.db, ["--take", str(asked.export_id)], said.append) == 0
    assert said[-1]["subject"] == str(siti.id)
    rows = "SELECT array_agg(actor || ': ' || action ORDER BY id) FROM audit WHERE person_id = $1"
    actor = f"by hand, user {os.getuid()}"
    assert await home.value(rows, siti.id) == [f"{actor}: EXPORT_ASKED", f"{actor}: EXPORT_TAKEN"]


@pytest.fixture(autouse=True)
async def _nobody_elses(home: House) -> None:
    async with home.db.acquire() as conn:
        await conn.execute("DELETE FROM export")
