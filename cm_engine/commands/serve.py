"""`cm-engine serve`: the web application, by a server that is fit for a clinic."""

from pathlib import Path

import click

from cm_engine.commands.opening import opened
from cm_engine.commands.options import of_a_database

EXAMPLE = """\b
Examples:
  cm-engine serve
  cm-engine serve --port 8080
  cm-engine serve --host 0.0.0.0 --config clinic/config.toml"""


@click.command(epilog=EXAMPLE)
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="At which address to serve.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="At which port.")
@of_a_database
def serve(host: str, port: int, config: Path | None, database: str | None) -> None:
    """Serve the web application until it is told to end (SIGTERM, or Ctrl-C); requests under way are answered first.

    Beyond this machine it is served over TLS alone: set tls_certificate and tls_key in the configuration, or tls_proxies where a
    proxy speaks TLS with the browsers. The background jobs are another command: cm-engine scheduler.
    """
    from cm_engine.serving import Serving, address_of, listen, refuse_bad_certificate, refuse_exposed, web_server
    from cm_engine.store.demo_mark import demo_made_on

    run = web_server()
    with opened(config, database) as (engine, installation), engine.database.reading() as tx:
        is_demo = demo_made_on(tx) is not None
    refuse_exposed(host, installation.settings, is_demo=is_demo)
    refuse_bad_certificate(installation.settings)
    with listen(host, port) as listening:
        address = address_of(listening, installation.settings)
        run(Serving(installation, listening, is_demo, lambda: click.echo(f"serving at {address} (Ctrl-C ends it)")))
