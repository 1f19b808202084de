"""python -m services.catalog api|worker|migrate|seed FILE|usual"""

import sys

from services.catalog.app import SERVICE
from services.kit.process.main import main

sys.exit(main(SERVICE, sys.argv[1:]))
