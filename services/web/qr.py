"""A code as a picture that is part of its page: black on white whatever the page's colours are, with the margin that cameras need."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

_QUIET_MODULES: Final = 4


def drawn(content: str) -> Markup:
    """SVG, of error correction M (ISO/IEC 18004); whoever shows it says beside it what it is."""
    import segno  # not before a code is to be drawn

    code = segno.make_qr(content, error="m", boost_error=False)
    return Markup(  # noqa: S704 - of numbers alone
        code.svg_inline(border=_QUIET_MODULES, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    )
