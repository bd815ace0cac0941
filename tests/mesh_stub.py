"""A MESH that answers as it is told, over a real socket: for what NHS England's stand-in cannot be made to do."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from service.push.messages.mesh import Mailbox

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Says:
    """One answer; `status` 0 closes the connection without any, `after` waits so many seconds first."""

    status: int
    body: Json | bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0


@dataclass
class MeshStub:
    """`answers` by the end of method and path, such as `OURS/outbox`."""

    mailbox: Mailbox
    answers: dict[str, Says] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def answer_to(self, asked: str) -> Says:
        self.asked.append(asked)
        return next((says for end, says in self.answers.items() if asked.endswith(end)), Says(404))


@contextmanager
def mesh_stub() -> Iterator[MeshStub]:
    """On loopback, until the end of the block."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer()

        def do_PUT(self) -> None:
            self._answer()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def _answer(self) -> None:
            says = stub.answer_to(f"{self.command} {self.path}")
            stub.over.wait(says.after)
            self.close_connection = True
            if not says.status:
                return
            content = says.body if isinstance(says.body, bytes) else json.dumps(says.body).encode()
            self.send_response(says.status)
            for name, value in {"Content-Length": str(len(content)), **says.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    url = f"http://127.0.0.1:{server.server_port}"
    stub = MeshStub(Mailbox(url, "OURS", "password", "key", "THEIRS", "IPS_NOTE", 1.5))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
