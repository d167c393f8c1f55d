"""Names: people are found by the words of their name, and by how these begin, at their site.

What is kept is no name but digests, which nobody can make without the index key, and which are other ones at each site. Each
word is kept whole and by its beginnings of three letters and more; letters count the same large or small, with or without accents.
"""

from unicodedata import combining, normalize

from sqlalchemy import Text, bindparam, delete, exists, insert, select

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import name_index, participants, people
from cm_engine.vault import Vault

SHORTEST = 3
LONGEST = 12
MOST_WORDS = 8

SITE = Statement(select(participants.c.site_id).where(participants.c.id == bindparam("of")))
KEEP = Statement(insert(name_index))
REMOVE = Statement(delete(name_index).where(name_index.c.participant_id == bindparam("of", type_=Text)))
UNINDEXED = Statement(
    select(people.c.participant_id).where(~exists().where(name_index.c.participant_id == people.c.participant_id))
)


def words_of(name: str) -> list[str]:
    """Give the words of a name as they are compared: small letters and digits, no accents."""
    plain = "".join(sign for sign in normalize("NFKD", name.casefold()) if not combining(sign))
    return "".join(sign if sign.isalnum() else " " for sign in plain).split()[:MOST_WORDS]


def keep_name(tx: Transaction, vault: Vault, participant: str, name: str) -> None:
    """Let somebody be found by a name, and by no earlier one."""
    remove_name(tx, participant)
    row = tx.row(SITE, {"of": participant})
    site = row[0] if row else ""
    parts = {part for word in words_of(name) for part in _beginnings(word)}
    tx.run_many(KEEP, [(site, digest, participant) for digest in sorted(_digest(vault, site, part) for part in parts)])


def remove_name(tx: Transaction, participant: str) -> None:
    """Let nobody find somebody by name any more."""
    tx.run(REMOVE, {"of": participant})


def found_by_name(tx: Transaction, vault: Vault, site: str, name: str, most: int) -> list[str]:
    """Give at most so many participants of a site whose name has every word that was typed, or words that begin so."""
    words = words_of(name)
    if not words:
        return []
    query = select(participants.c.id).where(participants.c.site_id == site)
    for word in words:
        under = (name_index.c.site_id == site) & (name_index.c.word == _digest(vault, site, word[:LONGEST]))
        query = query.where(participants.c.id.in_(select(name_index.c.participant_id).where(under)))
    return [found for (found,) in tx.ask(query.order_by(participants.c.id).limit(most))]


def nobodys_index(tx: Transaction) -> list[str]:
    """Give the participants who have a name and are not found by it: those whom an older version of the engine kept."""
    return [participant for (participant,) in tx.rows(UNINDEXED)]


def _beginnings(word: str) -> list[str]:
    """Give the texts that a word is found by: its beginnings, and a short word as it is."""
    return [word[:length] for length in range(SHORTEST, min(len(word), LONGEST) + 1)] or [word]


def _digest(vault: Vault, site: str, part: str) -> bytes:
    return vault.index(f"name {site} {part}")
