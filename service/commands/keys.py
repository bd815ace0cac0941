"""`joinedup keys`: our keys towards the EHR, and those of the tokens that we issue. Nothing secret is shown."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from service.auth.our_tokens import issuer_keys_of
from service.commands.options import AsJson
from service.commands.running import read_settings
from service.keys import Keys, SigningKey, in_order
from service.push.from_settings import keys_of
from service.watch import in_tables
from service.watch.keys_table import keys_table

keys = typer.Typer(no_args_is_help=True)

_PUBLISHED = "`serve` publishes its public half at /.well-known/jwks.json: give the EHR's administrators that address."
_PUBLISHED_FOR_TOKENS = "`serve` publishes its public half at /oauth/jwks.json. Systems need not be told."


class Algorithm(StrEnum):
    """What the EHR's authorisation server must support, either of them."""

    ES384 = "ES384"
    RS384 = "RS384"


Alg = Annotated[Algorithm, typer.Option("--alg", help="How it signs.")]

OfTokens = Annotated[bool, typer.Option("--issuer", help="The keys of tokens that we issue, instead.")]


@keys.command()
def new(alg: Alg = Algorithm.ES384, issuer: OfTokens = False) -> None:
    """Make the first key."""
    ours = _keys(issuer)
    _tell_made(ours.new(alg.value, datetime.now(UTC)), ours, issuer)


@keys.command()
def rotate(alg: Alg = Algorithm.ES384, issuer: OfTokens = False) -> None:
    """Make the next key, and publish it beside the present one until it signs."""
    ours = _keys(issuer)
    _tell_made(ours.rotate(alg.value, datetime.now(UTC)), ours, issuer)


@keys.command("list")
def list_(as_json: AsJson = False, issuer: OfTokens = False) -> None:
    """Each key, when it was made, and which one signs."""
    ours = _keys(issuer)
    found = ours.all()
    signs = ours.that_signs(datetime.now(UTC)) if found else None
    shown = in_order(found, signs)
    in_tables.show(shown, keys_table(shown), as_json=as_json)


def _keys(issuer: bool) -> Keys:
    settings = read_settings()
    return issuer_keys_of(settings) if issuer else keys_of(settings)


def _tell_made(made: SigningKey, ours: Keys, issuer: bool) -> None:
    signs = ours.that_signs(datetime.now(UTC))
    typer.echo(f"Key {made.kid} ({made.algorithm}) is in {ours.folder}, for its owner alone to read.")
    typer.echo(_PUBLISHED_FOR_TOKENS if issuer else _PUBLISHED)
    if signs.kid != made.kid:
        typer.echo(
            f"Until it has been published long enough (JOINEDUP_KEYS_PUBLISHED_FOR), {signs.kid} goes on signing."
        )
