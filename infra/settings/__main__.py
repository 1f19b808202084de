"""python -m infra.settings write|check: docs/settings.md out of the code; `check` also says what does not fit together, and exits 1."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from infra.settings import compare, words, words_of_ops
from infra.settings.composed import Composed
from infra.settings.found import ROOT
from infra.settings.page import PAGE, page
from infra.settings.readers import readers

WORDS = {
    **words_of_ops.DEMO,
    **words_of_ops.INSTALLATION,
    **words_of_ops.OPS,
    **words.SERVICES,
    **words.GATEWAY,
    **words.EVERYWHERE,
}


def composed() -> Composed:
    compose, example = ((ROOT / name).read_text("utf-8") for name in ("docker-compose.yml", ".env.example"))
    return Composed.of(compose, example)


def main(argv: Sequence[str]) -> int:
    if list(argv) not in (["write"], ["check"]):
        print(__doc__, file=sys.stderr)
        return 2
    known, there = readers(), composed()
    printed = page(known, there, WORDS)
    if argv[0] == "write":
        (ROOT / PAGE).write_text(printed, "utf-8")
        return 0
    wrong = compare.told(known, there, WORDS)
    if not (ROOT / PAGE).exists() or (ROOT / PAGE).read_text("utf-8") != printed:
        wrong.append(f"{PAGE} is not what the code says: make settings")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
