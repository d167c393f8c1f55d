"""What `cm-engine import` does, as a script: read a file of events and take it in. Arguments: the database's address, the file."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from cm_engine.actions.requests import Request
from cm_engine.actions.take_in import Taking, take_in
from cm_engine.engine import open_engine
from cm_engine.events import ANALYTES
from cm_engine.exchange.events_file import read_events
from cm_engine.exchange.policy_file import load_policy
from cm_engine.vault import Keys, Vault

url, file = sys.argv[1:]
engine = open_engine(url, Vault(Keys.new()))
with engine.database.reading() as tx:
    program = next(iter(engine.published(tx).programs.values()))
people = read_events(Path(file), ZoneInfo(str(program.zone)), ANALYTES)
policies = (load_policy("va-prize"), load_policy("higgins-voucher"))
take_in(engine, Request("import", "system"), Taking(file, program.id, policies, allow_partial=True), people)
engine.close()
