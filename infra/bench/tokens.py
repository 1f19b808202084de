"""python -m infra.bench.tokens: CPU time of one token, known and new, with one issuer and with four, beside one signature alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import orjson
from joserfc import jws
from joserfc.jwk import KeySet

from services.kit.http.jwks import Jwks
from services.kit.http.tokens import TokenVerifier
from services.kit.http.trust import Trust
from tests.worlds.issuers import ForeignIssuer, keycloak_claims

_ROUNDS, _KNOWN, _NEW = 9, 10_000, 300


def _issuer(name: str) -> ForeignIssuer:
    made = ForeignIssuer()
    made.url = f"https://{name}.test/realms/lumajang"
    return made


def _verifier(issuers: Sequence[ForeignIssuer]) -> TokenVerifier:
    def keys(issuer: ForeignIssuer) -> Jwks:
        async def fetch() -> bytes:
            return orjson.dumps(KeySet([issuer.key]).as_dict(private=False))

        return Jwks(fetch)

    return TokenVerifier(
        *(
            (
                Trust(issuer=each.url, audience="wlijo", subjects=f"n{number}", roles_claim="realm_access.roles"),
                keys(each),
            )
            for number, each in enumerate(issuers)
        )
    )


async def _cpu_us(calls: Sequence[Callable[[], Awaitable[object]]]) -> float:
    began = time.process_time()
    for call in calls:
        await call()
    return (time.process_time() - began) / len(calls) * 1e6


async def main() -> None:
    for count in (1, 4):
        issuers = [_issuer(f"sso{number}") for number in range(count)]
        verifier, last = _verifier(issuers), issuers[-1]
        header = f"Bearer {last.token(**keycloak_claims())}"
        await verifier.identify(header)
        known = min([await _cpu_us([partial(verifier.identify, header)] * _KNOWN) for _ in range(_ROUNDS)])
        tokens = [last.token(**keycloak_claims(jti=str(number))) for number in range(_NEW)]
        new = await _cpu_us([partial(verifier.verify, each) for each in tokens])
        print(f"{count} issuer(s), a token of the last: known {known:.1f} us, new {new:.0f} us")
        await verifier.close()
    began = time.process_time()
    for each in tokens:
        jws.validate_compact(jws.extract_compact(each.encode()), last.key, ["ES256"])
    print(f"one ES256 signature by the library alone: {(time.process_time() - began) / len(tokens) * 1e6:.0f} us")


if __name__ == "__main__":
    asyncio.run(main())
