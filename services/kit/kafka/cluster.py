"""How a process reaches Kafka: addresses, and with locks on the user, the password and the CA that it trusts."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Self

import msgspec

from services.kit.checks import Checked, rule
from services.kit.secret import Secret


class Protocol(StrEnum):
    """Kafka's names. PLAINTEXT has no users: the embedded broker's way."""

    PLAINTEXT = "PLAINTEXT"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def has_users(self) -> bool:
        return self is not Protocol.PLAINTEXT


class Mechanism(StrEnum):
    """Kafka's names. PLAIN is for the administrator, whom the broker knows from its own file; everybody else has SCRAM.

    A password is kept for one of the two: a listener that takes the other only knows nothing of it.
    """

    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"
    PLAIN = "PLAIN"


class Cluster(Checked, frozen=True):
    """Part of a process's settings: `kafka: Cluster`. The servers are `host:port`, comma separated.

    KAFKA_PASSWORD is better given as KAFKA_PASSWORD_FILE, the CA's certificate (PEM) as KAFKA_CA_FILE; without it the system's are trusted.
    """

    bootstrap_servers: str = msgspec.field(name="KAFKA_BOOTSTRAP_SERVERS")
    protocol: Protocol = msgspec.field(name="KAFKA_SECURITY_PROTOCOL", default=Protocol.PLAINTEXT)
    mechanism: Mechanism = msgspec.field(name="KAFKA_SASL_MECHANISM", default=Mechanism.SCRAM_SHA_256)
    username: str | None = msgspec.field(name="KAFKA_USERNAME", default=None)
    password: Secret | None = msgspec.field(name="KAFKA_PASSWORD", default=None)
    ca: str | None = msgspec.field(name="KAFKA_CA", default=None)
    doorbell: str | None = msgspec.field(name="KAFKA_DOORBELL_DIR", default=None)
    """A folder in which the processes of one machine find one another (`doorbell`), for a broker that wakes nobody."""

    @rule
    def who_asks_is_known(self) -> Iterator[str]:
        if self.protocol.has_users and not self.username:
            yield f"KAFKA_USERNAME is missing: KAFKA_SECURITY_PROTOCOL is {self.protocol}"
        if self.protocol.has_users and self.password is None:
            yield f"KAFKA_PASSWORD is missing: KAFKA_SECURITY_PROTOCOL is {self.protocol}"
        if not self.protocol.has_users and (self.username or self.password):
            yield "KAFKA_USERNAME and KAFKA_PASSWORD are for SASL: set KAFKA_SECURITY_PROTOCOL"

    @rule
    def who_holds_fetches_needs_no_bell(self) -> Iterator[str]:
        if self.holds_fetches and self.doorbell:
            yield (
                "KAFKA_DOORBELL_DIR is for a broker that holds no fetches: KAFKA_SECURITY_PROTOCOL is " + self.protocol
            )

    @rule
    def servers_have_ports(self) -> None:
        self.addresses()

    @rule
    def the_ca_is_one(self) -> None:
        if self.protocol is Protocol.SASL_SSL:
            self._tls()

    @classmethod
    def of(cls, given: Self | str) -> Cluster:
        """Addresses alone mean a cluster without locks."""
        return cls(given) if isinstance(given, str) else given

    def options(self) -> dict[str, Any]:
        """What every aiokafka client of this cluster is made with. Raises ValueError when the CA is no certificate."""
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap_servers}
        if not self.protocol.has_users:
            return options
        assert self.password is not None
        options |= {
            "security_protocol": self.protocol.value,
            "sasl_mechanism": self.mechanism.value,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password.reveal(),
        }
        if self.protocol is Protocol.SASL_SSL:
            options["ssl_context"] = self._tls()
        return options

    def _tls(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cadata=self.ca)
        except ssl.SSLError as error:
            raise ValueError("KAFKA_CA is not a PEM certificate") from error

    @property
    def holds_fetches(self) -> bool:
        """Whether a fetch waits at the broker and is answered as soon as there is something. The embedded broker wakes nobody: it is asked
        for what is there, at a pace of our own (`pace`)."""
        return self.protocol.has_users

    @property
    def held_ms(self) -> int:
        """How long a broker may hold a fetch for which it has nothing; the embedded one answers nothing at all to one that may not wait."""
        return 1_000 if self.holds_fetches else 1

    def addresses(self) -> list[tuple[str, int]]:
        """Raises ValueError."""
        found = []
        for server in self.bootstrap_servers.split(","):
            host, _, port = server.strip().rpartition(":")
            if not host or not port.isdecimal():
                raise ValueError(f"KAFKA_BOOTSTRAP_SERVERS is not host:port[,host:port]: {self.bootstrap_servers}")
            found.append((host.strip("[]"), int(port)))
        return found

    def __str__(self) -> str:
        return f"{self.bootstrap_servers} as {self.username}" if self.username else self.bootstrap_servers
