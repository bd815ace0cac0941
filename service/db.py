"""The way to the database: engines, and the sessions they open. No engine lives at module level."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import asyncpg
import orjson
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

_LONGEST_GOODBYE = 2.0

# How a connection fails to come about: the driver's own errors, which SQLAlchemy wraps only once it stands.
UNREACHABLE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

Sessions: TypeAlias = async_sessionmaker[AsyncSession]


# What a connection may see unless its transaction says otherwise; row-level security asks for it.
_EVERYTHING: Final = {"joinedup.sees": "everything"}


def open_engine(database_url: str, connections: int) -> AsyncEngine:
    """An engine of the service's own: the door and the worker see everybody. `postgresql://…`, whatever driver the
    URL names or leaves out."""
    return _open(database_url, connections, _EVERYTHING)


def open_engine_for_callers(database_url: str, connections: int) -> AsyncEngine:
    """The same for requests: a session sees nobody until it is told who calls (`auth/session.py`)."""
    return _open(database_url, connections, {})


def _open(database_url: str, connections: int, sees: dict[str, str]) -> AsyncEngine:
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=False,
        connect_args={"server_settings": sees},
        hide_parameters=True,  # an exception's text is no place for what was typed
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
    )


def sessions_of(engine: AsyncEngine) -> Sessions:
    """Sessions that never reload what they just wrote."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def opened(database_url: str, connections: int) -> AsyncIterator[Sessions]:
    """Sessions on a pool that is closed at the end of the block."""
    engine = open_engine(database_url, connections)
    try:
        yield sessions_of(engine)
    finally:
        await engine.dispose()


async def listen(sessions: Sessions, channel: str, heard: Callable[[], None]) -> None:
    """Call `heard` now and at every notification, on a connection beside the pool's, until that is lost."""
    engine: AsyncEngine = sessions.kw["bind"]
    connection = await engine.raw_connection()
    driver: Any = connection.driver_connection
    connection.detach()
    lost = asyncio.Event()
    driver.add_termination_listener(lambda _: lost.set())
    try:
        await driver.add_listener(channel, lambda *_: heard())
        heard()  # of what was said before we listened
        await lost.wait()
    finally:
        await driver.close(timeout=_LONGEST_GOODBYE)


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()
