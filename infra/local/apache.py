"""Apache Kafka with locks on as an installation's broker: out of Maven, its disk in the home folder, a user per service and partner."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.kafka import config, disk, maven, throwaway, tls
from infra.local.broker import SERVERS, ask
from infra.local.people import partner_id
from infra.local.ports import HOST, Ports
from infra.local.problems import CannotStart
from infra.local.seeded import companies
from infra.local.state import Home, write_private
from services.contracts.registry import NAMES

_API_VERSIONS = 18


class Apache:
    """Implements `broker.Broker`. Beside its port it takes the next two: for its controller and, with TLS, for partners."""

    forgets = False

    def __init__(self, home: Home, ports: Ports) -> None:
        inner, controller, partners = ports.kafka, ports.kafka + 1, ports.kafka + 2
        self.ports: tuple[int, ...] = (inner, controller, partners)
        self._data = home.broker
        self._secrets = home.keys / "kafka"
        self._users = self._secrets / "users"
        self._properties = self._secrets / "server.properties"
        self._node = config.Node(
            inner_host=HOST,
            public_name=HOST,
            public_port=partners,
            inner_port=inner,
            controller_port=controller,
            partners_port=partners,
            bind=HOST,
            data=home.broker,
            keystore=self._secrets / tls.KEYSTORE,
        )
        self.for_partners = f"{HOST}:{partners}, SASL_SSL; CA in {self._secrets / tls.CA}, passwords in {self._users}"

    def prepare(self) -> None:
        try:
            kafka = throwaway.prepare()
        except maven.CannotHave as lack:
            raise CannotStart(str(lack)) from lack
        self._users.mkdir(mode=0o700, parents=True, exist_ok=True)
        by_kafka = [company["key"] for company in companies() if company.get("channel") != "HTTP"]
        for user in (config.ADMIN, config.NODE, *NAMES, *(partner_id(key) for key in by_kafka)):
            if not self._password_file(user).exists():
                write_private(self._password_file(user), secrets.token_hex(16))
        tls.ensure(self._secrets, HOST)
        passwords = config.Passwords(*(self._password_file(user).read_text() for user in (config.ADMIN, config.NODE)))
        write_private(self._properties, config.render(self._node, passwords, extra=throwaway.SMALL))
        if not disk.is_formatted(self._data):
            disk.format_as_tool(self._data, kafka, self._node.id, disk.uuid())

    def command(self) -> tuple[str, ...]:
        return tuple(maven.Kafka(maven.cache()).java(str(self._properties)))

    async def answers(self) -> bool:
        """It says which requests it knows to everybody. Its topics' task waits until it does more."""
        answer = await ask(self._node.inner_port, _API_VERSIONS, 0, b"")
        return answer is not None and answer[:2] == b"\0\0"

    def as_administrator(self) -> Mapping[str, str]:
        return {
            **self._as_user(config.ADMIN, self._node.inner_port, "SASL_PLAINTEXT"),
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_USERS_DIR": str(self._users),
        }

    def as_service(self, service: str) -> Mapping[str, str]:
        return self._as_user(service, self._node.inner_port, "SASL_PLAINTEXT")

    def as_partner(self, partner: str) -> Mapping[str, str]:
        return {
            **self._as_user(partner, self._node.partners_port, "SASL_SSL"),
            "KAFKA_CA_FILE": str(self._secrets / tls.CA),
        }

    def topics(self, partners: Sequence[str]) -> tuple[str, ...]:
        return ("infra.ops.provision", "apply", *(part for partner in partners for part in ("--partner", partner)))

    def _as_user(self, user: str, port: int, protocol: str) -> dict[str, str]:
        return {
            SERVERS: f"{HOST}:{port}",
            "KAFKA_SECURITY_PROTOCOL": protocol,
            "KAFKA_USERNAME": user,
            "KAFKA_PASSWORD_FILE": str(self._password_file(user)),
        }

    def _password_file(self, user: str) -> Path:
        return (self._secrets if user in (config.ADMIN, config.NODE) else self._users) / user
