"""A folder that a record's file inbox takes messages from, on a disk that both can reach.

For each message the document, then a manifest that names it: both appear whole, by rename, and what has a manifest is
complete. The other side answers with an acknowledgement file. Nothing is removed by us.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from service.push.meaning import Failure
from service.push.messages.adapter import Message, Standing
from service.push.outcome import Reason, Refused, TryLater

_UNREACHABLE: Final = TryLater(
    Reason(
        "folder_unreachable",
        "The folder for messages cannot be read and written. Check JOINEDUP_MESSAGE_FOLDER, its rights and its disk.",
    ),
    ehr_wide=True,
)
_UNREADABLE: Final = Refused(
    Reason(
        "acknowledgement_unreadable",
        "The record's acknowledgement of this message is not JSON with a status of accepted or rejected. Have it put "
        "right in the folder, then retry the delivery.",
    )
)

_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class DropFolder:
    """`folder` is there and ours to write; names in it begin with the message's `local_id`."""

    folder: Path
    name: str = "folder"

    async def send(self, message: Message) -> Standing | Failure:
        """See `Adapter`. The same message again is the same files again."""
        return await self._on_disk(lambda: self._write(message))

    async def find(self, local_id: str) -> Standing | Failure | None:
        """See `Adapter`."""
        return await self._on_disk(lambda: self._standing(local_id) if self._was_handed_over(local_id) else None)

    async def look(self, message_id: str) -> Standing | Failure:
        """See `Adapter`."""
        return await self._on_disk(lambda: self._standing(message_id))

    async def settled(self, standing: Standing) -> None:
        """See `Adapter`: the acknowledgement stays where it is, for those who look after the folder."""

    async def check(self) -> Failure | None:
        """See `Adapter`."""
        return await self._on_disk(self._try_out)

    async def _on_disk(self, work: Callable[[], _Done]) -> _Done | TryLater:
        """In a thread, for a disk may be far away."""
        try:
            return await asyncio.to_thread(work)
        except OSError:
            return _UNREACHABLE

    def _write(self, message: Message) -> Standing:
        document = f"{message.local_id}.json"
        self._put(document, message.body)
        manifest: dict[str, Any] = {
            "message": message.local_id,
            "document": document,
            "sha256": hashlib.sha256(message.body).hexdigest(),
            "bytes": len(message.body),
            "media_type": "application/fhir+json",
            "note_id": str(message.note_id),
            "note_version": message.note_version,
            "written_at": datetime.now(UTC).isoformat(),
            "acknowledge_as": f"{message.local_id}.ack.json",
        }
        self._put(_manifest(message.local_id), orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        return Standing(message.local_id, "under_way")

    def _put(self, name: str, content: bytes) -> None:
        """Whole or not at all, also when the power fails."""
        unfinished = self.folder / f".{name}.unfinished"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.folder / name)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _was_handed_over(self, local_id: str) -> bool:
        """The record may have taken the files away, and left its acknowledgement."""
        return (self.folder / _manifest(local_id)).exists() or self._acknowledgement(local_id).exists()

    def _standing(self, local_id: str) -> Standing | Refused:
        try:
            said = orjson.loads(self._acknowledgement(local_id).read_bytes())
        except FileNotFoundError:
            return Standing(local_id, "under_way")
        except orjson.JSONDecodeError:
            return _UNREADABLE
        match said:
            case {"status": "accepted"}:
                return Standing(local_id, "arrived")
            case {"status": "rejected", **rest}:
                return Standing(local_id, "not_delivered", str(rest.get("reason", "")))
            case _:
                return _UNREADABLE

    def _acknowledgement(self, local_id: str) -> Path:
        return self.folder / f"{local_id}.ack.json"

    def _try_out(self) -> None:
        self._put(".joinedup-was-here", b"")
        (self.folder / ".joinedup-was-here").unlink()


def _manifest(local_id: str) -> str:
    return f"{local_id}.manifest.json"
