"""How many connections there are, and how many were turned away."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Connections:
    """`refused`: how often, by why: one address had too many (`address`), or there were too many at all (`all`)."""

    most: int
    open: int = 0
    refused: Counter[str] = field(default_factory=Counter)
