"""What is wrong with the folder of secrets, told before anything in it is read."""

import stat
from collections.abc import Sequence
from pathlib import Path

_NOT_THERE = "JOINEDUP_SECRETS_FOLDER names {folder}, which is no folder that can be read."
# Docker and Kubernetes show secrets to every user of the container (0444, 0644): reading is no sign of a fault.
_ANYBODYS = "{path} can be written by everybody, so anybody could put a secret of theirs there. Run: chmod o-w {path}"


def names_of_secrets(folder: Path | str | None) -> Sequence[str]:
    """The files that may be settings: those that Kubernetes hides (`..data`) are none."""
    if not folder:
        return ()
    try:
        return sorted(file.name for file in Path(folder).expanduser().iterdir() if not file.name.startswith("."))
    except OSError:
        return ()


def fault_of_secrets(folder: Path | str | None) -> str | None:
    """A sentence where the folder is none, or where anybody could change what is in it."""
    if not folder:
        return None
    place = Path(folder).expanduser()
    try:
        if not place.is_dir():
            return _NOT_THERE.format(folder=place)
        own = [place / name for name in names_of_secrets(place) if name.lower().startswith("joinedup_")]
        writable = [path for path in (place, *own) if _anybody_writes(path)]
    except OSError:
        return _NOT_THERE.format(folder=place)
    return _ANYBODYS.format(path=writable[0]) if writable else None


def _anybody_writes(path: Path) -> bool:
    """Of a sticky folder (Kubernetes mounts secrets so) others can neither remove nor replace what is in it."""
    mode = path.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX)
