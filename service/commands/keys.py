"""`joinedup keys`: our keys towards the EHR. Nothing secret is shown."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from service.commands.options import AsJson
from service.commands.running import read_settings
from service.keys import Keys, SigningKey, in_order
from service.push.from_settings import keys_of
from service.watch import in_tables
from service.watch.keys_table import keys_table

keys = typer.Typer(no_args_is_help=True)


class Algorithm(StrEnum):
    """What the EHR's authorisation server must support, either of them."""

    ES384 = "ES384"
    RS384 = "RS384"


Alg = Annotated[Algorithm, typer.Option("--alg", help="How it signs.")]


@keys.command()
def new(alg: Alg = Algorithm.ES384) -> None:
    """Make the first key."""
    ours = keys_of(read_settings())
    _tell_made(ours.new(alg.value, datetime.now(UTC)), ours)


@keys.command()
def rotate(alg: Alg = Algorithm.ES384) -> None:
    """Make the next key, and publish it beside the present one until it signs."""
    ours = keys_of(read_settings())
    _tell_made(ours.rotate(alg.value, datetime.now(UTC)), ours)


@keys.command("list")
def list_(as_json: AsJson = False) -> None:
    """Each key, when it was made, and which one signs."""
    ours = keys_of(read_settings())
    found = ours.all()
    signs = ours.that_signs(datetime.now(UTC)) if found else None
    shown = in_order(found, signs)
    in_tables.show(shown, keys_table(shown), as_json=as_json)


def _tell_made(made: SigningKey, ours: Keys) -> None:
    signs = ours.that_signs(datetime.now(UTC))
    typer.echo(f"Key {made.kid} ({made.algorithm}) is in {ours.folder}, for its owner alone to read.")
    typer.echo(
        "`serve` publishes its public half at /.well-known/jwks.json: give the EHR's administrators that address."
    )
    if signs.kid != made.kid:
        typer.echo(
            f"Until it has been published long enough (JOINEDUP_KEYS_PUBLISHED_FOR), {signs.kid} goes on signing."
        )
