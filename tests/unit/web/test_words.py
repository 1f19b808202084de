"""Every text that people read has Indonesian and English, and both say the same facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from services.contracts.problems import ProblemCode
from services.web import problems, words
from services.web.answers import Problem, Unit
from services.web.speaking import Speaking
from services.web.words import Language, Malformed

WEB = Path(words.__file__).parent
ENGLISH = words.read((words.HERE / "en.po").read_text("utf-8"))
_FACT = re.compile(r"%\((\w+)\)s")


def in_templates(text: str) -> Iterator[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True, autoescape=True)
    extracting: Any = environment  # what the extension adds has no type
    for _, _, said in extracting.extract_translations(text):
        found = said if isinstance(said, str) else said[0]
        if found:
            yield found


def in_python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called in ("N_", "say", "speaking", "self") and isinstance(node.args[0].value, str):
            yield node.args[0].value


def every_text() -> set[str]:
    found = {text for file in (WEB / "templates").glob("*.html") for text in in_templates(file.read_text("utf-8"))}
    return found | {text for file in WEB.rglob("*.py") for text in in_python(file.read_text("utf-8"))}


def test_every_text_has_english_and_nothing_is_left_over() -> None:
    assert len(every_text()) > 200
    assert {text for text in every_text() if not ENGLISH.get(text)} == set()
    assert set(ENGLISH) - every_text() - {""} == set()


def test_both_say_the_same_facts() -> None:
    wrong = [text for text, english in ENGLISH.items() if sorted(_FACT.findall(text)) != sorted(_FACT.findall(english))]
    assert wrong == []


def test_a_text_of_a_template_is_found_whatever_it_is_given() -> None:
    assert list(in_templates('{{ _("a") }} {{ _("b %(n)s", n=1) }} {{ c }}')) == ["a", "b %(n)s"]
    assert list(in_python('N_("a")\nspeaking("b")\nother("c")\nspeaking(d)')) == ["a", "b"]


def test_nothing_that_people_read_stands_in_a_template_without_being_translated() -> None:
    """What is left when all that is Jinja's and HTML's is taken out."""
    for file in (WEB / "templates").glob("*.html"):
        text = re.sub(
            r"{% block main %}.*?{% endblock %}|{#.*?#}|{%.*?%}|{{.*?}}", " ", file.read_text("utf-8"), flags=re.S
        )
        left = set(re.findall(r"[^\W\d_]{3,}", re.sub(r"<[^>]*>", " ", text)))
        assert left - {"Wlijo", "English", "Bahasa", "Indonesia", "middot"} == set(), file.name


def test_a_file_of_words_is_read_as_gettext_has_it() -> None:
    text = '# a remark\nmsgid ""\nmsgstr "head"\n\nmsgid "satu "\n"dua"\nmsgstr "one \\"two\\""\n'
    assert words.read(text) == {"": "head", "satu dua": 'one "two"'}
    translations = words.compiled(words.read(text))
    assert (translations.gettext("satu dua"), translations.gettext("tiga")) == ('one "two"', "tiga")
    for wrong in ('msgid "a"\nmsgstr "b"\nmsgid "a"\nmsgstr "c"\n', "msgid a\n", '"a"\n', "nonsense\n"):
        with pytest.raises(Malformed):
            words.read(wrong)


def problem(code: str, **facts: object) -> Problem:
    none = dict.fromkeys(Problem.__struct_fields__)
    return Problem(**{**none, "code": code, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", [*ProblemCode, "A_CODE_OF_TOMORROW"])
def test_every_refusal_of_the_graph_is_said_in_words(code: str, language: Language) -> None:
    speaking = Speaking(language, words.translations()[language])
    said = problems.say(problem(code, limit=3, minimum=1, step=1, unit="BASE_UNIT"), speaking)
    assert len(said) > 10
    assert "%(" not in said
    assert (code in said) is (code == "A_CODE_OF_TOMORROW")


def test_facts_are_said_as_the_goods_are_sold() -> None:
    speaking = Speaking(Language.ID, words.translations()[Language.ID])
    kilo = Unit(min=250, step=250, base_per_unit=1000, label="kg")
    assert "sisa 1,5 kg" in problems.say(problem("OUT_OF_STOCK", limit=1500, unit="BASE_UNIT"), speaking, kilo)
    assert "Rp69.500" in problems.say(problem("PRICE_CHANGED", total=69_500), speaking)
    assert "20 kg" in problems.say(problem("TOO_HEAVY", limit=20_000, unit="GRAM"), speaking)
    assert "2 menit" in problems.say(problem("RATE_LIMITED", retry_after_ms=90_000), speaking)
