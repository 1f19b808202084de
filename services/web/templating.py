"""Templates of one language. Its texts are put in where a template is made, not where a page is written: half of a long page's time went
into looking the same words up for each row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from services.web import maps
from services.web.speaking import Speaking

_FACT = re.compile(r"%\((\w+)\)s")


def templates(speaking: Speaking, addresses: Mapping[str, str], folder: Path) -> Environment:
    """`addresses`: of what does not change, by its name."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    found: Any = made
    found.install_gettext_translations(speaking.words, newstyle=True)
    made.globals["_"] = _said(speaking.words)
    made.globals["lang"] = speaking.language.value
    made.globals["static"] = addresses
    made.globals["letters"] = maps.LETTERS
    made.code_generator_class = type("Generator", (_Generator,), {"words": speaking.words})
    return made


def _said(known: NullTranslations) -> Callable[..., Markup]:
    """A text of ours, by its Indonesian, with what is to stand in it; that is escaped. For the few that are not known before."""
    return lambda text, /, **facts: Markup(known.gettext(text)) % facts  # noqa: S704  words of ours


class _Texts(NodeTransformer):
    """`_("Tutup")` becomes what is said in this language, and `_("Buka %(when)s", when=…)` that with the fact in the middle."""

    def __init__(self, known: NullTranslations) -> None:
        self._known = known

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        found = self.generic_visit(node)
        assert isinstance(found, nodes.Call)
        match found:
            case nodes.Call(
                node=nodes.Name(name="_"),
                args=[nodes.Const(value=str(text))],
                kwargs=facts,
                dyn_args=None,
                dyn_kwargs=None,
            ):
                return self._put(text, {each.key: each.value for each in facts}, found)
        return found

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        """What is written anyway need not be joined before."""
        found = self.generic_visit(node)
        assert isinstance(found, nodes.Output)
        found.nodes = [
            part for each in found.nodes for part in (each.nodes if isinstance(each, nodes.Concat) else [each])
        ]
        return found

    def _put(self, text: str, facts: Mapping[str, nodes.Expr], call: nodes.Call) -> nodes.Node:
        told = self._known.gettext(text)
        parts = _FACT.split(told)
        if "%" in "".join(parts[::2]) or any(name not in facts for name in parts[1::2]) or _fixed(facts):
            return call
        if not facts:
            return nodes.TemplateData(told, lineno=call.lineno, environment=call.environment)
        put: list[nodes.Expr] = [
            facts[part] if at % 2 else nodes.TemplateData(part) for at, part in enumerate(parts) if at % 2 or part
        ]
        made = nodes.Concat(put, lineno=call.lineno)
        return made.set_environment(call.environment) if call.environment else made


def _fixed(facts: Mapping[str, nodes.Expr]) -> bool:
    """Whether all of it is known now: joined by the compiler, it would forget what is escaped already."""

    def known(one: nodes.Expr) -> bool:
        try:
            one.as_const()
        except Exception:  # noqa: BLE001  as the compiler asks
            return False
        return True

    return any(known(each) for each in facts.values())


class _Generator(CodeGenerator):
    words: NullTranslations

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        super().visit_Template(_Texts(self.words).visit(node), frame)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """A method of a value is called as Python does. What may want the context, as a macro, has no dot before its name here."""
        method = isinstance(node.node, nodes.Getattr)
        if not method or forward_caller or node.dyn_args is not None or node.dyn_kwargs is not None:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for each in (*node.args, *node.kwargs):
            self.visit(each, frame)
            self.write(", ")
        self.write(")")
