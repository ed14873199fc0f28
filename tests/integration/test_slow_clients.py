"""Clients that are slow, many, or stop half-way: others are answered meanwhile."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlparse

import pytest

import machines
from installations import Dev, Installation

#: Connections that one test holds open.
MANY = 3_000

HEAD = (
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
    "X-Amz-Target: AWSStepFunctions.ListStateMachines\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request\r\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
        pytest.skip(f"this system allows {hard} open files")
    # The server starts with as few as a shell gives, and takes what it may.
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    dev = Dev(tmp_path_factory.mktemp("dev") / "log", None, {})
    try:
        installation = dev.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield installation
    assert dev.stop() == 0
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(installation: Installation) -> socket.socket:
    url = urlparse(installation.endpoint)
    return socket.create_connection((url.hostname, url.port), timeout=30)


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST / HT", HEAD.encode(), f"{HEAD}Content-Length: 1000\r\n\r\n{{".encode()],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
def test_thousands_of_slow_clients_keep_nobody_waiting(server: Installation, sent: bytes) -> None:
    with ExitStack() as connections:
        for _ in range(MANY):
            connection = connections.enter_context(connect(server))
            connection.sendall(sent)
        assert server.run(machines.passes(3), {"n": 1}).output == {"n": 1}
    assert server.run(machines.passes(3), {"n": 2}).output == {"n": 2}


def test_clients_that_go_away_harm_nobody(server: Installation) -> None:
    for cut in (b"", b"POST", HEAD.encode(), f"{HEAD}Content-Length: 2\r\n\r\n{{".encode()):
        for _ in range(50):
            with connect(server) as connection:
                connection.sendall(cut)
    assert server.run(machines.passes(3), {"n": 1}).output == {"n": 1}


def exchange(installation: Installation, request: str) -> str:
    """The status line of the answer, or nothing if the connection was closed."""
    with connect(installation) as connection:
        connection.sendall(request.encode())
        return connection.recv(4096).decode().partition("\r\n")[0]


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        (f"{HEAD}Content-Length: 2\r\n\r\n{{}}", "HTTP/1.1 200 OK"),
        (f"{HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n", "HTTP/1.1 200 OK"),
        # Two lengths, or a length and chunks: where one server sees one request, another would see two.
        (f"{HEAD}Content-Length: 2\r\nContent-Length: 9\r\n\r\n{{}}", "HTTP/1.1 400 Bad Request"),
        (f"{HEAD}Content-Length: -1\r\n\r\n{{}}", "HTTP/1.1 400 Bad Request"),
        (f"{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 408 Request Timeout"),
        ("POST / HTTP/1.1\r\n" + "X-A: " + "a" * 600_000 + "\r\n\r\n", "HTTP/1.1 431 Request Header Fields Too Large"),
        ("POST / HTTP/1.1\r\n" + "X-A: a\r\n" * 500 + "\r\n", "HTTP/1.1 431 Request Header Fields Too Large"),
        ("POST / HTTP/9.9\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        ("\0\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (HEAD.replace("POST / ", "POST http://other.example/ ") + "Content-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK"),
        (HEAD.replace("POST / ", "POST //..//%2e%2e ") + "Content-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK"),
        (f"{HEAD}Origin: http://evil.example\r\nContent-Length: 2\r\n\r\n{{}}", "HTTP/1.1 400 Bad Request"),
        (f"{HEAD}Origin: http://localhost:5173\r\nContent-Length: 2\r\n\r\n{{}}", "HTTP/1.1 200 OK"),
    ],
)
def test_a_request_is_read_in_one_way_only(server: Installation, request_text: str, expected: str) -> None:
    assert exchange(server, request_text) == expected
    assert exchange(server, f"{HEAD}Content-Length: 2\r\n\r\n{{}}") == "HTTP/1.1 200 OK", "the next one"
