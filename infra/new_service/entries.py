"""Where services are listed: each place is marked `services: next`, and the new one is written above the mark. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from infra.new_service.names import Names

_MIGRATE = """\
  {service}-migrate:
    <<: *task
    command: [python, -m, services.{service}, migrate]
    depends_on: *after-roles
    networks: [data]
    environment:
      <<: *common
      MIGRATION_DATABASE_URL: postgresql://{service}_owner@postgres:5432/{service}
      MIGRATION_DATABASE_PASSWORD_FILE: /run/secrets/database
    volumes: ["${{SECRETS_DIR:-./secrets}}/for/{service}-migrate:/run/secrets:ro"]

"""
_OPS = """\
      {database}_URL: postgresql://{service}@postgres:5432/{service}
      {database}_PASSWORD_FILE: /run/secrets/databases/{service}
"""
_API = """\
  {service}-api:
    <<: *api
    command: [python, -m, services.{service}, api]
    depends_on: {{ {service}-migrate: {{ condition: service_completed_successfully }} }}
    environment:
      <<: [*common, *tokens, *password]
      DATABASE_URL: postgresql://{service}@postgres:5432/{service}
    volumes: ["${{SECRETS_DIR:-./secrets}}/for/{service}-api:/run/secrets:ro"]

"""
_WORKER = """\
  {service}-worker:
    <<: *worker
    command: [python, -m, services.{service}, worker]
    depends_on:
      {service}-migrate: {{ condition: service_completed_successfully }}
      provision: {{ condition: service_completed_successfully }}
    environment:
      <<: [*common, *kafka-client, *password]
      KAFKA_USERNAME: {service}
      DATABASE_URL: postgresql://{service}@postgres:5432/{service}
    volumes: ["${{SECRETS_DIR:-./secrets}}/for/{service}-worker:/run/secrets:ro"]

"""
_DOCUMENTS = """\
    "Query.{field}": '{{ {field}(id: "{unknown}") {{ text }} }}',
    "Mutation.add{type}": 'mutation {{ add{type}(text: "uji", idempotencyKey: "0123456789abcdef") {{ problems {{ code }} }} }}',
"""
_MATRIX = """\
    "Query.{field}": _row("null", anonymous="UNAUTHENTICATED"),
    "Mutation.add{type}": _row("data", anonymous="UNAUTHENTICATED"),
"""

# File -> which of its marks -> the lines above it.
_MARKED: dict[str, dict[str, str]] = {
    "services/contracts/registry.py": {"": '    Registered("{service}", {number}, {service}),\n'},
    "Makefile": {"": "SUBGRAPHS += {service}=services/{service}/schema.graphql=http://127.0.0.1:{port}/graphql\n"},
    "pyproject.toml": {"": '  "services.{service}",\n'},
    "infra/prometheus/expected.yml": {
        "": "".join(
            f"      - {{{{ record: wlijo_process_expected, expr: vector(1), labels: {{{{ process: {{service}}-{kind} }}}} }}}}\n"
            for kind in ("api", "worker")
        )
    },
    "infra/prometheus/prometheus.yml": {"": "          - {service}-api\n          - {service}-worker\n"},
    "docker-compose.yml": {
        "migrate": _MIGRATE,
        "ops": _OPS,
        "gateway": "      {variable}: http://{service}-api:8000\n",
        "api": _API,
        "worker": _WORKER,
    },
    "tests/contracts/staff_reads.py": {"": '    "{service}": {{"{type}": "id text addedAt"}},\n'},
    "tests/e2e/authorization_matrix.py": {"documents": _DOCUMENTS, "matrix": _MATRIX},
}
FILES = tuple(_MARKED)
_ISSUER = 10
"""The issuer listens on PORT_BASE + 10."""


class NoPlace(Exception):
    """A file has lost its mark."""


def next_number(taken: tuple[int, ...]) -> int:
    number = max(taken) + 1
    return number + 1 if number == _ISSUER else number


def entered(path: str, text: str, names: Names, number: int, unknown: str) -> str:
    """The file with the service in it. `unknown` is an id of its kind that nothing has. Raises NoPlace."""
    values = {
        "service": names.service, "number": number, "port": 4000 + number, "variable": f"{names.service.upper()}_URL",
        "database": f"{names.service.upper()}_DATABASE",
        "type": names.type, "field": names.field, "unknown": unknown,
    }  # fmt: skip
    for which, lines in _MARKED[path].items():
        mark = r"(?m)^ *# services: next" + (rf" \({which}\)$" if which else "$")
        text = _once(path, mark, text, _above(lines.format(**values)))
    if path == "services/contracts/registry.py":
        text = _once(
            path,
            r"(?ms)^from services\.contracts import (\(.+?\)|[^\n]+)$",
            text,
            lambda found: (
                "from services.contracts import " + ", ".join(sorted([*re.findall(r"\w+", found[1]), names.service]))
            ),
        )
    if path == "pyproject.toml":
        text = _once(
            path, r'(?m)^  "services\.\w+ \| [^"]+', text, lambda found: f"{found[0]} | services.{names.service}"
        )
    return text


def _above(lines: str) -> Callable[[re.Match[str]], str]:
    return lambda mark: lines + mark[0]


def _once(path: str, pattern: str, text: str, written: Callable[[re.Match[str]], str]) -> str:
    text, times = re.subn(pattern, written, text)
    if times != 1:
        raise NoPlace(f"{path} has {times} places of the form {pattern}")
    return text
