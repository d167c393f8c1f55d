"""Print what a program's history would have paid under a draft. Arguments: the database's address, the draft's file."""

import json
import sys

from cm_engine.actions.what_if import Wanted, what_if
from cm_engine.engine import open_engine
from cm_engine.exchange.policy_file import load_policy
from cm_engine.vault import Keys, Vault

engine = open_engine(sys.argv[1], Vault(Keys.new()))
with engine.database.reading() as tx:
    [program] = engine.published(tx).programs
draft = load_policy(sys.argv[2])
print(json.dumps(what_if(engine, Wanted(program, {draft.name: draft})), default=str))
engine.close()
