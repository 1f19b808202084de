"""A buyer who pays by code, and a provider that has good days and bad ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.applications import Starlette

from infra.local.qris.app import Account, Provider
from infra.local.qris.bank import Bank, Code
from services.contracts.ordering import OrderId, PaymentMethod
from services.kit.database.db import transaction
from services.ordering.commands import payments as paying
from services.ordering.commands import placing as placing_commands
from services.ordering.domain.payment import Taker
from services.ordering.payments.notices import routes
from services.ordering.payments.profile import Profile, Refunds, Signed
from services.ordering.payments.snap import Snap
from services.ordering.payments.working import work
from tests.worlds.http_server import served
from tests.worlds.ordering import KEYS, SITI, Market, a_key, an_order, hold

NAME = "bank-kita"
TOTAL = 15_000


@cache
def key_of(name: str) -> RSAPrivateKey:
    """One for each name: making them takes long."""
    return rsa.generate_private_key(65537, 2048)


def private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: RSAPublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def a_profile(**changed: Any) -> Profile:
    values: dict[str, Any] = {
        "name": NAME,
        "base_url": "http://127.0.0.1:1",
        "client_id": "wlijo-client",
        "client_secret": "a-secret-of-some-length",
        "private_key": private_pem(key_of("ours")),
        "partner_id": "wlijo",
        "merchant_id": "00007100010926",
        "refunds": Refunds.PARTIAL,
        "lists_refunds": True,
        "notified_by": Signed.RSA,
        "public_key": public_pem(key_of("theirs").public_key()),
        "valid_at_least_s": 60,
        "valid_at_most_s": 900,
        **changed,
    }
    return Profile(**values)


def as_setting(*profiles: Profile) -> str:
    return msgspec.json.encode(profiles).decode()


@dataclass(slots=True)
class Till:
    """An order's market, the provider beside it, and the one who asks it."""

    world: Market
    bank: Bank
    provider: Provider
    snap: Snap
    shift_s: float = 0.0

    async def move(self, seconds: float) -> None:
        """Everybody's clock."""
        self.shift_s += seconds
        await self.world.move_clock(seconds)

    async def work(self) -> int:
        """All that is due now, until nothing is."""
        done = 0
        while found := await work(self.world.db, {NAME: self.snap}):
            done += found
        return done

    async def later(self, seconds: float, *, step: float = 31.0) -> None:
        """Time goes by, and what comes due in it is done."""
        left = seconds
        while left > 0:
            await self.move(min(step, left))
            left -= step
            await self.work()

    async def look(self, order_id: OrderId) -> None:
        async with transaction(self.world.db) as conn:
            await paying.look(conn, order_id)

    async def code(self, order_id: OrderId) -> Code:
        """The one that the buyer sees."""
        (row,) = await self.world.rows(
            "SELECT reference, qr_content FROM payment_attempt WHERE order_id = $1 AND state = 'SHOWN'", order_id
        )
        found = self.bank.codes[row["reference"]]
        assert found.content == row["qr_content"]
        return found

    async def asked_for(self, **kwargs: Any) -> OrderId:
        """An order that all have accepted, of which its code is asked for next."""
        wanted = replace(await an_order(self.world, **kwargs), payment_method=PaymentMethod.QRIS)
        async with transaction(self.world.db) as conn:
            order_id = await placing_commands.place_order(
                conn,
                SITI,
                wanted,
                idempotency_key=a_key(),
                quote_keys=KEYS,
                policy=self.world.policy,
                taker=Taker(NAME),
            )
        await hold(self.world, order_id)
        return order_id

    async def shown(self, **kwargs: Any) -> OrderId:
        order_id = await self.asked_for(**kwargs)
        await self.work()
        return order_id

    async def states(self) -> list[str]:
        rows = await self.world.rows("SELECT state FROM payment_attempt ORDER BY requested_at, id")
        return [row["state"] for row in rows]

    async def refunds(self) -> list[tuple[str, int, str]]:
        rows = await self.world.rows("SELECT reason, amount_rupiah, state FROM refund ORDER BY requested_at, id")
        return [(row["reason"], row["amount_rupiah"], row["state"]) for row in rows]


@asynccontextmanager
async def till(
    world: Market, *, deadline_s: float = 0.5, partial: bool = True, lists: bool = True, **profile: Any
) -> AsyncIterator[Till]:
    made: Till

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=made.shift_s)

    bank = Bank(clock, partial=partial, lists=lists)
    account = Account(
        "wlijo-client", "a-secret-of-some-length", key_of("ours").public_key(), key_of("theirs"), slow_s=0.2
    )
    provider = Provider(bank, account)
    async with served(provider.app()) as port:
        found = a_profile(base_url=f"http://127.0.0.1:{port}", lists_refunds=lists, **profile)
        made = Till(world, bank, provider, Snap(found, deadline_s=deadline_s, clock=clock))
        async with served(Starlette(routes=routes(world.db, [found]))) as listens:
            account.notify_url = f"http://127.0.0.1:{listens}/payments/v1/snap/{NAME}/v1.0/qr/qr-mpm-notify"
            try:
                yield made
            finally:
                account.released.set()
                await made.snap.close()


async def balances(world: Market) -> dict[str, int]:
    """What each account is owed (credit less debit)."""
    rows = await world.rows(
        """SELECT account, sum(amount)::bigint AS balance FROM (
               SELECT credit_account AS account, amount_rupiah AS amount FROM ledger
               UNION ALL SELECT debit_account, -amount_rupiah FROM ledger) t GROUP BY 1 HAVING sum(amount) <> 0"""
    )
    return {row["account"]: row["balance"] for row in rows}
