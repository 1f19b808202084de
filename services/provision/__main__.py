"""python -m services.provision …: what compose files and runbooks of the release before call `python -m infra.ops provision` (ADR 21)."""

import sys

from infra.ops.provision.__main__ import main

sys.exit(main(sys.argv[1:]))
