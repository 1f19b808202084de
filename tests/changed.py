"""Which tests a change calls for: python -m tests.changed [BASE] prints pytest's arguments, for `make test-fast`.

What differs from BASE (the commit that the branch left, else the last commit) and what is not committed counts.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from services.contracts.registry import NAMES

ALWAYS = ("tests/unit", "tests/contracts", "tests/e2e/test_authorization.py")
_INTEGRATION = Path("tests/integration")


def called_for(changed: Iterable[str]) -> list[str]:
    """Test files and folders, each once, the shared ones first. A path that no rule names calls for nothing beyond `ALWAYS`."""
    found = dict.fromkeys(ALWAYS)
    for path in changed:
        found |= dict.fromkeys(_by(path))
    return [each for each in found if not any(each.startswith(f"{other}/") for other in found)]


def _by(path: str) -> Iterator[str]:
    parts = Path(path).parts
    match parts[:2]:
        case ("services", "kit"):
            yield str(_INTEGRATION / "kit")
        case ("services", "contracts"):
            yield from (str(_INTEGRATION / name) for name in NAMES)
        case ("services", name) if name in (*NAMES, "web"):
            yield str(_INTEGRATION / name)
        case ("infra", "ops"):
            yield str(_INTEGRATION / "infra")
        case ("gateway", _):
            yield "tests/gateway"
        case ("tests", "gateway"):
            yield "tests/gateway"
        case ("tests", "integration") if parts[-1].startswith("test_"):
            yield path
        case ("tests", "integration") if len(parts) > 3:
            yield str(Path(*parts[:3]))
        case _:
            return


def _changed(base: str | None) -> list[str]:
    against = base or _said("merge-base", "HEAD", "@{upstream}") or "HEAD~1"
    listed = [
        *(_said("diff", "--name-only", against) or "").split(),
        *(_said("ls-files", "-o", "--exclude-standard") or "").split(),
    ]
    return sorted({path for path in listed if path and Path(path).exists()})


def _said(*words: str) -> str | None:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def main(argv: Sequence[str]) -> int:
    print(*called_for(_changed(argv[0] if argv else None)))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
