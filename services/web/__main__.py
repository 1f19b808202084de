"""python -m services.web api"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from services.kit.process import serving
from services.kit.process.settings import SettingsError, load
from services.web.app import app, web
from services.web.settings import WebSettings


def main(argv: Sequence[str]) -> int:
    """Exit 0 when it ended as asked, 1 on a fault named on stderr, 2 on usage."""
    if list(argv) != ["api"]:
        sys.stderr.write("usage: python -m services.web api\n")
        return 2
    try:
        settings = load(WebSettings)
    except SettingsError as error:
        sys.stderr.write(f"web cannot start:\n{error}\n")
        return 1
    return serving.serve("web-api", settings, lambda: app(web(settings)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
