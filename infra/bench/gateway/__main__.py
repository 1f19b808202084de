"""python -m infra.bench.gateway: CPU per request of our gateway beside Hive Gateway and Apollo Gateway, in one run.

(A) 50 products with their merchants, two subgraphs; (B) the products alone, one fetch; (C) people, articles and comments nested over
four subgraphs with @requires and @provides. All subgraphs are one process that answers from a cache; 8 keep-alive connections ask 32
pages in turn; every answer is compared with that of plain graphql-core. HIVE_ROUTER and COSMO_ROUTER name binaries of those
routers to put beside them, where they were built. `--ours` leaves the peers out, `--apart` asks ours in turn with ours
without code generation and without the collector's settings, and nothing else, `--encodings` asks ours in turn in each encoding and
in none; `--seconds N` is about how long each measurement lasts.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import uvloop

from infra.bench.gateway import first_sight, followers
from infra.bench.gateway.load import Case, WrongAnswer, run
from infra.bench.gateway.peers import APART, OURS, Gateway, NoPeers, Running, natives, peers, running
from infra.bench.gateway.world import CASES, HERE, PAGES, SUBGRAPHS, SUPERGRAPH, World, world

Figures = dict[str, float]  # by case, µs
ENCODINGS = ("", "gzip", "br", "zstd")
# How often all pages are asked for in one round: about as long for each case.
_TURNS = {"a": 12, "b": 24, "c": 4}


async def _measure(gateway: Running, case: Case, seconds: float, rounds: int) -> float:
    """The median of the rounds, in µs of CPU per request."""
    await run(gateway.port, case, PAGES * 2)  # warms caches, theirs and the subgraphs'
    started = time.perf_counter()
    await run(gateway.port, case, PAGES * 4)
    pace = PAGES * 4 / (time.perf_counter() - started)
    requests = max(round(pace * seconds / PAGES), 4) * PAGES
    await run(gateway.port, case, requests // 2)  # compilers that work while running have had their time
    found: list[float] = []
    for _ in range(rounds):
        before = gateway.cpu_s()
        await run(gateway.port, case, requests)
        found.append((gateway.cpu_s() - before) / requests * 1e6)
    return statistics.median(found)


async def _gateway(
    gateway: Gateway, supergraph: Path, cases: dict[str, Case], seconds: float, rounds: int, subgraphs: int
) -> Figures:
    figures: Figures = {}
    async with running(gateway, supergraph) as process:
        for name, case in cases.items():
            try:
                figures[name] = await _measure(process, case, seconds, rounds)
                _count(subgraphs)
                await run(process.port, case, PAGES)
                figures[name + " fetches"] = _count(subgraphs) / PAGES
            except WrongAnswer as wrong:
                print(f"  {gateway.name}, case {name.upper()}: wrong answer: {wrong}", flush=True)
        figures["MiB"] = process.memory_mib()
    return figures


async def _in_turn(gateways: Sequence[Gateway], supergraph: Path, cases: dict[str, Case], rounds: int) -> None:
    """All at once and asked one after another, so that a machine's better and worse times are everybody's."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    async with contextlib.AsyncExitStack() as stack:
        started = [(one.name, await stack.enter_async_context(running(one, supergraph))) for one in gateways]
        for number in range(rounds + 1):
            for case, asked in cases.items():
                for name, process in started if number % 2 else reversed(started):
                    before, count = process.cpu_s(), PAGES * _TURNS[case]
                    await run(process.port, asked, count)
                    if number:  # the first warms caches
                        found[name, case].append((process.cpu_s() - before) / count * 1e6)
    for name, _ in started:
        figures = (
            f"{case.upper()} {statistics.median(found[name, case]):7,.0f} µs (least {min(found[name, case]):,.0f})"
            for case in cases
        )
        print(f"  {name:36} {'  '.join(figures)}")


