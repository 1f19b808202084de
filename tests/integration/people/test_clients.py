"""What a company's machine signs in by: made by its people, shown once, good for a token, revoked for everybody at once."""

from __future__ import annotations

import asyncio
import base64
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest

from services.contracts.delivery import PartnerChanged, PartnerId, PartnerMember, PartnerRole, PartnerStatus
from services.contracts.roles import Role, partner_of
from services.kit.database.db import transaction
from services.kit.http.address import HEADER
from services.people.domain.ids import ClientId
from services.people.store import clients, heard_crews
from tests.integration.people.test_ended import elsewhere
from tests.worlds.asgi import Answer, request
from tests.worlds.payloads import PROBLEMS
from tests.worlds.people import FORM, House

_CREATE = f"""mutation($company: ID!, $name: String!) {{ createPartnerClient(partnerId: $company, name: $name) {{
    {PROBLEMS} client {{ id name usedAt revokedAt }} secret }} }}"""
_REVOKE = f"mutation($id: ID!) {{ revokePartnerClient(id: $id) {{ {PROBLEMS} client {{ id revokedAt }} }} }}"
_LIST = "query($company: ID!) { partnerClients(partnerId: $company) { id name usedAt revokedAt } }"


async def _told(home: House, company: PartnerId, role: PartnerRole, *subjects: str, status: str = "SANDBOX") -> None:
    async with transaction(home.db) as conn:
        members = [PartnerMember(subject=each, role=role) for each in subjects]
        event = PartnerChanged(partner_id=company, name="Ojek", status=PartnerStatus(status), members=members)
        await heard_crews.put_partner(conn, event)


async def _company(home: House, phone: str, role: PartnerRole = PartnerRole.DISPATCHER) -> tuple[PartnerId, str, str]:
    """It, and who is of it: their token and subject."""
    signed = await home.signed_in(phone)
    company = PartnerId.new()
    await _told(home, company, role, signed["person"]["id"])
    return company, signed["tokens"]["accessToken"], signed["person"]["id"]


async def _made(home: House, token: str, company: PartnerId, name: str = "server utama") -> tuple[str, str]:
    made = await home.data(_CREATE, token, company=str(company), name=name)
    assert made["problems"] == []
    return made["client"]["id"], made["secret"]


async def _asked(home: House, client: str, secret: str, address: str = "203.0.113.1") -> Answer:
    return await home.form(
        "/oauth2/token", address, grant_type="client_credentials", client_id=client, client_secret=secret
    )


@pytest.mark.parametrize(("phone", "role"), [("+6281234591001", "DISPATCHER"), ("+6281234591002", "OWNER")])
async def test_who_is_of_the_company_makes_what_its_machine_gets_a_token_by(home: House, phone: str, role: str) -> None:
    company, token, _ = await _company(home, phone, PartnerRole(role))
    client, secret = await _made(home, token, company)
    said = await _asked(home, client, secret)
    assert (said.status, said.headers["cache-control"]) == (200, "no-store")
    answer = said.json()
    assert (answer["token_type"], answer["expires_in"], "refresh_token" in answer) == ("Bearer", 300, False)
    who = await home.verifier.verify(answer["access_token"])
    assert (who.subject, who.roles, partner_of(who.claims)) == (client, frozenset({str(Role.PARTNER)}), company)
    assert who.claims["client_id"] == who.claims["sid"] == client
    (listed,) = await home.data(_LIST, token, company=str(company))
    assert (listed["id"], listed["revokedAt"], bool(listed["usedAt"])) == (client, None, True)
    kept = await home.value("SELECT row_to_json(c)::text FROM partner_client c WHERE id = $1", ClientId.parse(client))
    assert secret not in kept


