"""Who owns which file of a compose installation: the users that the containers' processes have."""

from __future__ import annotations

from typing import Final

OURS: Final = 10001
POSTGRES: Final = 999
KAFKA: Final = 10002
"""Of our own choice: the image's own user has 1000, which is the first person of most hosts."""
NOBODY: Final = 65534


def of_container(name: str) -> int:
    """Of the folder secrets/for/<name>, and of what is in it."""
    if name.startswith("kafka"):
        return KAFKA
    return {"postgres": POSTGRES, "offsite": POSTGRES, "alertmanager": NOBODY}.get(name, OURS)
