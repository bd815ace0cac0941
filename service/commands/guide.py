"""`joinedup guide`: the implementation guide as one FHIR package, with the trust's own base URL."""

from pathlib import Path
from typing import Annotated

import typer

from service.commands.running import read_settings
from service.errors import CannotStart
from service.r4.guide import read_guide
from service.settings import shipped_folder

File = Annotated[Path, typer.Argument(help="The file to write: guide.tgz")]


def guide_(file: File) -> None:
    """Write the profiles, lists and examples as a FHIR package, for those who integrate the EHR."""
    base = read_settings().fhir_base
    guide = read_guide(shipped_folder("fhir_profiles"), shipped_folder("samples"), base)
    try:
        file.write_bytes(guide.packed())
    except OSError as fault:
        raise CannotStart(
            f"{file} cannot be written ({fault.strerror}). Name a file in a folder that is there."
        ) from None
    made = f"{len(guide.definitions)} definitions and {len(guide.examples)} examples"
    typer.echo(f"{file} is {guide.manifest['name']} {guide.manifest['version']}: {made}, with the base {base}.")
