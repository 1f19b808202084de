"""Texts that are put in where a template is made say what they would say where a page is written."""

from __future__ import annotations

from gettext import NullTranslations
from pathlib import Path

import pytest
from markupsafe import Markup

from services.web.speaking import Speaking
from services.web.templating import templates
from services.web.words import Language, compiled

_ENGLISH = compiled(
    {"Tutup": "Closed & gone", "Buka %(when)s": "%(when)s: <b>open</b>", "%(many)s kali": "%(many)s times & more"}
)


def _written(tmp_path: Path, source: str, known: NullTranslations = _ENGLISH, **facts: object) -> str:
    (tmp_path / "a.html").write_text(source)
    return templates(Speaking(Language.EN, known), {}, tmp_path).get_template("a.html").render(**facts)


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ('{{ _("Tutup") }}', "Closed & gone"),
        ('{{ _("Buka %(when)s", when=at) }}', "&lt;i&gt;: <b>open</b>"),
        ('{{ _("Buka %(when)s", when=fine) }}', "<i>: <b>open</b>"),
        ('{% set a = _("Buka %(when)s", when=at) %}<p title="{{ a }}">', '<p title="&lt;i&gt;: <b>open</b>">'),
        ('{% set a %}{{ at }}{% endset %}{{ _("Buka %(when)s", when=a) }}', "&lt;i&gt;: <b>open</b>"),
        ('{{ _("%(many)s kali", many=3) }}', "3 times & more"),
        ('{{ _("%(many)s kali", many=none) }}', "None times & more"),
        ('{% macro a(x) %}{{ _("%(many)s kali", many=x) }}{% endmacro %}{{ a(at) }}', "&lt;i&gt; times & more"),
        ('{{ {"a": _("Tutup")}.get("a", at) }}{{ {"a": 1}.get("b", at) }}', "Closed & gone&lt;i&gt;"),
        ('{% for each in [1, 2] %}{{ at.replace("i", old, count=1) if false else at.upper() }}{% endfor %}', "&lt;I&gt;&lt;I&gt;"),
        ('{{ _(word) }}{{ at ~ fine }}', "Closed & gone&lt;i&gt;<i>"),
        ("{% macro a() %}{{ caller() }}{% endmacro %}{% call a() %}{{ _('Tutup') }}{% endcall %}", "Closed & gone"),
        ('{{ _("100%% segar") }}', "100% segar"),
    ],
)  # fmt: skip
def test_it_says_the_same(source: str, written: str, tmp_path: Path) -> None:
    assert _written(tmp_path, source, at="<i>", fine=Markup("<i>"), word="Tutup") == written


def test_a_text_without_english_is_said_as_it_is(tmp_path: Path) -> None:
    assert _written(tmp_path, '{{ _("Habis %(a)s", a=b) }}', NullTranslations(), b="<") == "Habis &lt;"


def test_a_fact_that_is_not_given_is_no_silence(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        _written(tmp_path, '{{ _("Buka %(when)s", then=at) }}', at="")
