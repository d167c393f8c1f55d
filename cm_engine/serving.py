"""Serving: at which address the web application may be served, and by what; before anything listens there.

Beyond this machine it is served over TLS alone: by a certificate of its own, or behind a proxy that speaks TLS. A demo is
served on this machine alone, and by no settings of a real clinic.
"""

import errno
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from ipaddress import ip_address
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import cast

from cm_engine.errors import CmError, quoted
from cm_engine.installation import Installation
from cm_engine.settings import Settings

# Under this name a package says by what the web application is served: a function like `Serve`.
GROUP, NAME = "cm_engine.web", "serve"

BACKLOG = 128


class ServingError(CmError):
    """What cannot be served, or not there."""


@dataclass(frozen=True)
class Serving:
    """What is served: an installation, on a socket that listens already; whether it is a demo. `tell` is called once it is served."""

    installation: Installation
    listening: socket.socket
    is_demo: bool
    tell: Callable[[], None]


# Serves until the process is told to end (SIGTERM, SIGINT); requests under way are answered first.
Serve = Callable[[Serving], None]


def web_server() -> Serve:
    """Give what serves the web application. Raises ServingError where it is not installed."""
    found = entry_points(group=GROUP, name=NAME)
    if not found:
        raise ServingError("the web application is not installed; run make install, or pip install cm-engine")
    return cast("Serve", next(iter(found)).load())


def refuse_exposed(host: str, settings: Settings, *, is_demo: bool) -> None:
    """Raise ServingError where what is served at an address would be open to others who should not read it."""
    if is_demo:
        _refuse_for_demo(host, settings)
    elif not (settings.tls_certificate or settings.tls_proxies or is_loopback(host)):
        raise ServingError(
            f"{quoted(host)} can be reached from other machines, and nothing would be encrypted on the way: set tls_certificate and "
            "tls_key in the configuration, or tls_proxies where a proxy speaks TLS; or serve on this machine alone: --host 127.0.0.1"
        )


def _refuse_for_demo(host: str, settings: Settings) -> None:
    if not is_loopback(host):
        raise ServingError(
            f"this is a demo database, whose passwords everybody knows: it is served on this machine alone, not at {quoted(host)}; "
            "make a database of your own with cm-engine init"
        )
    if settings.tls_certificate or settings.tls_proxies:
        raise ServingError(
            "this is a demo database, whose passwords everybody knows, and the configuration is that of a clinic (it names "
            "tls_certificate or tls_proxies): name the clinic's database, or leave out --config"
        )


def refuse_bad_certificate(settings: Settings) -> None:
    """Raise ServingError where the files of the certificate and its key are not there, or do not belong together."""
    if not (settings.tls_certificate and settings.tls_key):
        return
    certificate, key = settings.path(settings.tls_certificate), settings.path(settings.tls_key)
    try:
        SSLContext(PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:
        raise ServingError(
            f"tls_certificate ({certificate}) and tls_key ({key}) cannot be used: {error.strerror or error}; name a certificate in "
            "PEM, with those above it, and the key that belongs to it, both readable for this user"
        ) from error


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine alone. Raises ServingError for a name that nobody knows."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host or None, None, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise ServingError(
            f"there is no address {quoted(host)} ({error.strerror}); write one like 127.0.0.1"
        ) from error
    return bool(host) and all(ip_address(address.partition("%")[0]).is_loopback for address in found)


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address. Raises ServingError, with what to do, where something else does, or nobody may."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ServingError(_why_not(host, port, error)) from error
    return listening


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is in use: either this runs already, then open http://{host}:{port}, or another program does; "
            f"end that one, or name another port: --port {port + 1}"
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"this user may not serve at port {port}; name one from 1024 on, such as --port 8000"
    return f"cannot serve at {quoted(host)}, port {port}: {os.strerror(error.errno or 0)}; name another with --host and --port"


def address_of(listening: socket.socket, settings: Settings) -> str:
    """Give the address that a browser on this machine opens."""
    host, port = listening.getsockname()[:2]
    scheme = "https" if settings.tls_certificate else "http"
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - names of "all"
    return f"{scheme}://{named}:{port}"
