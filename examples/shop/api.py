"""A minimal API of a shop: GET / reports whether its cache and its database work."""

import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def answer_of(host: str, port: int, request: bytes) -> bytes:
    with socket.create_connection((host, port), timeout=2) as server:
        server.sendall(request)
        return server.recv(16)


def cache_works() -> bool:
    host, port = os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"])
    return answer_of(host, port, b"PING\r\n").startswith(b"+PONG")


def database_works() -> bool:
    # Postgres answers an SSLRequest with one letter, S or N.
    ssl_request = bytes([0, 0, 0, 8, 4, 210, 22, 47])
    return answer_of(os.environ["PGHOST"], int(os.environ["PGPORT"]), ssl_request) in (b"S", b"N")


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        works = cache_works() and database_works()
        self.send_response(200 if works else 503)
        self.end_headers()
        self.wfile.write(b"cache and database work\n" if works else b"something is missing\n")


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Health).serve_forever()
