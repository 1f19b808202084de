"""The verbs of the embedded way. Their options come by environment variables, as `make up DETACH=1` passes them."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from infra.local import broker, health, keys, lan, leftovers, machine, ports, processes, supervisor, welcome
from infra.local.problems import CannotStart
from infra.local.screen import Screen
from infra.local.state import ROOT, Home, Lock, begun_as, home, read_json, supervisor_runs, version
from services.kit.process.settings import Mode

_ENDS_WITHIN_S = 90.0


def _wanted(name: str) -> bool:
    return os.environ.get(name, "") not in ("", "0", "no", "false")


def up() -> int:
    """In the foreground, or with DETACH=1 behind the scenes: then it returns when all is ready."""
    here = home()
    asked = ports.from_environment()
    chosen = processes.chosen_robots(os.environ.get("ROBOTS"))
    mode = processes.chosen_mode(os.environ.get("MODE"))
    kafka = broker.chosen(os.environ.get("BROKER"), here, asked)
    reached_as = lan.host(os.environ.get("LAN"))
    courier = processes.chosen_courier(os.environ.get("COURIER"))
    _make(here)
    if supervisor_runs(here):
        return _runs_already(here)
    if begun_as(here) not in (None, mode):
        raise CannotStart(
            f"{here.path} was begun in {begun_as(here)} mode: make reset drops it, and WLIJO_HOME is another folder"
        )
    if _wanted("DETACH"):
        return _up_detached(here)
    lock = Lock(here)
    if not lock.take():
        return _runs_already(here)
    screen = Screen()
    screen.plain(f"Wlijo {version()}, embedded: data and logs in {here.path}")
    left = leftovers.find(here)
    if left:
        screen.step(
            f"ending what an earlier run left behind: {', '.join(sorted({name[:60] for name in left.values()}))}"
        )
        leftovers.end(left)
    ports.require_free(asked)
    made = keys.ensure(here)
    kafka.prepare()
    plan = processes.plan(here, asked, made, kafka, robots=chosen, reached_as=reached_as, courier=courier, mode=mode)

    def on_ready() -> None:
        said = welcome.lines(asked, plan.newcomers, kafka.for_partners, reached_as)
        for line in welcome.empty(asked) if mode is Mode.PRODUCTION else said:
            screen.plain(line)
        screen.plain(f"ready in {screen.elapsed_s:.0f} s")

    lives_with = int(os.environ.get("LIVES_WITH") or 0)
    return asyncio.run(supervisor.run(here, asked, plan, kafka, made.passwords, screen, on_ready, lives_with))


def _make(here: Home) -> None:
    try:
        here.make()
        here.run_id()
    except PermissionError as problem:
        raise CannotStart(
            f"{problem.filename} belongs to another user: run as that user, or remove {here.path}"
        ) from problem


def _runs_already(here: Home) -> int:
    state = read_json(here.state)
    print(f"it runs already (process {state.get('pid')}, {state.get('status')}): make ps shows it, make down stops it")
    return 0 if _wanted("DETACH") and state.get("status") == "ready" else 1


def _up_detached(here: Home) -> int:
    log = here.log_of("supervisor")
    log.write_text("")
    with log.open("a") as stream:
        environment = {**os.environ, "DETACH": ""}
        child = subprocess.Popen(
            [sys.executable, "-m", "infra.local", "up"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    shown, screen = 0, Screen()
    try:
        while True:
            ended = child.poll()
            state = read_json(here.state)
            text = log.read_bytes()[shown:]
            whole = text[: text.rfind(b"\n") + 1]
            for line in whole.decode(errors="replace").splitlines():
                screen.plain(line)
            shown += len(whole)
            if ended is not None:
                return ended or 1
            if (
                state.get("pid") == child.pid
                and state.get("status") == "ready"
                and b"ready in" in log.read_bytes()[:shown]
            ):
                screen.plain(
                    f"it runs in the background (process {child.pid}): make ps, make logs P=ordering, make down"
                )
                return 0
            time.sleep(0.1)
    except KeyboardInterrupt:
        child.send_signal(signal.SIGTERM)
        child.wait()
        raise


def down() -> int:
    """Stops the running one, or what a killed one left behind."""
    here = home()
    if not here.run.exists():
        print("nothing runs")
        return 0
    if supervisor_runs(here):
        pid = int(read_json(here.state).get("pid", 0))
        if pid:
            os.kill(pid, signal.SIGTERM)
        if not _until(lambda: not supervisor_runs(here), _ENDS_WITHIN_S):
            print(f"process {pid} does not end: see {here.log_of('supervisor')}", file=sys.stderr)
            return 1
        print("stopped")
        return 0
    left = leftovers.find(here)
    leftovers.end(left)
    print(f"ended what an earlier run left behind: {', '.join(sorted(left.values()))}" if left else "nothing runs")
    return 0


def reset() -> int:
    """Stops and drops the data. Keys and logs stay."""
    code = down()
    if code == 0:
        here = home()
        for folder in (here.pgdata, here.pgdata.with_name("pgdata.new"), here.broker, here.media):
            if folder.exists():
                shutil.rmtree(folder)
        here.stamps.unlink(missing_ok=True)
        print("data dropped")
    return code


def ps() -> int:
    """What runs. JSON=1: a list of objects. Exit 0 when all is ready, 3 when something is not, 1 when nothing runs."""
    here = home()
    state = read_json(here.state)
    runs = supervisor_runs(here)
    rows = []
    for entry in state.get("processes", []) if runs else []:
        pid = entry["pid"]
        alive = pid is not None and machine.start_mark(pid) is not None
        memory = machine.memory_kib(pid) if alive else None
        rows.append(
            {
                "role": entry["role"],
                "pid": pid,
                "ports": entry["ports"],
                "ready": alive and (entry["health"] is None or health.ready(entry["health"])),
                "restarts": entry["restarts"],
                "memory_mib": None if memory is None else round(memory / 1024),
                "version": state["version"],
            }
        )
    if _wanted("JSON"):
        print(json.dumps(rows, indent=1))
    elif not rows:
        print("nothing runs: make up")
    else:
        own = machine.memory_kib(int(state["pid"]), family=False) or 0
        print(f"Wlijo {state['version']}, {state['status']}, supervisor {state['pid']}")
        print(f"{'role':26}{'pid':>8}  {'ports':7}{'ready':7}{'restarts':>8}{'MiB':>7}")
        for row in rows:
            places = ",".join(str(port) for port in row["ports"])
            ready, size = "yes" if row["ready"] else "no", row["memory_mib"] or "-"
            print(f"{row['role']:26}{row['pid'] or '-':>8}  {places:7}{ready:7}{row['restarts']:>8}{size:>7}")
        total = own / 1024 + sum(row["memory_mib"] or 0 for row in rows)
        print(f"{'all, with the supervisor':26}{'':8}  {'':7}{'':7}{'':8}{total:>7.0f}")
    if not rows:
        return 1
    return 0 if all(row["ready"] for row in rows) else 3


def logs() -> int:
    """The last lines of the logs whose name begins with P; with F=1 it follows them."""
    here, prefix = home(), os.environ.get("P", "")
    files = (
        sorted(file for file in here.logs.glob("*.log") if file.stem.startswith(prefix)) if here.logs.exists() else []
    )
    if not files:
        names = ", ".join(sorted(file.stem for file in here.logs.glob("*.log"))) if here.logs.exists() else ""
        print(
            f"no log begins with {prefix!r}; there are: {names}" if names else "no logs yet: make up", file=sys.stderr
        )
        return 1
    tail = [
        "tail",
        "-n",
        os.environ.get("N") or "100",
        *(["-F"] if _wanted("F") else []),
        *(str(file) for file in files),
    ]
    try:
        return subprocess.run(tail, check=False).returncode
    except KeyboardInterrupt:
        return 0


def token() -> int:
    """Prints a bearer token and nothing else."""
    print(
        welcome.token(ports.from_environment(), os.environ.get("ROLE", ""), os.environ.get("AS"), os.environ.get("TTL"))
    )
    return 0


def migrate() -> int:
    """Applies the migrations to the running databases."""
    return _tasks("migrations")


def seed() -> int:
    """Seeds the running databases again."""
    return _tasks("seeds")


def _tasks(which: str) -> int:
    here, asked = home(), ports.from_environment()
    if not supervisor_runs(here):
        raise CannotStart("nothing runs: make up")
    made = keys.ensure(here)
    kafka = broker.chosen(os.environ.get("BROKER"), here, asked)
    plan = processes.plan(here, asked, made, kafka, robots=(), mode=begun_as(here) or Mode.LOCAL)
    if which == "seeds" and not plan.seeds:
        raise CannotStart("nothing is seeded in production mode")
    tasks = plan.migrations if which == "migrations" else plan.seeds
    for task in tasks:
        code = subprocess.run(task.command, env=dict(task.environment), cwd=ROOT, check=False).returncode
        if code:
            raise CannotStart(f"{task.name} ended with exit code {code}")
        print(f"{task.name}: done")
    return 0


def demo() -> int:
    """An order from placing to cash. PACE: seconds between its steps, so that people can watch it."""
    from infra.local import demo as demonstration  # it alone needs an HTTP library

    return demonstration.main(ports.from_environment(), os.environ.get("PACE", ""))


def why() -> int:
    """One order's life over the services. ORDER: its code or its id."""
    return _ops("why", os.environ.get("ORDER", ""))


