"""The limit of delivering: posts recorded bundles over httpx-aiohttp, and does nothing else.

    python -m bench.bare_client EHR IN_FLIGHT FILE

FILE as `stub_ehr.py` kept it. Writes the bundles a second.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import httpx
import uvloop
from httpx_aiohttp import HttpxAiohttpClient

POSTS = 4_000


async def _post_all(ehr: str, in_flight: int, bundles: list[bytes]) -> float:
    waiting = islice(cycle(bundles), POSTS)
    async with HttpxAiohttpClient(timeout=30, trust_env=False) as client:
        await _post(client, ehr, bundles[0])
        began = time.perf_counter()
        await asyncio.gather(*(_one_after_another(client, ehr, waiting) for _ in range(in_flight)))
        return POSTS / (time.perf_counter() - began)


async def _one_after_another(client: httpx.AsyncClient, ehr: str, waiting: Iterator[bytes]) -> None:
    for bundle in waiting:
        await _post(client, ehr, bundle)


async def _post(client: httpx.AsyncClient, ehr: str, bundle: bytes) -> None:
    answer = await client.post(ehr, content=bundle, headers={"Content-Type": "application/fhir+json"})
    answer.raise_for_status()


def main() -> None:
    ehr, in_flight, requests = sys.argv[1:]
    kept = (line.split(b" ", 1) for line in Path(requests).read_bytes().splitlines())
    bundles = [body for path, body in kept if not path.endswith(b"_search")]
    sys.stdout.write(json.dumps(uvloop.run(_post_all(ehr, int(in_flight), bundles))))


if __name__ == "__main__":
    main()
