"""Keys of one issuer: one look for all who wait, and no document that is work for everybody."""

import asyncio

import orjson
import pytest
from joserfc.jwk import ECKey, KeySet

from services.kit.http.identity import IssuerUnavailable
from services.kit.http.jwks import Jwks


async def test_all_who_wait_for_an_issuer_that_is_slow_wait_for_one_look() -> None:
    now, looks = [0.0], [0]

    async def fetch() -> bytes:
        looks[0] += 1
        await asyncio.sleep(0)
        now[0] += 60  # longer than the pause between two looks
        raise TimeoutError

    keys = Jwks(fetch, clock=lambda: now[0])
    found = await asyncio.gather(*(keys.find("first") for _ in range(20)), return_exceptions=True)
    assert {type(each) for each in found} == {IssuerUnavailable}
    assert looks == [1]
    with pytest.raises(IssuerUnavailable):
        await keys.find("first")
    assert looks == [1]
    await keys.close()


async def test_who_goes_away_takes_the_look_from_nobody_else() -> None:
    asked, answer = asyncio.Event(), asyncio.Event()
    key = ECKey.generate_key("P-256", {"kid": "first"})

    async def fetch() -> bytes:
        asked.set()
        await answer.wait()
        return orjson.dumps(KeySet([key]).as_dict(private=False))

    keys = Jwks(fetch)
    first, second = (asyncio.create_task(keys.find("first")) for _ in range(2))
    await asked.wait()
    first.cancel()
    await asyncio.wait({first})
    answer.set()
    assert await second is not None
    await keys.close()


async def test_a_document_of_very_many_keys_is_none_and_withdraws_nothing() -> None:
    published = KeySet([ECKey.generate_key("P-256", {"kid": "first"})]).as_dict(private=False)["keys"]
    content = [orjson.dumps({"keys": published})]

    async def fetch() -> bytes:
        return content[0]

    keys = Jwks(fetch, retry_s=0)
    assert await keys.find("first") is not None
    content[0] = orjson.dumps({"keys": [{**published[0], "kid": str(each)} for each in range(101)]})
    assert await keys.find("7") is None
    assert await keys.find("first") is not None
    await keys.close()