def doctor() -> int:
    """What is wrong with what make up started. ARGS: options, as `--json`."""
    return _ops("doctor", *shlex.split(os.environ.get("ARGS", "")))


def ops() -> int:
    """What ops type elsewhere, with this home's databases and broker. DO: what, as `inbox ordering list`."""
    return _ops(*shlex.split(os.environ.get("DO", "")))


def _ops(*arguments: str) -> int:
    from infra.ops.__main__ import main  # it alone needs the services' ids and a database driver

    here, asked = home(), ports.from_environment()
    if not read_json(here.keys / "passwords.json").keys() >= ports.NUMBER.keys():
        raise CannotStart(f"nothing was ever started in {here.path}: make up")
    kafka = broker.chosen(os.environ.get("BROKER"), here, asked)
    os.environ.update(processes.for_ops(asked, keys.ensure(here), kafka, begun_as(here) or Mode.LOCAL))
    return main(arguments)


def _until(holds: Callable[[], bool], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


VERBS: dict[str, Callable[[], int]] = {
    verb.__name__: verb for verb in (up, down, reset, ps, logs, token, migrate, seed, demo, why, doctor, ops)
}


def main(arguments: list[str]) -> int:
    """Exit code; whatever the user can mend is one line on stderr."""
    if len(arguments) != 1 or arguments[0] not in VERBS:
        print(f"usage: python -m infra.local {'|'.join(VERBS)}", file=sys.stderr)
        return 2
    try:
        return VERBS[arguments[0]]()
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
