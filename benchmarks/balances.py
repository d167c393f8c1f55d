"""Print all balances, rebuilt by folding every fact of the log. Argument: the database's address."""

import sys
from collections import defaultdict

from sqlalchemy import select

from cm_engine.engine import open_engine
from cm_engine.rest import collector_off
from cm_engine.standing import Standing
from cm_engine.store.codec import read_fact
from cm_engine.store.database import Statement
from cm_engine.store.tables import log, programs
from cm_engine.vault import Keys, Vault

FACTS = Statement(select(log.c.chain, log.c.fact, log.c.key, log.c.body).order_by(log.c.chain, log.c.seq))
PROGRAMS = Statement(select(programs.c.id))

engine = open_engine(sys.argv[1], Vault(Keys.new()))
balances: defaultdict[tuple[str, str], int] = defaultdict(int)
standings: dict[str, Standing] = {}
with engine.database.reading() as tx, collector_off():
    rulebook = engine.published(tx).rulebook
    of_programs = {name for (name,) in tx.rows(PROGRAMS)}
    for chain, word, key, body in tx.stream(FACTS):
        if chain in of_programs:
            continue
        if chain not in standings:
            standings[chain] = Standing(chain, rulebook)
        for entry in standings[chain].take(read_fact(word, key, body)).entries:  # type: ignore[arg-type] # a participant's
            balances[entry.debit, entry.unit] -= entry.amount
            balances[entry.credit, entry.unit] += entry.amount
for (account, unit), balance in sorted(balances.items()):
    if balance:
        print(f"{balance} {unit}  {account}")
