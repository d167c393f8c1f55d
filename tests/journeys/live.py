"""The application, served to a browser in a test: in a thread of it, on a free port, on its own engine and clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

HERE = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Answers without writing a line about it."""

    def log(self, *_: object) -> None:
        pass


@contextmanager
def live(app: Flask) -> Iterator[str]:
    """Serve an application, and give its address."""
    server = make_server(HERE, 0, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HERE}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
