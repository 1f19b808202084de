"""python -m services.delivery api|worker|migrate|seed FILE"""

import sys

from services.delivery.app import SERVICE
from services.kit.process.main import main

sys.exit(main(SERVICE, sys.argv[1:]))
