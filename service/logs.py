"""JSON logs, one line each on stderr, with ids only: ours (structlog) and every library's (logging).

Patient data cannot slip in by accident: a field that is not in `FIELDS` is dropped, a value that does not
look like an id, a number or a time is masked, a library's message is shown without its values, and an
exception is shown by its type and its place in the code, never by its message.
"""

import logging
import re
import sys
import threading
import warnings
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO, cast
from uuid import UUID

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_THE_LINE = ("event", "level", "time", "logger", "where", "fault")
_WHICH_ONE = (
    "request_id",
    "correlation_id",
    "note_id",
    "note_version",
    "delivery_id",
    "client_id",
    "specialist_id",
    "kind",
    "sequence",
)
_WHAT_BECAME_OF_IT = ("state", "outcome", "reason_code", "tries", "next_try_at", "count", "total")
_THE_RECONCILIATION = ("reconciliation", "scope", "accepted", "missing", "doubled", "different")
_THE_CALL = ("method", "route", "status", "seconds", "key", "number", "ehr_type", "ehr_status")
_THE_PROCESS = ("worker", "process", "signal", "host", "port", "version", "revision", "command")

FIELDS: Final = frozenset(
    (*_THE_LINE, *_WHICH_ONE, *_WHAT_BECAME_OF_IT, *_THE_RECONCILIATION, *_THE_CALL, *_THE_PROCESS)
)

_HOME: Final = Path(__file__).parent.parent
_MASK: Final = "***"
_ID: Final = re.compile(r"[A-Za-z0-9._:/{}|+\-]{1,120}")
_SENTENCE: Final = re.compile(r"[A-Za-z][A-Za-z0-9 ,.:;'()%\[\]_/*\-]{0,200}")
_FIELD_NAME: Final = re.compile(r"[a-z_]{1,40}")
_LIKE_AN_NHS_NUMBER: Final = re.compile(r"(?<![0-9A-Fa-f\-])\d{3}[ \-]?\d{3}[ \-]?\d{4}(?![0-9A-Fa-f\-])")
_PLAIN_WORDS: Final = re.compile(r"[A-Za-z][A-Za-z ,.\-]*")
_TRACEBACK: Final = "Traceback (most recent call last):"
_PLACE: Final = re.compile(r'^  File "([^"]+)", line (\d+), in (\S+)$', re.MULTILINE)
_RAISED: Final = re.compile(r"\n(?:  .*\n)+([A-Za-z_.]+)(?::|$)")  # the first line after the frames
_PLAIN_SPEAKING: Final = ("uvicorn", "asyncio", "aiohttp")
_CHAIN: Final = 5
_FRAMES: Final = 6


