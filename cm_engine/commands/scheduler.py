"""`cm-engine scheduler`: the background jobs, in a process of their own."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cm_engine.commands.opening import opened
from cm_engine.commands.options import of_a_database
from cm_engine.errors import nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cm_engine.engine import Engine
    from cm_engine.jobs import Job

FAILED = 1

EXAMPLE = """\b
Examples:
  cm-engine scheduler
  cm-engine scheduler --once close-out"""


@click.command(epilog=EXAMPLE)
@click.option("--once", metavar="JOB", help="Run one job now, and end. A name that there is not lists them.")
@of_a_database
def scheduler(once: str | None, config: Path | None, database: str | None) -> int:
    """Run each job when it is due, until it is told to end: plan weeks, close days out, verify, back up, and the like.

    Start one on each machine if you like: only one works at a time, and another takes over where it is gone. What they do is
    written to stderr, a line of JSON each, without patient data. Exits 1 where the job of --once failed.
    """
    import logging

    from cm_engine.jobs import jobs_of
    from cm_engine.process_log import write_process_log
    from cm_engine.scheduler import Scheduler

    with opened(config, database) as (engine, installation):
        jobs = jobs_of(installation)
        if once is not None:
            return _run_once(engine, _named(once, jobs))
        write_process_log()
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what goes wrong there is told by us
        Scheduler(engine, jobs).run()
    return 0


def _named(name: str, jobs: "Sequence[Job]") -> "Job":
    from cm_engine.jobs import by_name

    known = by_name(jobs)
    if name not in known:
        listed = "\n".join(f"  {job.name:<10} {job.does}" for job in jobs)
        raise click.UsageError(f"there is no job {quoted(name)}{nearest(name, list(known))}\nThe jobs are:\n{listed}")
    return known[name]


def _run_once(engine: "Engine", job: "Job") -> int:
    from cm_engine.scheduler import run_job

    run = run_job(engine, job, engine.clock())
    click.echo(f"{job.name}: {run.outcome}", err=run.failed)
    return FAILED if run.failed else 0