async def _encoded(supergraph: Path, cases: dict[str, Case], rounds: int) -> None:
    """One process, asked in turn by clients that accept nothing and by those that accept one encoding."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    async with running(OURS, supergraph) as process:
        for number in range(rounds + 1):
            for case, asked in cases.items():
                for coding in ENCODINGS if number % 2 else reversed(ENCODINGS):
                    before, count = process.cpu_s(), PAGES * _TURNS[case]
                    await run(process.port, asked, count, coding)
                    if number:  # the first warms caches
                        found[coding, case].append((process.cpu_s() - before) / count * 1e6)
    for coding in ENCODINGS:
        figures = (f"{case.upper()} {statistics.median(found[coding, case]):7,.0f} µs" for case in cases)
        print(f"  {coding or 'as it is':12} {'  '.join(figures)}")


async def _first_sight(supergraph: Path, query: str) -> None:
    plan = first_sight.planning()
    print(f"first sight of 40 fields of three services: planned in {plan.ms:.1f} ms CPU, {plan.steps} fetches")
    async with running(OURS, supergraph) as process:
        before, after = await first_sight.memory_mib(process, query)
    print(
        f"resident: {before:.0f} MiB at the start, {after:.0f} MiB with {first_sight.PLANS:,} cached plans", flush=True
    )


def _count(port: int) -> int:
    """Requests that reached the subgraphs since the last count."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as answer:
        return int(answer.read())


def _cases(rows: World) -> dict[str, Case]:
    queries = {name: (HERE / f"{name}.graphql").read_text("utf-8") for name in CASES}
    return {name: Case(query, [rows.truth(query, page) for page in range(PAGES)]) for name, query in queries.items()}


def _line(name: str, figures: Figures, ours: Figures) -> str:
    parts = [f"  {name:36}"]
    for case in CASES:
        if case not in figures:
            parts.append(f"{'—':>24}")
            continue
        ratio = f"{ours[case] / figures[case]:.2f}" if case in ours else ""
        parts.append(f"{figures[case]:>9,.0f} µs {figures[case + ' fetches']:>4.1f} f {ratio:>5}")
    return " ".join(parts) + f" {figures['MiB']:>6,.0f} MiB"


async def bench(*, alone: bool, apart: bool, encodings: bool, seconds: float, rounds: int) -> int:
    """Prints the table; 1 when an answer of ours was wrong."""
    others: list[Gateway] = []
    if not alone and not encodings:
        try:
            others = peers()
        except NoPeers as error:
            print(f"without peers: {error}")
    cases = _cases(world())
    sizes = ", ".join(f"{name.upper()} {len(str(case.truths[0])) / 1000:.0f} kB" for name, case in cases.items())
    print(f"answers: {sizes}; per case: CPU per request, requests to subgraphs, ours / theirs", flush=True)
    command = [sys.executable, "-m", "infra.bench.gateway.answering"]
    answering = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: ASYNC220  # nothing else runs yet
    ours: Figures = {}
    try:
        assert answering.stdout is not None
        port = int(answering.stdout.readline())
        with tempfile.TemporaryDirectory() as folder:
            supergraph = Path(folder) / "supergraph.graphql"
            text = SUPERGRAPH.read_text("utf-8")
            supergraph.write_text(text.replace("http://", f"http://127.0.0.1:{port}/").replace(".bench/", "/"))
            if apart:
                await _in_turn((OURS, *APART), supergraph, cases, rounds)
                return 0
            if encodings:
                await _encoded(supergraph, cases, rounds)
                return 0
            await _first_sight(supergraph, cases["c"].query)
            before, after = await followers.memory_mib()
            print(
                f"resident: {before:.0f} MiB at the start, {after:.0f} MiB with {followers.SUBSCRIPTIONS:,} subscriptions",
                flush=True,
            )
            addresses = {
                name: (HERE / f"subgraphs/{name}.graphql", f"http://127.0.0.1:{port}/{name}") for name in SUBGRAPHS
            }
            for gateway in (OURS, *others, *natives(supergraph, addresses)):
                try:
                    figures = await _gateway(gateway, supergraph, cases, seconds, rounds, port)
                except NoPeers as error:
                    print(f"  {error}")
                    continue
                ours = ours or figures
                print(_line(gateway.name, figures, {} if gateway is OURS else ours), flush=True)
    finally:
        answering.kill()
        answering.wait()
    return 0 if all(case in ours for case in CASES) else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.gateway")
    parser.add_argument("--ours", action="store_true", help="without the peers")
    parser.add_argument("--apart", action="store_true", help="code generation and the collector's settings, each alone")
    parser.add_argument("--encodings", action="store_true", help="ours in each encoding, and in none")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    return uvloop.run(
        bench(
            alone=given.ours, apart=given.apart, encodings=given.encodings, seconds=given.seconds, rounds=given.rounds
        )
    )


if __name__ == "__main__":
    sys.exit(main())
