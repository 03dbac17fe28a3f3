"""A: the server alone, with a constant answer of the usual size. It asks no database and knows nobody."""

import os

LENGTH = int(os.environ.get("BENCH_BYTES", "2600"))
BODY = b'{"valid":true,"signed":"' + b"A" * (LENGTH - 26) + b'"}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def application(environ, start_response):
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", HEADERS)
    return [BODY]
