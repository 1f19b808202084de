"""python -m services.insight api|worker|migrate"""

import sys

from services.insight.app import SERVICE
from services.kit.process.main import main

sys.exit(main(SERVICE, sys.argv[1:]))
