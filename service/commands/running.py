"""What every command needs: the settings, a database with our tables, and a loop to run in.

Above it the commands, each group in a file of its own; below it everything that they wire together.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from dotenv import dotenv_values
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from uvicorn.loops.auto import auto_loop_factory

from service.db import Sessions, opened
from service.embedded_postgres import Urls, embedded_postgres
from service.errors import CannotStart
from service.logs import configure_logs
from service.migrate import check_database, migrate_database
from service.settings import Settings, in_a_sentence, misspelt
from service.settings.secret_files import fault_of_secrets, names_of_secrets

_Done = TypeVar("_Done")


def read_settings(*, log: bool = False) -> Settings:
    """From the environment and .env. A command that ends by itself logs only what went wrong."""
    written = {name.upper(): value for name, value in (dotenv_values(".env") | os.environ).items()}
    folder = written.get("JOINEDUP_SECRETS_FOLDER")
    if sentence := fault_of_secrets(folder) or misspelt([*written, *names_of_secrets(folder)]):
        raise CannotStart(sentence)
    try:
        settings = Settings()
    except ValidationError as error:
        raise CannotStart(in_a_sentence(error)) from None
    configure_logs(settings.log_level if log else "WARNING")
    return settings


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of a database that has this program's tables: the trust's, else an embedded one."""
    if settings.database_url:
        url = settings.database_url.get_secret_value()
        run(check_database(url))
        yield url
        return
    with embedded_postgres(settings.data_folder) as urls:
        run(migrate_database(urls.owner, urls.serving))
        yield urls.serving


@contextmanager
def unprepared_database(settings: Settings) -> Iterator[Urls]:
    """The same as its owner sees it, whatever is in it."""
    if settings.database_url is None:
        with embedded_postgres(settings.data_folder) as urls:
            yield urls
        return
    if settings.database_owner_url is None:
        raise CannotStart("JOINEDUP_DATABASE_OWNER_URL is not set: the role that serves owns no tables, and cannot.")
    yield Urls(settings.database_owner_url.get_secret_value(), settings.database_url.get_secret_value())


def run(job: Coroutine[Any, Any, _Done]) -> _Done:
    """The job to its end, on the loop that the service runs on."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(job)


def in_sessions(job: Callable[[Sessions], Awaitable[_Done]], settings: Settings) -> _Done:
    """The job with the database opened for it."""

    async def with_sessions(url: str) -> _Done:
        async with opened(url, settings.database_connections) as sessions:
            return await job(sessions)

    with database(settings) as url:
        return run(with_sessions(url))


def in_session(job: Callable[[AsyncSession], Awaitable[_Done]], *, keep: bool = False) -> _Done:
    """One transaction; unless it is kept, whatever it did is undone, so a dry run is the very thing."""

    async def with_session(sessions: Sessions) -> _Done:
        async with sessions.begin() if keep else sessions() as session:
            return await job(session)

    return in_sessions(with_session, read_settings())
