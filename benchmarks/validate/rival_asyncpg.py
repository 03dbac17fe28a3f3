"""B: a bare ASGI application, asyncpg's own pool without its reset query, one indexed query on the kept row.

Nothing is checked beyond what the answer needs. ``BENCH_SIGNED=1`` signs the answer; else it is only as long.
"""

import json
import os

import asyncpg

from benchmarks.validate.rival_answer import DSN, answer, credentials, filled, same_hash, signed

SQL = """
SELECT t.secret_hash, t.revoked_at, t.expires_at, l.ref AS licence, l.grants, l.used, l.installations,
       i.ref, i.parts, i.name, i.environment, i.removed_at
FROM licensing_licencetoken t
JOIN licensing_licence l ON l.contract_id = t.contract_id
JOIN catalogue_product p ON p.id = l.product_id
LEFT JOIN licensing_installation i ON i.licence_id = l.id AND i.ref = $2
WHERE t.public_id = $1 AND p.key = $3
"""
FINISH = signed if os.environ.get("BENCH_SIGNED") == "1" else filled
POOL_SIZE = int(os.environ.get("BENCH_POOL", "6"))
REFUSED = b'{"code":"invalid_token"}'


class Kept(asyncpg.Connection):
    """A connection that is given back as it is: nothing here leaves anything behind."""

    async def reset(self, *, timeout=None):
        return None


_pool = []


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message.get("more_body"):
            break
    header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    status, content = await check(header.decode("latin-1"), body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    return await send({"type": "http.response.body", "body": content})


async def check(header: str, body: bytes) -> tuple[int, bytes]:
    """Give status and answer."""
    who, asked = credentials(header), json.loads(body)
    if who is None:
        return 401, REFUSED
    async with _pool[0].acquire() as connection:
        row = await connection.fetchrow(SQL, who[0], asked["installation"], asked["product"])
    if row is None or row["revoked_at"] is not None or not same_hash(row["secret_hash"], who[1]):
        return 401, REFUSED
    place = {
        "ref": row["ref"],
        "name": row["name"],
        "environment": row["environment"],
        "parts": json.loads(row["parts"]),
    }
    used = json.loads(row["used"])
    return 200, FINISH(answer(asked, json.loads(row["grants"]), row["licence"], used, row["installations"], place))


async def lifespan(receive, send):
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _pool.append(await asyncpg.create_pool(DSN, min_size=POOL_SIZE, max_size=POOL_SIZE, connection_class=Kept))
            await send({"type": "lifespan.startup.complete"})
        else:
            await _pool[0].close()
            await send({"type": "lifespan.shutdown.complete"})
            return
