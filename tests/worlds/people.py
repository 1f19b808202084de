"""People's api in process: the issuer of its own tokens, and an issuer beside it; what was written to somebody is read from the table."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import asyncpg
import orjson
from joserfc.jwk import OKPKey
from starlette.applications import Starlette

from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.http.address import HEADER
from services.kit.http.jwks import Jwks
from services.kit.http.over import OverStream, SessionsOver
from services.kit.http.tokens import TokenVerifier
from services.kit.http.trust import Trust
from services.kit.observe.readiness import Readiness
from services.kit.process.service import Api
from services.kit.process.settings import Secret
from services.people import app as people
from services.people.messages.settings import ReceiptSettings
from services.people.settings import CodeSettings, PeopleApi, SessionSettings
from services.people.tokens import Signer
from tests.worlds.asgi import Answer, request
from tests.worlds.payloads import PROBLEMS, done, refused
from tests.worlds.servers import TestDatabase
from tests.worlds.tokens import Issuer

_CONNECTIONS = 8
PEOPLE = "http://people.test"
KEY = OKPKey.generate_key("Ed25519", {"kid": "people-1"}, private=True)
FORM = {"content-type": "application/x-www-form-urlencoded"}
# Nobody's test is another's limit: what may be asked has tests of its own.
_LIMITS = ("codes_per_number_hour", "codes_per_number_day", "codes_per_address_hour", "guesses_per_address_hour",
           "codes_per_minute", "messages_per_day")  # fmt: skip
_ROOM = dict.fromkeys(_LIMITS, 1_000_000)

TOKENS = "tokens { accessToken expiresIn refreshToken refreshTokenExpiresAt }"
REQUEST = f"mutation($phone: String!) {{ requestSignInCode(phone: $phone) {{ {PROBLEMS} expiresAt }} }}"
SIGN_IN = f"""mutation($phone: String!, $code: String!, $device: String) {{ signIn(phone: $phone, code: $code, device: $device) {{
    {PROBLEMS} {TOKENS} isNew session {{ id device isCurrent }} person {{ id phone name language }} }} }}"""
REFRESH = f"mutation($shown: String!) {{ refreshSession(refreshToken: $shown) {{ {PROBLEMS} {TOKENS} }} }}"
SIGN_OUT = f"mutation {{ signOut {{ {PROBLEMS} done }} }}"
VIEWER = """{ viewer { person { id name phone language } staffRoles sessions { id device isCurrent }
    consents { document version withdrawnAt } } }"""
GRANT = f"""mutation($phone: String!, $role: StaffRole!) {{ grantStaffRole(phone: $phone, role: $role) {{ {PROBLEMS} personId }} }}"""
WITHDRAW = f"""mutation($person: ID!, $role: StaffRole!) {{
    withdrawStaffRole(personId: $person, role: $role) {{ {PROBLEMS} personId }} }}"""
REQUEST_CHANGE = f"mutation($phone: String!) {{ requestNumberChange(phone: $phone) {{ {PROBLEMS} expiresAt }} }}"
CHANGE = f"""mutation($phone: String!, $code: String!) {{ changeNumber(phone: $phone, code: $code) {{
    {PROBLEMS} person {{ id phone }} }} }}"""


class House:
    """People's api in process, over one database."""

    def __init__(self, db: Database, live: Live, owner_url: str, **settings: Any) -> None:
        self.db, self.live, self.owner_url = db, live, owner_url
        self.others = Issuer()
        limits = {
            **_ROOM,
            **{name: value for name, value in settings.items() if name in CodeSettings.__struct_fields__},
        }
        lasting = {name: value for name, value in settings.items() if name in SessionSettings.__struct_fields__}
        told = {name: value for name, value in settings.items() if name in ReceiptSettings.__struct_fields__}
        self.config = PeopleApi(
            port=0,
            database_url=Secret(""),
            jwt_issuer="http://127.0.0.1:1",
            jwks_url="http://127.0.0.1:1/jwks",
            codes=CodeSettings(**{"sign_in_code_key": Secret("of-the-tests"), **limits}),
            sessions=SessionSettings(**lasting),
            receipts=ReceiptSettings(**told),
            people_issuer=PEOPLE,
            token_signing_keys=Secret(orjson.dumps(KEY.as_dict(private=True)).decode()),
        )
        self.verifier = own_verifier(self.config.signer())
        self.app = Starlette(routes=list(people.routes(Api(self.config, db, live, self.verifier, Readiness()))))
        self.as_others = Starlette(
            routes=list(people.routes(Api(self.config, db, live, self.others.verifier(), Readiness())))
        )

    async def ask(
        self, document: str, token: str | None = None, /, *, address: str = "", app: Any = None, **variables: Any
    ) -> Any:
        """The answer's JSON."""
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        if address:
            headers[HEADER] = address
        body = orjson.dumps({"query": document, "variables": variables})
        return (await request(app or self.app, "POST", "/graphql", headers=headers, body=body)).json()

    async def data(self, document: str, token: str | None = None, /, **asked: Any) -> Any:
        """The value of the one root field, without errors."""
        answer = await self.ask(document, token, **asked)
        assert "errors" not in answer, answer
        (value,) = answer["data"].values()
        return value

    async def done(self, document: str, token: str | None = None, /, **asked: Any) -> Any:
        return done(await self.data(document, token, **asked))

    async def refused(self, document: str, token: str | None = None, /, **asked: Any) -> Any:
        """The facts of the one problem, how long to wait left out."""
        found = refused(await self.data(document, token, **asked))
        found.pop("retryAfterMs", None)
        return found

    async def code(self, document: str, token: str | None = None, /, **asked: Any) -> str:
        """The code of the one error."""
        (error,) = (await self.ask(document, token, **asked))["errors"]
        return str(error["extensions"]["code"])

    async def form(self, path: str, address: str = "", **fields: str) -> Answer:
        headers = {**FORM, HEADER: address} if address else FORM
        return await request(self.app, "POST", path, headers=headers, body=urlencode(fields).encode())

    async def sent_code(self, phone: str) -> str:
        """The newest that was written to this number."""
        async with self.db.acquire() as conn:
            text = await conn.fetchval("SELECT text FROM messages WHERE phone = $1 ORDER BY id DESC LIMIT 1", phone)
        found = re.search(r"\b\d{6}\b", text)
        assert found, text
        return found[0]

    async def asked(self, phone: str) -> str:
        """A code, as it came; `phone` in E.164."""
        assert (await self.data(REQUEST, phone=phone))["problems"] == []
        return await self.sent_code(phone)

    async def signed_in(self, phone: str, device: str | None = None) -> Any:
        """What `signIn` answers, its problems left out."""
        answered = await self.data(SIGN_IN, phone=phone, code=await self.asked(phone), device=device)
        assert answered.pop("problems") == []
        return answered

    async def move_clock(self, seconds: int) -> None:
        conn = await asyncpg.connect(self.owner_url)
        try:
            await conn.execute(
                """INSERT INTO clock_shift AS c (shift) VALUES (make_interval(secs => $1))
                   ON CONFLICT (only_row) DO UPDATE SET shift = c.shift + excluded.shift""",
                seconds,
            )
        finally:
            await conn.close()

    async def value(self, query: str, *args: object) -> Any:
        async with self.db.acquire() as conn:
            return await conn.fetchval(query, *args)


def own_verifier(signer: Signer, ended_url: str = "") -> TokenVerifier:
    async def fetch() -> bytes:
        return orjson.dumps(signer.jwks())

    trust = Trust(issuer=signer.issuer, audience=signer.audience)
    stream = OverStream(ended_url)
    over = {trust.issuer: SessionsOver(stream.open)} if ended_url else {}
    return TokenVerifier((trust, Jwks(fetch, retry_s=0)), over=over, streams=(stream,), look_s=31_536_000)


@asynccontextmanager
async def house(made: TestDatabase, **settings: Any) -> AsyncIterator[House]:
    db = Database(made.url, one_plan=True)
    await db.open()
    try:
        async with (
            AsyncExitStack() as held
        ):  # open them all: what is asked at once is to meet in the database, not one after another
            for _ in range(_CONNECTIONS):
                await held.enter_async_context(db.acquire())
        yield House(db, Live(db), made.owner_url, **settings)
    finally:
        await db.close()
