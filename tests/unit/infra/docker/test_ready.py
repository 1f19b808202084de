"""What the image's health check says of the process that it asks."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from infra.local.free_ports import free_port

READY = Path(__file__).parents[4] / "infra/docker/ready"
WHY = b'{"ready":false,"reasons":{"relay":"the broker refuses user catalog"}}'


def _asked(port: int) -> tuple[int, str]:
    done = subprocess.run([READY], env={"PORT": str(port)}, capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout


@pytest.fixture
def answering() -> Iterator[Callable[[int, bytes], int]]:
    """`answering(503, b"…")`: the port of a process that answers so."""
    servers: list[HTTPServer] = []

    def start(status: int, body: bytes) -> int:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.path == "/readyz"
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return servers[-1].server_port

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


def test_a_ready_process_is_passed_without_a_word(answering: Callable[[int, bytes], int]) -> None:
    assert _asked(answering(200, WHY)) == (0, "")


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_one_that_is_not_ready_is_failed_in_its_own_words(answering: Callable[[int, bytes], int], end: bytes) -> None:
    assert _asked(answering(503, WHY + end)) == (1, WHY.decode() + "\n")


def test_one_that_does_not_listen_is_failed() -> None:
    assert _asked(free_port()) == (1, "")
