"""Where answers come from: the command line, a file, what `.env` says already, who sits at the terminal; in this order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.compose.installing.questions import QUESTIONS, Question, Unfit

Ask = Callable[[str], str]
Say = Callable[[str], None]


class Wrong(Exception):
    """A line for each answer that is missing or unfit."""


@dataclass(frozen=True, slots=True)
class Sources:
    """`given`: key -> text, by whoever has most to say. `there`: what `.env` says. `ask` is None where nobody sits."""

    given: Mapping[str, str]
    there: Mapping[str, str]
    ask: Ask | None = None
    say: Say = field(default=print)


def gather(sources: Sources) -> dict[str, str]:
    """Key -> answer as it is kept, "" where there is none. Raises Wrong, with all that is wrong at once."""
    said: dict[str, str] = {}
    if sources.ask is not None:
        sources.say("Enter takes what stands in brackets, - takes nothing.")
    wrong = [
        f"{key}: nothing is asked by that name" for key in sorted(set(sources.given) - {each.key for each in QUESTIONS})
    ]
    for question in QUESTIONS:
        if not question.only_if(said):
            if sources.given.get(question.key):
                wrong.append(f"{question.key}: is not asked beside these answers")
            continue
        try:
            said[question.key] = _one(question, sources, _before(question, sources, said))
        except Unfit as error:
            wrong.append(f"{question.key}: {error}")
    if wrong:
        raise Wrong("\n".join(wrong))
    return said


def _before(question: Question, sources: Sources, said: Mapping[str, str]) -> str:
    """What is proposed: what is there, else what goes with the answers before, else what is usual."""
    there = sources.there
    if question.setting and there.get(question.setting):
        return there[question.setting]
    profiles = there.get("COMPOSE_PROFILES", "").replace(" ", "").split(",")
    address = said.get("address", "")
    if question.key == "tls" and there.get("PEOPLE_ISSUER"):
        return "edge" if "edge" in profiles else "proxy"
    if question.key == "observability" and there.get("PEOPLE_ISSUER"):
        return "yes" if "observability" in profiles else "no"
    if question.key == "names":
        return address.partition("://")[2].partition(":")[0]
    if question.key == "certificates":
        return "internal" if said.get("names") == "localhost" else "acme"
    return question.usual


def _one(question: Question, sources: Sources, before: str) -> str:
    """Raises Unfit."""
    if question.key in sources.given:
        return _needed(question, question.fit(sources.given[question.key]))
    if sources.ask is None:
        return _needed(question, question.fit(before))
    while True:
        text = sources.ask(f"{question.asked}{f' [{before}]' if before else ''}: ").strip() or before
        try:
            # A dash says: none, whatever was there.
            return _needed(question, "" if text == "-" else question.fit(text))
        except Unfit as error:
            sources.say(f"  wanted: {error}")


def _needed(question: Question, answer: str) -> str:
    if question.needed and not answer:
        raise Unfit(f"is missing: {question.asked}")
    return answer


def of_file(text: str) -> dict[str, str]:
    """`key=answer` lines, with # for remarks. Raises Wrong."""
    found: dict[str, str] = {}
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, separator, answer = map(str.strip, line.partition("="))
        if not separator or key in found:
            wrong.append(f"answers, line {number}: {'said twice' if key in found else 'no key=answer'}: {line[:40]}")
        found[key] = answer
    if wrong:
        raise Wrong("\n".join(wrong))
    return found
