"""Inside the container: takes webhooks, and answers none while a file `hold` is there."""

from __future__ import annotations

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])


class Receiver(BaseHTTPRequestHandler):
    """Writes each body to `came` when it has come, and to `taken` when it is answered."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.note("came", body)
        while (FOLDER / "hold").exists():
            time.sleep(0.02)
        self.note("taken", body)
        self.send_response(200)
        self.end_headers()

    def note(self, name: str, body: bytes) -> None:
        with (FOLDER / name).open("ab") as file:
            file.write(body + b"\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


ThreadingHTTPServer(("127.0.0.1", 8081), Receiver).serve_forever()