def configure_logs(level: str) -> None:
    """From here on whatever is logged, warned or raised unseen in this process is a line of JSON on stderr."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_LINE],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=False,
    )
    _route_libraries(level)
    warnings.showwarning = _warned
    sys.excepthook = _crashed
    sys.unraisablehook = lambda seen: _crashed_aside(seen.exc_value)
    threading.excepthook = lambda seen: _crashed_aside(seen.exc_value)


def describe(fault: BaseException) -> dict[str, Any]:
    """What may be said of an exception: its type, where it rose, what the database calls it, and its cause."""
    told: dict[str, Any] = {"type": f"{type(fault).__module__}.{type(fault).__qualname__}"}
    told |= _in_the_databases_words(fault)
    if places := _places(fault.__traceback__):
        told["at"] = places
    if isinstance(fault, BaseExceptionGroup):
        told["group"] = [describe(each) for each in fault.exceptions[:_CHAIN]]
    return told


# --- one line -----------------------------------------------------------------------------------------


def _fault_without_message(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    fault = _fault_of(line.pop("exc_info", None))
    if fault is not None:
        line["fault"] = _with_causes(fault)
    return line


def _fault_of(exc_info: object) -> BaseException | None:
    """As logging hands it over: the exception, its triple, or True for the one being handled now."""
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as fault, _):
            return fault
        case True:
            return sys.exc_info()[1]
        case _:
            return None


def _with_causes(fault: BaseException) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    current: BaseException | None = fault
    while current is not None and len(told) < _CHAIN:
        told.append(describe(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return told


def _known_fields_only(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    kept = {name: value if name == "fault" else _shown(value) for name, value in line.items() if name in FIELDS}
    kept["event"] = _sentence(line.get("event"))
    unknown = [name if _FIELD_NAME.fullmatch(name) else _MASK for name in line if name not in FIELDS]
    return kept | {"dropped": unknown} if unknown else kept


def _shown(value: object) -> object:
    match value:
        case str():
            return value if _ID.fullmatch(value) and not _LIKE_AN_NHS_NUMBER.search(value) else _MASK
        case None | bool():
            return value
        case int() | float():
            return value if abs(value) < 10**9 else _MASK
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case list() | tuple():
            return [_shown(each) for each in islice(value, 20)]
        case _:
            return _MASK


def _sentence(event: object) -> str:
    if not isinstance(event, str) or not _SENTENCE.fullmatch(event):
        return _MASK
    return _LIKE_AN_NHS_NUMBER.sub(_MASK, event)


def _to_json(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    return orjson.dumps({"time": line["time"], "level": line["level"], **line}).decode()


_LINE: Final = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    _fault_without_message,
    _known_fields_only,
    _to_json,
)


class _StandardError:
    """Whatever stderr is when a line is written; a line that cannot be written stops no note."""

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


# --- what libraries say -------------------------------------------------------------------------------


def _route_libraries(level: str) -> None:
    for name in list(logging.Logger.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each, _FromLibraries)]
    root.addHandler(_FromLibraries())
    # Libraries tell their own debugging tales at INFO; only the server's are ours too.
    root.setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.getLogger("uvicorn.error").setLevel(level)


class _FromLibraries(logging.Handler):
    """Passes what a library logged on as a line of ours, without the values it put in."""

    def emit(self, record: logging.LogRecord) -> None:
        line: EventDict = {
            **structlog.contextvars.get_contextvars(),
            "event": _without_values(record),
            "logger": record.name,
            "where": f"{_from_home(Path(record.pathname))}:{record.lineno}",
            "exc_info": record.exc_info,
        } | _from_a_traceback(record.msg)
        _write(record.levelname.lower(), line)


def _from_a_traceback(message: object) -> dict[str, Any]:
    """Some log a traceback as text, as the server does when the app does not start: its type and places are told."""
    if not isinstance(message, str) or not message.startswith(_TRACEBACK):
        return {}
    places = [f"{_from_home(Path(path))}:{line} {name}" for path, line, name in _PLACE.findall(message)]
    kind = _RAISED.search(message)
    return {"fault": [{"type": kind[1] if kind else _MASK, "at": places[-_FRAMES:]}]}


def _without_values(record: logging.LogRecord) -> str:
    """The message's template; or, where it has none, its first plain words from those known to speak plainly."""
    template = str(record.msg).split("\n", 1)[0].strip() if isinstance(record.msg, str) else ""
    if record.args:
        return template
    words = _PLAIN_WORDS.match(template)
    if words and record.name.split(".", 1)[0] in _PLAIN_SPEAKING:
        return words[0].strip()
    return "a library's message, not shown"


def _write(level: str, line: EventDict) -> None:
    entry: Any = line
    for step in _LINE:
        entry = step(None, level, entry)
    stream = _StandardError()
    stream.write(f"{entry}\n")
    stream.flush()


# --- what nobody caught -------------------------------------------------------------------------------


def _warned(
    message: Warning | str,  # noqa: ARG001, may hold a value
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    where = f"{_from_home(Path(filename))}:{lineno}"
    _write("warning", {"event": "a warning of Python", "kind": category.__name__, "where": where})


def _crashed(_kind: type[BaseException], fault: BaseException, _traceback: TracebackType | None) -> None:
    if isinstance(fault, KeyboardInterrupt):
        return
    _write("critical", {"event": "the process ends by a fault of ours", "exc_info": fault})


def _crashed_aside(fault: BaseException | None) -> None:
    """In a thread or a finaliser, where nobody can catch it."""
    _write("error", {"event": "a fault that nobody could catch", "exc_info": fault})


def _places(traceback: TracebackType | None) -> list[str]:
    """Our own frames, outermost first, and the frame that raised."""
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        place = f"{_from_home(Path(code.co_filename))}:{traceback.tb_lineno} {code.co_name}"
        if place.startswith("service/") or traceback.tb_next is None:
            places.append(place)
        traceback = traceback.tb_next
    return places[-_FRAMES:]


def _from_home(path: Path) -> str:
    """Short, and without the names of folders on this machine."""
    if path.is_relative_to(_HOME / "service"):
        return path.relative_to(_HOME).as_posix()
    return "/".join(path.parts[-2:])


def _in_the_databases_words(fault: BaseException) -> dict[str, str]:
    """PostgreSQL's error code and the name of the constraint, which say which rule was broken, not by whom."""
    told = {}
    for name in ("sqlstate", "constraint_name"):
        value = getattr(fault, name, None) or getattr(getattr(fault, "orig", None), name, None)
        if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_]{1,63}", value):
            told[name] = value
    return told
