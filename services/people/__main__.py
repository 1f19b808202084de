"""python -m services.people api|worker|migrate|seed FILE|grant …|audit …"""

import sys

from services.kit.process.main import main
from services.people.app import SERVICE

sys.exit(main(SERVICE, sys.argv[1:]))
