"""`python -m services.ordering api|worker|migrate|seed FILE`"""

import sys

from services.kit.process.main import main
from services.ordering.app import SERVICE

sys.exit(main(SERVICE, sys.argv[1:]))
