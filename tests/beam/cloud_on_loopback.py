"""The two services that Dataflow jobs are handed to, on the loopback interface, as far as a submission needs them.

Storage keeps what is uploaded. The job service keeps the jobs that it is sent, and calls them done at once: nobody
works on them here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c


class Cloud(ThreadingHTTPServer):
    """What was sent.

    Attributes:
        objects: contents by ``gs://`` URI.
        jobs: the jobs' messages as JSON, in the order of their creation.
        refused: requests that neither service knows.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.jobs: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.endpoint = f"http://localhost:{self.server_port}"


@contextmanager
def cloud_on_loopback() -> Iterator[Cloud]:
    with Cloud() as cloud:
        thread = Thread(target=cloud.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield cloud
        finally:
            cloud.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Cloud
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _ = self._address()
        if path[:3] == ["storage", "v1", "b"] and len(path) == 4:
            self._answer({"kind": "storage#bucket", "id": path[3], "name": path[3]})
        elif (
            path[:3] == ["storage", "v1", "b"] and len(path) == 6 and f"gs://{path[3]}/{path[5]}" in self.server.objects
        ):
            self._answer({"kind": "storage#object", "bucket": path[3], "name": path[5]})
        elif path[0] == "v1b3" and path[-2] == "jobs":
            self._answer({**self.server.jobs[int(path[-1])], "id": path[-1], "currentState": "JOB_STATE_DONE"})
        elif path[0] == "v1b3" and path[-1] == "messages":
            self._answer({})
        else:
            self._refuse()

    def do_POST(self) -> None:
        path, query = self._address()
        body = self._body()
        if path[:4] == ["upload", "storage", "v1", "b"]:
            name = query.get("name") or [json.loads(body)["name"]]
            self._answer({}, Location=f"{self.server.endpoint}/resumable/{path[4]}/{name[0]}")
        elif path[0] == "v1b3" and path[-1] == "jobs":
            self.server.jobs.append(json.loads(body))
            self._answer({"id": str(len(self.server.jobs) - 1), "currentState": "JOB_STATE_DONE"})
        else:
            self._refuse()

    def do_PUT(self) -> None:
        path, _ = self._address()
        uri = f"gs://{path[1]}/{'/'.join(path[2:])}"
        self.server.objects[uri] = self.server.objects.get(uri, b"") + self._body()
        checksum = base64.b64encode(google_crc32c.Checksum(self.server.objects[uri]).digest()).decode()
        self._answer({"bucket": path[1], "name": "/".join(path[2:]), "crc32c": checksum})

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def _address(self) -> tuple[list[str], dict[str, list[str]]]:
        parts = urlsplit(self.path)
        return [unquote(part) for part in parts.path.strip("/").split("/")], parse_qs(parts.query)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, message: dict[str, Any], status: int = 200, **headers: str) -> None:
        body = json.dumps(message).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self) -> None:
        if not self.path.startswith("/storage/"):
            self.server.refused.append(f"{self.command} {self.path}")
        self._answer({"error": {"code": 404, "message": "not found"}}, 404)
