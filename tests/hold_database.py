"""Holds the embedded database of a folder until stdin ends: `python -m tests.hold_database FOLDER`."""

import sys
from pathlib import Path

from service.embedded_postgres import embedded_postgres


def main() -> None:
    with embedded_postgres(Path(sys.argv[1])) as (url, _):
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
