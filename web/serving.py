"""Serving: runs the application in the processes of a server that is fit for a clinic (gunicorn), on a socket that listens."""

import signal
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from cm_engine.installation import open_installation
from cm_engine.serving import Serving
from web.app import create_app
from web.options import Options

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 8

# How long, in seconds, requests under way have before a process that was told to end does.
GRACE = 20


def serve(serving: Serving) -> None:
    """Serve until the process is told to end; requests under way are answered first."""
    _Arbiter(_Rooms(serving)).run()


def application(serving: Serving) -> "WSGIApplication":
    """Open the engine, and put the application together on it."""
    settings = serving.installation.settings
    engine = open_installation(serving.installation)
    options = Options(
        secret=engine.vault.secret_for("sessions"),
        settings=settings,
        is_secure=bool(settings.tls_certificate or settings.tls_proxies),
        is_demo=serving.is_demo,
    )
    rooms = create_app(engine, options)
    return BehindProxies(rooms, frozenset(settings.tls_proxies)) if settings.tls_proxies else rooms


@dataclass
class BehindProxies:
    """Lets in what comes from the proxies that are named, and takes their word for who asks and over what."""

    rooms: "WSGIApplication"
    proxies: frozenset[str]
    told: "WSGIApplication" = field(init=False)

    def __post_init__(self) -> None:
        self.told = ProxyFix(self.rooms, x_for=1, x_proto=1, x_host=1)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if environ.get("REMOTE_ADDR") not in self.proxies:
            return Response("Come over the proxy.\n", 403)(environ, start_response)
        return self.told(environ, start_response)


class _Arbiter(Arbiter):
    """Ends by Ctrl-C as it does by SIGTERM: requests under way are answered first."""

    handle_int = Arbiter.handle_term


class _Rooms(BaseApplication):
    """The application as the server takes it: each of its processes opens an engine of its own."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        super().__init__()

    def load_config(self) -> None:
        """Tell the server what it is to do."""
        for name, value in _configuration(self._serving).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application, in the process that answers."""
        return application(self._serving)


def _configuration(serving: Serving) -> dict[str, Any]:
    settings = serving.installation.settings
    found: dict[str, Any] = {
        "bind": f"fd://{serving.listening.detach()}",
        "workers": settings.web_processes,
        "worker_class": "gthread",
        "threads": THREADS,
        "graceful_timeout": GRACE,
        "loglevel": "warning",
        "control_socket_disable": True,
        "forwarded_allow_ips": "",
        "when_ready": lambda _: serving.tell(),
        "post_worker_init": _leave_interrupts_to_the_first_process,
    }
    if settings.tls_certificate and settings.tls_key:
        found["certfile"] = str(settings.path(settings.tls_certificate))
        found["keyfile"] = str(settings.path(settings.tls_key))
    return found


def _leave_interrupts_to_the_first_process(_: object) -> None:
    """Do not end by Ctrl-C, which a terminal sends to all processes: the first one tells the others when to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
