"""The app without a database, for what is answered before any is needed."""

from typing import Any

from fastapi import FastAPI

from service.app import make_app
from service.auth.admit import Admission
from service.hardening.limits import Allowances
from service.settings import Settings


def not_started(*, for_this_machine: bool = False, **settings: Any) -> FastAPI:
    """Whoever calls is at this machine."""
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    app = make_app(Settings(_env_file=None, **settings), nowhere, for_this_machine=for_this_machine)
    app.state.admission = Admission(None, Allowances(0, 0))
    return app
