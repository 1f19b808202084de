"""python -m infra.local up|down|reset|ps|logs|token|migrate|seed|demo|why|doctor|ops"""

import sys

from infra.local.cli import main

sys.exit(main(sys.argv[1:]))
