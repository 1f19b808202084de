"""python -m services.web api"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from services.kit.process import serving
from services.kit.process.settings import SettingsError, load, refused
from services.web.app import app, web
from services.web.settings import WebSettings


def main(argv: Sequence[str]) -> int:
    """Exit 0 when it ended as asked, 1 on a fault named on stderr, 2 on usage and for settings that are missing or wrong."""
    if list(argv) != ["api"]:
        sys.stderr.write("usage: python -m services.web api\n")
        return 2
    try:
        settings = load(WebSettings)
    except SettingsError as error:
        return refused("web api", error)
    return serving.serve("web-api", settings, lambda: app(web(settings)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