async def test_a_machine_shows_its_secret_in_the_header_too(home: House) -> None:
    company, token, _ = await _company(home, "+6281234591003")
    client, secret = await _made(home, token, company)

    async def asked(header: str, **more: str) -> Answer:
        body = urlencode({"grant_type": "client_credentials", **more}).encode()
        return await request(home.app, "POST", "/oauth2/token", headers={**FORM, "authorization": header}, body=body)

    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    assert (await asked(f"Basic {basic}")).status == 200
    wrong = await asked("Basic " + base64.b64encode(f"{client}:x".encode()).decode())
    assert (wrong.status, wrong.json()["error"], wrong.headers["www-authenticate"]) == (
        401, "invalid_client", 'Basic realm="wlijo"',
    )  # fmt: skip
    for header in ("Basic ?", "Bearer x", "Basic " + base64.b64encode(b"none").decode()):
        refused = await asked(header)
        assert (refused.status, refused.json()["error"]) == (400, "invalid_request")
    both = await asked(f"Basic {basic}", client_id=client, client_secret=secret)
    assert (both.status, both.json()["error"]) == (400, "invalid_request")


async def test_nobody_else_makes_lists_or_revokes_and_ops_may_all(home: House) -> None:
    company, token, _ = await _company(home, "+6281234591004")
    client, _ = await _made(home, token, company)
    _, stranger, _ = await _company(home, "+6281234591005")
    machine = (await _asked(home, *await _made(home, token, company, "dua"))).json()["access_token"]
    for other in (stranger, machine):
        assert await home.data(_LIST, other, company=str(company)) is None
        assert (await home.refused(_CREATE, other, company=str(company), name="x"))["code"] == "NOT_FOUND"
        assert (await home.refused(_REVOKE, other, id=client))["code"] == "NOT_FOUND"
    assert await home.code(_LIST, company=str(company)) == "UNAUTHENTICATED"
    ops = home.others.token(sub="idp|ops", roles=["ops"])
    assert len(await home.data(_LIST, ops, app=home.as_others, company=str(company))) == 2
    gone = await home.done(_REVOKE, ops, app=home.as_others, id=client)
    assert gone["revokedAt"]
    assert (await home.data(_CREATE, ops, app=home.as_others, company=str(company), name="tiga"))["secret"]
    no_company = str(PartnerId.new())
    assert (await home.refused(_CREATE, ops, app=home.as_others, company=no_company, name="x"))["code"] == "NOT_FOUND"


async def test_who_has_left_the_company_makes_none_and_a_company_that_left_has_none_made(home: House) -> None:
    company, token, subject = await _company(home, "+6281234591006")
    await _told(home, company, PartnerRole.OWNER, subject, status="LEFT")
    said = await home.refused(_CREATE, token, company=str(company), name="x")
    assert (said["code"], said["status"]) == ("WRONG_STATE", "LEFT")
    await _told(home, company, PartnerRole.OWNER)
    assert (await home.refused(_CREATE, token, company=str(company), name="x"))["code"] == "NOT_FOUND"


async def test_two_live_at_a_time_however_many_ask_at_once(home: House) -> None:
    company, token, _ = await _company(home, "+6281234591007")
    answers: list[Any] = await asyncio.gather(
        *(home.data(_CREATE, token, company=str(company), name=f"nomor {n}") for n in range(5))
    )
    made = [each for each in answers if each["secret"]]
    refused = [each["problems"][0] for each in answers if not each["secret"]]
    assert (len(made), {each["code"] for each in refused}, {each["limit"] for each in refused}) == (
        2, {"TOO_MANY_CLIENTS"}, {2},
    )  # fmt: skip
    await home.done(_REVOKE, token, id=made[0]["client"]["id"])
    assert (await home.data(_CREATE, token, company=str(company), name="pengganti"))["secret"]
    async with home.db.acquire() as conn:
        with pytest.raises(asyncpg.UniqueViolationError):
            await conn.execute(
                """INSERT INTO partner_client (id, partner_id, place, name, digest, made_at, made_by)
                   VALUES ($1, $2, 1, 'x', decode(repeat('00', 32), 'hex'), now(), 'x')""",
                ClientId.new(),
                company,
            )


async def test_a_name_is_one_line(home: House) -> None:
    company, token, _ = await _company(home, "+6281234591008")
    for name in ("", " ", "x" * 61):
        said = await home.refused(_CREATE, token, company=str(company), name=name)
        assert (said["code"], said["field"]) == ("INVALID_TEXT", "name")
    assert await home.data(_LIST, token, company=str(company)) == []


