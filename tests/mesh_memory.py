"""A MESH that remembers what it is sent, and misbehaves once where it is told to, as the sandbox EHR does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from service.push.messages.mesh import Mailbox

Json = dict[str, Any]
Answer = tuple[int, Json]


@dataclass
class MeshMemory:
    """`messages`: our own name for each, by MESH's. A `rule` (of `tests/what_happens.py`) is used once, at a call."""

    mailbox: Mailbox
    messages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at: str = ""
    rule: Json = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)

    def misbehave(self, at: str, rule: Json) -> None:
        """At the next call that is named so."""
        self.at, self.rule = at, rule
        self.released.clear()

    def rule_for(self, call: str) -> Json:
        """Used up by that."""
        if call != self.at:
            return {}
        self.at = ""
        return self.rule

    def take(self, local_id: str) -> Answer:
        message_id = f"M{len(self.messages)}"
        self.messages[message_id] = local_id
        return 202, {"message_id": message_id}

    def find(self, local_id: str) -> Answer:
        found = [message_id for message_id, name in self.messages.items() if name == local_id]
        return (200, {"messageId": found[0], "status": "Accepted"}) if found else (404, {})


class _Answering(BaseHTTPRequestHandler):
    memory: MeshMemory

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._exchange("hand it over", lambda: self.memory.take(self.headers["Mex-LocalID"]))

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path.endswith("/inbox"):
            self._exchange("read our inbox for reports", lambda: (200, {"messages": [], "links": {}}))
        elif "messageID" in parse_qs(url.query):
            self._exchange("track it", lambda: (200, {"status": "accepted"}))
        else:
            self._exchange("ask for it by our own name", lambda: self.memory.find(url.path.rpartition("/")[2]))

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _exchange(self, call: str, do: Any) -> None:
        self.memory.asked.append(call)
        self.close_connection = True
        rule = self.memory.rule_for(call)
        if not rule:
            self._say(*do())
            return
        answer = do() if rule.get("when") == "after" else (500, {})
        match rule["do"]:
            case "reset":
                """The connection closes."""
            case "hold":
                self.memory.released.wait(self.memory.mailbox.timeout * 4)
            case "cut":
                self._say(*answer, cut=True)
            case _:
                self._say(rule["status"], {})

    def _say(self, status: int, body: Json, *, cut: bool = False) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)


@contextmanager
def mesh_memory(timeout: float) -> Iterator[MeshMemory]:
    """On loopback, until the end of the block."""

    class Answering(_Answering):
        """Of this memory alone."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    url = f"http://127.0.0.1:{server.server_port}"
    memory = Answering.memory = MeshMemory(Mailbox(url, "OURS", "password", "key", "THEIRS", "IPS_NOTE", timeout))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        memory.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
