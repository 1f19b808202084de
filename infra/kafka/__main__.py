"""python -m infra.kafka: brings Apache Kafka into the cache, or says why it cannot be had here and exits 1."""

from __future__ import annotations

import sys

from infra.kafka import maven, throwaway


def main() -> int:
    try:
        kafka = throwaway.prepare()
    except maven.CannotHave as why:
        print(why, file=sys.stderr)
        return 1
    print(f"Apache Kafka is in {kafka.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
