"""`ops partner suspend`: at once on every channel, as the graph's own pause, and said before it is done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from infra.local.free_ports import free_port
from infra.ops.partner import access, company
from infra.ops.partner.__main__ import done, main, parser
from infra.ops.provision.__main__ import ProvisionSettings
from infra.ops.trouble import Trouble
from services.contracts.delivery import PartnerId, PartnerStatus
from services.delivery.commands.partners import move
from services.delivery.domain.caller import Caller
from services.delivery.domain.company import PartnerAction, PartnerInState
from services.kit.database.db import transaction
from services.kit.kafka.cluster import Cluster, Protocol
from services.kit.secret import Secret
from tests.worlds.delivery import KONCAR, SEMERU, World
from tests.worlds.delivery_counter import Counter
from tests.worlds.servers import TestDatabase

WHY = "two riders were seen with goods that nobody got"


async def suspend(world: World, partner: PartnerId, *, apply: bool = True) -> str:
    return await company.pause(world.db, partner, WHY, "rini", apply=apply)


async def resume(world: World, partner: PartnerId, *, apply: bool = True) -> str:
    return await company.bring_back(world.db, partner, "it was somebody else", "rini", apply=apply)


async def test_offers_end_and_none_come_and_it_is_said_before_it_is_done(world: World) -> None:
    jobs = [await world.job() for _ in range(4)]
    mine = [job for job in jobs if (await world.open_offer(job))[1] == SEMERU]
    before = await world.state()
    said = await suspend(world, SEMERU, apply=False)
    assert said.startswith(f"~ {SEMERU} was ACTIVE in delivery and is PAUSED: {len(mine)} open offers end")
    assert await world.state() == before, "without --apply nothing is done"

    assert await suspend(world, SEMERU) == said
    assert await world.fire() == len(mine)
    assert {(await world.open_offer(job))[1] for job in jobs} == {KONCAR}
    assert await suspend(world, SEMERU) == f"  {SEMERU} is PAUSED by the platform already"
    async with world.db.acquire() as conn:
        (shown,) = await company.shown(conn, SEMERU)
        kept = await conn.fetchrow("SELECT subject, reason FROM partner_history ORDER BY id DESC LIMIT 1")
    assert (shown["standing"], shown["status_reason"], shown["open_offers"]) == ("PAUSED", WHY, 0)
    assert tuple(kept or ()) == ("operations: rini", WHY)


async def test_it_takes_no_job_over_http_and_finishes_what_it_carries(world: World) -> None:
    carried = await world.trip(SEMERU, "pickup")
    await suspend(world, SEMERU)
    await world.fire()
    counter = Counter(world)
    answer = await counter.post(SEMERU, "picked_up", "r1", job_id=str(carried))
    assert answer.json()["outcome"] == "applied"


async def test_a_company_does_not_resume_by_itself_even_if_it_had_paused_itself(world: World) -> None:
    await suspend(world, SEMERU)
    await resume(world, SEMERU)
    async with transaction(world.db) as conn:
        await conn.execute(
            "UPDATE partner SET status = 'PAUSED', paused_from = 'ACTIVE', paused_by_company = true WHERE id = $1",
            SEMERU,
        )
    assert "resumes by its own page" in await resume(world, SEMERU)
    await suspend(world, SEMERU)
    owner = "somebody"
    async with transaction(world.db) as conn:
        await conn.execute(
            """INSERT INTO partner_member (id, partner_id, subject, role, name, joined_at)
               VALUES (gen_random_uuid(), $1, $2, 'OWNER', 'Tuti', now())""",
            SEMERU,
            owner,
        )
    with pytest.raises(PartnerInState):
        async with transaction(world.db) as conn:
            await move(conn, Caller(person=owner), SEMERU, PartnerAction.RESUME, None, by=owner)
    said = await resume(world, SEMERU, apply=False)
    assert said == f"~ {SEMERU} was PAUSED in delivery and is ACTIVE: it is offered jobs again"
    assert await company.standing(world.db, SEMERU) is PartnerStatus.PAUSED
    assert await resume(world, SEMERU) == said
    assert await company.standing(world.db, SEMERU) is PartnerStatus.ACTIVE


async def test_of_a_company_that_is_none_that_is_said(world: World) -> None:
    with pytest.raises(Trouble, match="delivery knows no ptn_"):
        await suspend(world, PartnerId.new())


def test_with_the_broker_away_delivery_is_told_all_the_same(
    database: Callable[[str], TestDatabase], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    made, partner = database("delivery"), PartnerId.new()

    async def known() -> None:
        conn = await asyncpg.connect(made.url)
        await conn.execute("INSERT INTO partner (id, name, status) VALUES ($1, 'Ojek Dua', 'ACTIVE')", partner)
        await conn.close()

    asyncio.run(known())
    away = Cluster(f"127.0.0.1:{free_port()}", Protocol.SASL_PLAINTEXT, username="admin", password=Secret("x" * 24))
    config = ProvisionSettings(kafka=away, database_url=Secret(made.url), kafka_users_dir=str(tmp_path))
    asked = parser().parse_args(["suspend", str(partner), "--because", WHY, "--by", "rini", "--apply"])
    assert asyncio.run(done(asked, config)) == 1
    said = capsys.readouterr()
    assert f"~ {partner} was ACTIVE in delivery and is PAUSED" in said.out
    assert "no broker at" in said.err


def test_on_a_broker_without_users_it_is_shown_and_no_password_is_made(
    database: Callable[[str], TestDatabase], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, partner = database("delivery"), PartnerId.new()

    async def known() -> None:
        conn = await asyncpg.connect(made.url)
        await conn.execute("INSERT INTO partner (id, name, status) VALUES ($1, 'Ojek Dua', 'SANDBOX')", partner)
        await conn.close()

    asyncio.run(known())
    with monkeypatch.context() as told:
        told.setenv("DELIVERY_DATABASE_URL", made.url)
        told.setenv("KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{free_port()}")
        assert main(["show", str(partner)]) == 0
        assert json.loads(capsys.readouterr().out)["kafka"] == "no users here"
        with pytest.raises(Trouble, match="this broker knows no users"):
            main(["add", str(partner), "--apply"])
        assert main(["suspend", str(partner), "--because", WHY, "--by", "rini"]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "nothing was done: --apply does it"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["suspend"],
        ["suspend", "ptn_x"],
        ["suspend", str(SEMERU), "--by", "rini"],
        ["suspend", str(SEMERU), "--because", "\n", "--by", "r"],
    ],
)
def test_what_does_not_fit_is_answered_with_the_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_a_password_is_a_file_whole_or_not_at_all(tmp_path: Path) -> None:
    access.write(tmp_path / str(SEMERU), Secret("a" * 48))
    access.write(tmp_path / str(SEMERU), Secret("b" * 48))
    (file,) = tmp_path.iterdir()
    assert (file.read_text(), file.stat().st_mode & 0o7777) == ("b" * 48, 0o400)
    with pytest.raises(Trouble, match="cannot be written"):
        access.write(tmp_path / "none" / str(SEMERU), Secret("a" * 48))
