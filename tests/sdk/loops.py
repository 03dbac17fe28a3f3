"""Run a coroutine on a loop of its own, whatever runs in this thread: a browser of other tests leaves its loop there."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


def run(coroutine):
    """Give what the coroutine gives."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
