"""A shop's API as small as it gets: GET / says how its cache and its database are."""

import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def answer_of(host: str, port: int, question: bytes) -> bytes:
    with socket.create_connection((host, port), timeout=2) as server:
        server.sendall(question)
        return server.recv(16)


def cache_works() -> bool:
    return answer_of(os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"]), b"PING\r\n").startswith(b"+PONG")


def database_works() -> bool:
    # Postgres answers the question whether it speaks TLS with one letter, S or N.
    question = bytes([0, 0, 0, 8, 4, 210, 22, 47])
    return answer_of(os.environ["PGHOST"], int(os.environ["PGPORT"]), question) in (b"S", b"N")


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        works = cache_works() and database_works()
        self.send_response(200 if works else 503)
        self.end_headers()
        self.wfile.write(b"cache and database work\n" if works else b"something is missing\n")


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Health).serve_forever()
