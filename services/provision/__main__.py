"""python -m services.provision …"""

import sys

from infra.ops.provision.__main__ import main

sys.exit(main(sys.argv[1:]))
