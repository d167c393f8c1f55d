"""A scheduler in a process of its own, on a database by its address, that tells what it does on stderr.

Its one job, every second, takes as long as it is told, so that a test can kill it in the middle: it puts a line into a file
when it begins, and another when it ends.
"""

import logging
import sys
import time
from datetime import timedelta
from pathlib import Path

from cm_engine.engine import Engine
from cm_engine.jobs import Job, Outcome
from cm_engine.process_log import write_process_log
from cm_engine.scheduler import Scheduler
from cm_engine.store.database import Database
from cm_engine.vault import Keys, Vault


def main(url: str, diary: str, seconds: str, lasts: str) -> None:
    write_process_log()
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    book = Path(diary)
    engine = Engine(Database(url), Vault(Keys.new()))

    def work(_: Engine) -> Outcome:
        write(f"{scheduler.holder} begins")
        time.sleep(float(seconds))
        write(f"{scheduler.holder} ends")
        return Outcome("done")

    def write(line: str) -> None:
        with book.open("a") as lines:
            lines.write(f"{line}\n")

    job = Job("each-second", "Write into the diary.", "*", "*", work, second="*")
    scheduler = Scheduler(engine, [job], lasts=timedelta(seconds=float(lasts)), beat=timedelta(seconds=0.1))
    scheduler.run()
    engine.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
