"""Serving: runs the application in the processes of a server that is fit for a clinic (gunicorn), on a socket that listens.

Told to end, it says so at /readyz first, goes on for as long as the settings say, then takes no more requests, answers those under way,
and ends.
"""

import signal
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from mmap import mmap
from time import monotonic
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from cm_engine.installation import open_again
from cm_engine.process_log import write_process_log
from cm_engine.serving import Serving
from web.app import create_app
from web.options import Options
from web.request_log import QuietLog, RequestLog

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 8

# Where this process tells how it is.
HEALTH = frozenset({"/healthz", "/readyz"})

# How long, in seconds, somebody may send nothing in the middle of a request.
SILENCE = 5

# How long, in seconds, requests under way have before a process that was told to end does.
GRACE = 20


def serve(serving: Serving) -> None:
    """Serve until the process is told to end; requests under way are answered first."""
    write_process_log()
    _Arbiter(_Rooms(serving)).run()


class Leaving:
    """Whether a server was told to end: said once, and known to all of its processes, which are forked off one."""

    def __init__(self) -> None:
        self._said = mmap(-1, 1)

    def say(self) -> None:
        """Say that it was."""
        self._said[0] = 1

    def is_said(self) -> bool:
        """Tell whether it was."""
        return self._said[0] == 1


def application(serving: Serving, leaving: Leaving) -> "WSGIApplication":
    """Open the engine, and put the application together on it."""
    settings = serving.installation.settings
    engine = open_again(serving.installation)
    options = Options(
        secret=engine.vault.secret_for("sessions"),
        settings=settings,
        is_secure=bool(settings.tls_certificate or settings.tls_proxies),
        is_demo=serving.is_demo,
        idle=timedelta(minutes=settings.idle_minutes),
        longest=timedelta(hours=settings.session_hours),
        is_leaving=leaving.is_said,
    )
    rooms = create_app(engine, options)
    return NotForever(BehindProxies(rooms, frozenset(settings.tls_proxies)) if settings.tls_proxies else rooms)


@dataclass
class NotForever:
    """Gives up on whoever falls silent in the middle of a request: a few who do would hold up everybody else."""

    rooms: "WSGIApplication"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request that goes on coming; the answer may take as long as the line needs."""
        line = environ["gunicorn.socket"]
        line.settimeout(SILENCE)

        def start(*answer: Any) -> Any:
            line.settimeout(None)
            return start_response(*answer)

        return self.rooms(environ, start)


@dataclass
class BehindProxies:
    """Lets in what comes from the proxies that are named, and takes their word for who asks and over what.

    How this process is, anybody may ask: whoever looks after it, or spreads requests over several, does so past the proxies.
    """

    rooms: "WSGIApplication"
    proxies: frozenset[str]
    told: "WSGIApplication" = field(init=False)

    def __post_init__(self) -> None:
        self.told = ProxyFix(self.rooms, x_for=1, x_proto=1, x_host=1)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if environ.get("REMOTE_ADDR") in self.proxies:
            return self.told(environ, start_response)
        if environ.get("PATH_INFO") in HEALTH:
            return self.rooms(environ, start_response)
        return Response("Come over the proxy.\n", 403)(environ, start_response)


class _Arbiter(Arbiter):
    """Ends by Ctrl-C as it does by SIGTERM: says so, goes on for a while, and answers requests under way before the end."""

    app: "_Rooms"

    def handle_term(self) -> None:
        """Let everybody know, and end."""
        self.app.leaving.say()
        self._go_on_for(self.app.serving.installation.settings.drain_seconds)
        super().handle_term()

    handle_int = handle_term

    def _go_on_for(self, seconds: float) -> None:
        """Wait, but for somebody who asks again."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if {signal.SIGTERM, signal.SIGINT} & set(self.wait_for_signals(timeout=left)):
                return


class _Rooms(BaseApplication):
    """The application as the server takes it: each of its processes opens an engine of its own."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self.leaving = Leaving()
        super().__init__()

    def load_config(self) -> None:
        """Tell the server what it is to do."""
        for name, value in _configuration(self.serving).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application, in the process that answers."""
        return application(self.serving, self.leaving)


def _configuration(serving: Serving) -> dict[str, Any]:
    settings = serving.installation.settings
    found: dict[str, Any] = {
        "bind": f"fd://{serving.listening.detach()}",
        "workers": settings.web_processes,
        "worker_class": "gthread",
        "threads": THREADS,
        "graceful_timeout": GRACE,
        "logger_class": QuietLog if serving.is_demo else RequestLog,
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
