"""python -m infra.compose.installing --folder PROJECT [--answers FILE] [--address https://… …] [--apply] [--start]

Asks who sits at the terminal, or takes answers by options and by a file of `key=answer` lines; checks each and all together, and shows
what `.env` would be. With --apply (at a terminal it asks) it writes: secrets of alerts first, then `.env`, then all other secrets; and says
what is left. Repeated it proposes what is there, keeps every other line of `.env`, and overwrites no secret. Exit 0 when done or shown, 1
when something is in the way, 2 for answers that are missing or unfit, all of them at once.
"""

from __future__ import annotations

import argparse
import difflib
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.compose import secrets as all_secrets
from infra.compose.installing import answers, dotenv, files, left, questions
from services.kit.process.settings import EXIT

_SECRETS = {"smtp_password": "alert_smtp_password", "telegram_token": "alert_telegram_token"}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="sh infra/compose/install", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--folder", type=Path, default=Path(), help=argparse.SUPPRESS)
    made.add_argument("--commands", type=Path, help=argparse.SUPPRESS)
    made.add_argument("--answers", type=Path, metavar="FILE", help="key=answer lines; a key is an option below")
    made.add_argument("--apply", action="store_true", help="write; without it, and without a terminal, only show")
    made.add_argument(
        "--start", action="store_true", help="then start it, let the first of ops in, and have the doctor look"
    )
    made.add_argument("--no-questions", action="store_true", help="ask nothing, whoever sits there")
    for name in _SECRETS:
        made.add_argument(
            f"--{name.replace('_', '-')}-file",
            type=Path,
            metavar="FILE",
            help=f"holds what is kept as {_SECRETS[name]}",
        )
    for question in questions.QUESTIONS:
        made.add_argument(
            f"--{question.key}", dest=f"answer:{question.key}", metavar="…", help=question.asked.replace("%", "%%")
        )
    return made


def main(argv: Sequence[str], ask: answers.Ask | None = None) -> int:
    asked = parser().parse_args(list(argv))
    if ask is None and sys.stdin.isatty() and not asked.no_questions:
        ask = input
    try:
        return install(asked, ask)
    except (answers.Wrong, dotenv.Unreadable) as error:
        print(f"nothing was written:\n{error}", file=sys.stderr)
        return EXIT
    except (files.InTheWay, all_secrets.Wrong, OSError, UnicodeDecodeError) as error:
        print(f"in the way: {error}", file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print("\nstopped; typed again it goes on with what is there", file=sys.stderr)
        return 1


def install(asked: argparse.Namespace, ask: answers.Ask | None) -> int:
    folder: Path = asked.folder
    env = folder / ".env"
    is_new = not env.exists()
    before = (folder / ".env.example" if is_new else env).read_text("utf-8")
    there = dotenv.values(before)
    said = answers.gather(answers.Sources(_given(asked), there, ask))
    keep = folder / said["secrets"]
    offered = {name: _offered(asked, name) for name in _SECRETS}
    known = _known(keep, said, offered)
    if wrong := questions.together(said, {} if is_new else there, known):
        raise answers.Wrong("\n".join(wrong))
    wanted = {
        **questions.settings(said, there),
        "COMPOSE_PROFILES": questions.profiles(said, there.get("COMPOSE_PROFILES", "")),
    }
    after = dotenv.changed(before, wanted)
    _show("" if is_new else before, after, is_new, wanted)
    if not (asked.apply or (ask is not None and ask("write this? [yes/no] ").strip().lower() in ("y", "yes", "ya"))):
        print("nothing was written: --apply does it")
        return 0
    for name, text in offered.items():
        if text and files.keep(keep, _SECRETS[name], text):
            print(f"+ {said['secrets']}/keep/{_SECRETS[name]}")
    if is_new or after != before:
        mode = 0o640 if is_new else env.stat().st_mode & 0o777
        files.write(env, after, mode, files.owner_of(folder if is_new else env))
        print("+ .env")
    _make_secrets(keep, said, dotenv.values(after))
    _tell(asked, said, dotenv.values(after))
    return 0


def _known(keep: Path, said: Mapping[str, str], offered: Mapping[str, str]) -> dict[str, str]:
    """Secrets of alerts that are given or there. Raises InTheWay where one cannot be put away."""
    if not _is_seen(keep, said):
        if any(offered.values()):
            raise files.InTheWay(f"{said['secrets']} is not seen from here: put it into {said['secrets']}/keep by hand")
        return dict.fromkeys(_SECRETS, "not seen")
    return {name: text for name in _SECRETS if (text := offered[name] or files.read(keep, _SECRETS[name]) or "")}


def _is_seen(keep: Path, said: Mapping[str, str]) -> bool:
    """In a container only the project's own folder is there."""
    return not said["secrets"].startswith("/") or keep.is_dir()


def _leads(name: str) -> bool:
    try:
        return bool(socket.getaddrinfo(name, None))
    except (OSError, UnicodeError):
        return False


def _given(asked: argparse.Namespace) -> dict[str, str]:
    """Options, then the file of answers."""
    options = {
        key.partition(":")[2]: text
        for key, text in vars(asked).items()
        if key.startswith("answer:") and text is not None
    }
    return {**(answers.of_file(asked.answers.read_text("utf-8")) if asked.answers else {}), **options}


def _offered(asked: argparse.Namespace, name: str) -> str:
    file: Path | None = getattr(asked, f"{name}_file")
    if file is None:
        return ""
    text = file.read_text("utf-8").strip()
    if not text or not text.isprintable():
        raise answers.Wrong(f"--{name.replace('_', '-')}-file: one line is wanted")
    return text


def _show(before: str, after: str, is_new: bool, wanted: Mapping[str, str]) -> None:
    """A new file is .env.example with these; of one that is there, what changes."""
    if is_new:
        print(
            "+ .env, of .env.example with",
            *(f"    {name}={value}" for name, value in wanted.items() if value),
            sep="\n",
        )
    elif before == after:
        print("  .env says so already")
    else:
        print(
            *difflib.unified_diff(before.splitlines(), after.splitlines(), ".env", ".env", lineterm="", n=0), sep="\n"
        )


def _make_secrets(
    keep: Path, said: Mapping[str, str], env: Mapping[str, str], make: Callable[..., list[str]] = all_secrets.ensure
) -> None:
    """As `prepare` does at each `up`, so that what it would refuse is told now. Raises secrets.Wrong."""
    if os.geteuid() != 0 or not _is_seen(keep, said) or said.get("certificates") == "files":
        print("  secrets are made at the first start")
        return
    made = make(keep, env)
    print(f"+ secrets: {', '.join(made)}" if made else "  all secrets were there")


def _tell(asked: argparse.Namespace, said: Mapping[str, str], env: Mapping[str, str]) -> None:
    todo = left.commands(said)
    print("left to do:", *(f"  - {note}" for note in left.notes(said, env, _leads)), sep="\n")
    if asked.start and asked.commands:
        asked.commands.write_text("".join(f"{command}\n" for command in todo), "utf-8")
    else:
        print("then:", *(f"  {command}" for command in todo), sep="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
