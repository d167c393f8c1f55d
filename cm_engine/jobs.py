"""Jobs: what is done without anybody asking, each when it is due. Each is safe to run twice, to miss, and to be killed in.

A job answers with a sentence for the log and for whoever looks after the engine: programs, days and numbers, nobody's data.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from cm_engine.actions.back_up import back_up, new_backup
from cm_engine.actions.close_out import close_out, days_to_close_out
from cm_engine.actions.plan import plan
from cm_engine.actions.requests import SYSTEM, Request
from cm_engine.actions.roll_up import roll_up
from cm_engine.actions.seal_day import days_to_seal, seal_day
from cm_engine.actions.verify import verify
from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.errors import CmError
from cm_engine.installation import Installation
from cm_engine.standing import RefusedError
from cm_engine.store.cabinet import shelf
from cm_engine.store.published import Running

# How many of a list a sentence names.
NAMED = 5


class Outcome(NamedTuple):
    """What came of a job, in a sentence; `failed` where somebody should look at it."""

    said: str
    failed: bool = False


@dataclass(frozen=True)
class Job:
    """Something done when it is due: at these hours, minutes and seconds at the site, as cron writes them."""

    name: str
    does: str
    hour: str
    minute: str
    run: Callable[[Engine], Outcome]
    second: str = "0"


def plan_weeks(engine: Engine) -> Outcome:
    """Plan the current and the next week of everybody in every program."""
    planned = [plan(engine, program.id) for program in _programs(engine)]
    weeks, visits = (sum(answer[what] for answer in planned) for what in ("weeks", "visits"))
    return Outcome(f"{_counted(weeks, 'week')} planned, with {_counted(visits, 'visit')}")


def close_out_days(engine: Engine) -> Outcome:
    """Close out the days of every program that can be; the others wait, each for its reason."""
    closed: list[int] = []
    waiting: list[str] = []
    failed: list[str] = []
    for program in _programs(engine):
        try:
            days, waits = days_to_close_out(engine, program.id)
        except CmError as error:  # the other programs' days are none the worse for it
            failed.append(f"{program.name}: {error}")
            continue
        for on in days:
            try:
                closed.append(_close_out(engine, program, on))
            except RefusedError as error:  # somebody marked the day meanwhile
                waiting.append(f"{program.name}: {error}")
            except CmError as error:  # nor are other days
                failed.append(f"{program.name} {on}: {error}")
        waiting += [f"{program.name} {on}: {why}" for on, why in waits.items()]
    said = f"{_counted(len(closed), 'day')} closed out, {sum(closed)} missed"
    said += f"; failed: {_listed(failed)}" if failed else ""
    said += f"; waiting: {_listed(waiting)}" if waiting else ""
    return Outcome(said, failed=bool(failed))


def _close_out(engine: Engine, program: Running, on: date) -> int:
    """Close a day out, and give how many visits were missed. A day that was reopened is closed out once more."""
    request = Request(f"close out {program.id} {on} at {written(engine.clock())}", SYSTEM)
    missed: int = close_out(engine, request, program.id, on)["missed"]
    return missed


def verify_books(engine: Engine) -> Outcome:
    """Check that the books are what the log says, and every chain holds."""
    found = verify(engine)
    looked_at = f"{found.counts.total():,} looked at"
    if found.is_clean:
        return Outcome(f"clean: {looked_at}")
    told = _listed([f"{fault.check}: {fault.what}" for fault in found.faults])
    return Outcome(f"{_counted(len(found.faults), 'fault')}, {looked_at}: {told}", failed=True)


def seal_days(engine: Engine) -> Outcome:
    """Keep the head over all chains at the end of each day (UTC) that is over and has none yet."""
    made: list[str] = []
    try:
        days = days_to_seal(engine)
    except RefusedError as error:
        return Outcome(f"no head yet: {error}")
    try:
        for on in days:
            sealed = seal_day(engine, on)
            made.append(f"head of {on} over {_counted(sealed['chains'], 'chain')}: {sealed['head']}")
    except RefusedError as error:
        return Outcome("; ".join([*made, f"no head: {error}"]), failed=True)
    return Outcome("; ".join(made) or "every day that is over has its head")


def tell_low_stock(engine: Engine) -> Outcome:
    """List the prizes of which more is to be bought."""
    low: list[str] = []
    with engine.database.reading() as tx:
        for program in engine.published(tx).programs.values():
            terms = program.on(engine.clock().astimezone(program.zone).date())
            for kept in shelf(tx, program, {prize.name: prize for prize in terms.prizes}):
                reorder_at = kept.prize.reorder_at
                if reorder_at is not None and kept.on_hand <= reorder_at:
                    low.append(f"{program.name}: {kept.prize.name} {kept.on_hand} left (reorder at {reorder_at})")
    return Outcome(f"{_counted(len(low), 'prize')} to reorder: {'; '.join(sorted(low))}" if low else "nothing is low")


def roll_up_sums(engine: Engine) -> Outcome:
    """Bring the sums for reports up to date."""
    made = roll_up(engine)
    return Outcome(f"summed up what is new of {_counted(made['people'], 'participant')}, as of {made['as_of']}")


def make_sums_anew(engine: Engine) -> Outcome:
    """Make all sums for reports anew, so that whatever went wrong with them is gone the day after."""
    made = roll_up(engine, anew=True)
    return Outcome(f"summed up {_counted(made['people'], 'participant')} anew, as of {made['as_of']}")


def backing_up(back_up: Callable[[Engine], str]) -> Job:
    """Give the job that backs up; `back_up` writes a backup, and says which and how large."""
    return Job("backup", "Back up everything.", "4", "30", lambda engine: Outcome(back_up(engine)))


def jobs_of(installation: Installation) -> tuple[Job, ...]:
    """Give all jobs: those that every engine has, and the backup into an installation's folder."""

    def write(engine: Engine) -> str:
        now = engine.clock()
        path = new_backup(installation.settings.backups_folder, now)
        done = back_up(engine.database, engine.vault, path, now)
        return f"{done.path.name}: {done.bytes:,} bytes"

    return (*JOBS, backing_up(write))


# In the order in which they run where several are due.
JOBS: tuple[Job, ...] = (
    Job("plan", "Plan everybody's current and next week.", "*", "5", plan_weeks),
    Job("close-out", "Close out the days whose grace period is over.", "*", "10", close_out_days),
    Job("head", "Keep the head over all chains of each day.", "*", "15", seal_days),
    Job("verify", "Check the books and every chain.", "3", "30", verify_books),
    Job("low-stock", "List the prizes to reorder.", "6", "0", tell_low_stock),
    Job("rollups", "Make the sums for reports.", "*", "20", roll_up_sums),
    Job("rollups-anew", "Make all sums for reports anew.", "2", "40", make_sums_anew),
)


def by_name(jobs: Iterable[Job]) -> Mapping[str, Job]:
    """Give jobs by their names."""
    return {job.name: job for job in jobs}


def _programs(engine: Engine) -> list[Running]:
    with engine.database.reading() as tx:
        return sorted(engine.published(tx).programs.values(), key=lambda program: program.id)


def _counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def _listed(told: list[str]) -> str:
    more = f"; and {len(told) - NAMED} more" if len(told) > NAMED else ""
    return "; ".join(told[:NAMED]) + more