async def test_a_revoked_one_gets_no_token_and_what_it_had_is_over_everywhere_at_once(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By being woken: nobody looks by himself here."""
    monkeypatch.setattr("services.people.ended._LOOK_S", 31_536_000)
    monkeypatch.setattr("services.kit.http.over._SILENT_S", 31_536_000)
    company, token, _ = await _company(home, "+6281234591009")
    (gone, gone_secret), (kept, kept_secret) = [await _made(home, token, company, name) for name in ("satu", "dua")]
    had, has = [
        (await _asked(home, client, secret)).json()["access_token"]
        for client, secret in ((gone, gone_secret), (kept, kept_secret))
    ]
    async with elsewhere(home) as there:
        ending, staying = await there.opened(had), await there.opened(has)
        await home.done(_REVOKE, token, id=gone)
        await asyncio.wait_for(ending, 90)
        assert await there.refuses(had)
        assert not await there.refuses(has)
        assert not staying.done()
        staying.cancel()
    refused = await _asked(home, gone, gone_secret)
    assert (refused.status, refused.json()["error"]) == (401, "invalid_client")
    before = await home.value("SELECT revoked_at FROM partner_client WHERE id = $1", ClientId.parse(gone))
    await home.done(_REVOKE, token, id=gone)
    assert await home.value("SELECT revoked_at FROM partner_client WHERE id = $1", ClientId.parse(gone)) == before


@pytest.mark.usefixtures("rates_stand_still")
async def test_guesses_are_counted_by_address_and_keep_no_one_elsewhere_out(home: House) -> None:
    company, token, _ = await _company(home, "+6281234591010")
    client, secret = await _made(home, token, company)
    limit = home.config.codes.limits().guesses_of_client_an_hour
    for n in range(limit):
        said = await _asked(home, client, f"{secret[:-1]}{'x' if secret[-1] != 'x' else 'y'}", "203.0.113.66")
        assert (said.status, said.json()["error"]) == (401, "invalid_client"), n
    # Even the right one is not told from there; elsewhere it is, and what is right counts for nothing.
    said = await _asked(home, client, secret, "203.0.113.66")
    assert (said.status, said.json()["error"], "retry-after" in said.headers) == (429, "slow_down", True)
    for _ in range(limit + 1):
        assert (await _asked(home, client, secret, "203.0.113.67")).status == 200


@pytest.mark.usefixtures("rates_stand_still")
async def test_an_address_that_guesses_at_many_clients_is_stopped(home: House) -> None:
    limit = home.config.codes.limits().client_guesses_of_address_an_hour
    said = [
        (await _asked(home, str(ClientId.new()), "wcs_" + "x" * 43, "203.0.113.70")).status for _ in range(limit + 1)
    ]
    assert said == [401] * limit + [429]


@pytest.mark.parametrize("client", ["", "nobody", "ses_01h455vb4pex5vsknk084sn02q", "cli_01h455vb4pex5vsknk084sn02q"])
async def test_who_is_not_known_is_told_no_more_than_who_is_wrong(home: House, client: str) -> None:
    headers = {**FORM, HEADER: "203.0.113.71"}
    fields = {"grant_type": "client_credentials", "client_id": client or "\0", "client_secret": "x"}
    said = await request(home.app, "POST", "/oauth2/token", headers=headers, body=urlencode(fields).encode())
    assert (said.status, said.json()["error"]) == (401, "invalid_client")


@pytest.mark.usefixtures("rates_stand_still")
async def test_a_machine_that_asks_for_token_upon_token_is_slowed_down(home: House) -> None:
    company, token, _ = await _company(home, "+6281234591011")
    client, secret = await _made(home, token, company)
    said = [(await _asked(home, client, secret)).status for _ in range(40)]
    assert said[:30] == [200] * 30
    assert 429 in said


async def test_revoked_ones_are_forgotten_after_their_days(home: House) -> None:
    company, token, _ = await _company(home, "+6281234591012")
    client, _ = await _made(home, token, company)
    await home.done(_REVOKE, token, id=client)
    async with home.db.acquire() as conn:
        assert not await clients.forget(conn)
        assert await clients.listed(conn, company)
        await conn.execute(
            "UPDATE partner_client SET revoked_at = revoked_at - interval '91 days' WHERE id = $1",
            ClientId.parse(client),
        )
        assert await clients.listed(conn, company) == []
        await clients.forget(conn)
        assert await conn.fetchval("SELECT count(*) FROM partner_client WHERE partner_id = $1", company) == 0
