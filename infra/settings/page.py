"""docs/settings.md, of the settings that the code has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.settings.composed import Composed
from infra.settings.found import Setting
from infra.settings.readers import Reader, reader_of

PAGE = "docs/settings.md"
SHARED = "Several processes"
COMPOSE = "The compose file alone"
_HEAD = """# Settings

Printed by `make settings` out of the code that reads them; `make gate` says when it is not current, and what is named in `.env.example` or
docker-compose.yml and read by nothing, or read and not told there. How an installation is set up: [operations](operations.md).

A setting is a variable of the environment. An empty one counts as unset. `NAME_FILE` names a file that holds the value of `NAME`: so come
secrets, and a process whose file changes ends to be started with the new one. What is missing or malformed is said all at once, and the
process ends with 2. *In `.env`* is what sets it in an installation by compose: *fixed* is laid down in docker-compose.yml, and what has a
dash is set outside of compose only. A default in brackets is the compose file's, where it is another.
"""


def page(readers: Mapping[str, Reader], composed: Composed, words: Mapping[str, str]) -> str:
    readings: dict[str, list[tuple[Reader, Setting]]] = {}
    for reader in readers.values():
        for setting in reader.settings().values():
            readings.setdefault(setting.name, []).append((reader, setting))
    rooms: dict[str, list[str]] = {SHARED: []}
    for name, found in sorted(readings.items()):
        mine = {reader.room for reader, _ in found}
        room = SHARED if len(mine) > 1 else mine.pop()
        rooms.setdefault(room, []).append(_row(name, found, composed, words))
    read = {*readings, *(f"{name}_FILE" for name in readings)}
    alone = sorted(name for name in {*composed.asked, *words} if name not in read)
    rooms[COMPOSE] = [_composes(name, composed, words) for name in alone]
    order = [SHARED, *dict.fromkeys(reader.room for reader in readers.values()), COMPOSE]
    return "\n".join([_HEAD, *(_table(room, rooms.get(room, [])) for room in order)])


def _table(room: str, rows: Sequence[str]) -> str:
    head = ["| setting | what it does | type | default | read by | in `.env` |", "|---|---|---|---|---|---|"]
    return "\n".join([f"## {room}", "", *head, *rows, ""])


def _row(name: str, found: Sequence[tuple[Reader, Setting]], composed: Composed, words: Mapping[str, str]) -> str:
    setting = found[0][1]
    secret = any(each.secret for _, each in found)
    kind = f"{setting.kind}; in a file" if secret else setting.kind
    variables = _variables(name, [reader.name for reader, _ in found], composed)
    cells = [
        f"`{name}`",
        _word(name, words),
        kind,
        _defaults(name, found, variables, composed),
        _who(found),
        variables,
    ]
    return _cells(cells)


def _composes(name: str, composed: Composed, words: Mapping[str, str]) -> str:
    default = composed.asked.get(name, "")
    users = composed.users(name)
    who = ", ".join(users) if 0 < len(users) < 6 else "all of ours" if users else "Compose"
    return _cells([f"`{name}`", _word(name, words), "text", _code(default) or "none", who, f"`{name}`"])


def _word(name: str, words: Mapping[str, str]) -> str:
    if name in words or not name.endswith("_FILE"):
        return words.get(name, "")
    return f"a file with {name.removesuffix('_FILE')}: {words.get(name.removesuffix('_FILE'), '')}"


def _cells(cells: Sequence[str]) -> str:
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _defaults(name: str, found: Sequence[tuple[Reader, Setting]], variables: str, composed: Composed) -> str:
    by_default: dict[str, list[str]] = {}
    for reader, setting in found:
        by_default.setdefault(_default(setting), []).append(reader.name)
    if len(by_default) == 1:
        said = next(iter(by_default))
    else:
        most = max(by_default, key=lambda each: len(by_default[each]))
        others = [f"{each}: {', '.join(who)}" for each, who in by_default.items() if each != most]
        said = f"{most}; {'; '.join(others)}"
    composes = composed.asked.get(name) if variables == f"`{name}`" else None
    different = composes and not composes.startswith("$") and _code(composes) not in by_default
    return f"{said} ({_code(composes or '')})" if different else said


def _default(setting: Setting) -> str:
    if setting.default is None:
        return "must be set" if setting.loaded else "no default"
    return _code(setting.default) or "none"


def _variables(name: str, readers: Sequence[str], composed: Composed) -> str:
    containers = [each for each in composed.environments if reader_of(each) in readers]
    told = [each for each in containers if composed.given(each, name) is not None]
    names = dict.fromkeys(variable for each in told for variable in composed.set_by(each, name))
    if names:
        return ", ".join(f"`{each}`" for each in names)
    return "fixed" if told or "<" in name else "—"


def _who(found: Sequence[tuple[Reader, Setting]]) -> str:
    """`ordering-api, ordering-worker`, or by kind where all of one kind do."""
    names = [reader.name for reader, _ in found]
    for kind in ("api", "worker", "migrate", "seed"):
        if len(all_of := [name for name in names if name.endswith(f"-{kind}")]) > 3:
            at = names.index(all_of[0])
            names = [name for name in names if name not in all_of]
            names.insert(at, f"{len(all_of)} {kind}s" if kind != "migrate" else f"{len(all_of)} migrations")
    return ", ".join(names)
