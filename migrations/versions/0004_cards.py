"""Make the cards that participants carry, what waits to be handed over, who handed over alone, and pictures of prizes."""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("cards", "reservations", "lone_handovers", "pictures")

CHOSEN = "SELECT key, chain, recorded_at, body FROM log WHERE fact = 'prize-chosen'"
DONE = "SELECT body FROM log WHERE fact IN ('prize-handed-over', 'redemption-cancelled')"


def upgrade() -> None:
    """Make the tables, and list what waits to be handed over by the log."""
    _make_cards()
    _make_reservations()
    _make_lone_handovers()
    _make_pictures()
    _list_what_waits()


def downgrade() -> None:
    """Remove the tables, and all that is in them; their triggers go with them."""
    for name in reversed(TABLES):
        op.drop_table(name)


def _make_cards() -> None:
    op.create_table(
        "cards",
        _text("id"),
        _text("participant_id"),
        sa.Column("found_by", sa.LargeBinary, nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        _text("issued_at"),
        _text("issued_by"),
        _text("ended_at", nullable=True),
        _text("ended_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("found_by", name=op.f("uq_cards_found_by")),
        _refers("cards", "participant_id", "participants"),
    )
    op.create_index("ix_cards_participant_id", "cards", ["participant_id"])


def _make_reservations() -> None:
    op.create_table(
        "reservations",
        _text("redemption_id"),
        _text("program_id"),
        _text("participant_id"),
        _text("prize_id"),
        _text("chosen_at"),
        sa.PrimaryKeyConstraint("redemption_id", name=op.f("pk_reservations")),
        *_whose("reservations"),
    )
    op.create_index("ix_reservations_program_id_chosen_at", "reservations", ["program_id", "chosen_at"])
    op.create_index("ix_reservations_participant_id", "reservations", ["participant_id"])


def _make_lone_handovers() -> None:
    op.create_table(
        "lone_handovers",
        _text("redemption_id"),
        _text("program_id"),
        _text("participant_id"),
        _text("prize_id"),
        _text("on_day"),
        _text("actor"),
        _text("made_at"),
        sa.PrimaryKeyConstraint("redemption_id", name=op.f("pk_lone_handovers")),
        *_whose("lone_handovers"),
    )
    op.create_index("ix_lone_handovers_program_id_on_day", "lone_handovers", ["program_id", "on_day"])
    for statement in _guards("lone_handovers", op.get_bind().dialect.name):
        op.execute(statement)


def _make_pictures() -> None:
    op.create_table(
        "pictures",
        _text("prize_id"),
        _text("id"),
        _text("media_type"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("prize_id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("id", name=op.f("uq_pictures_id")),
        _refers("pictures", "prize_id", "prizes"),
    )


def _list_what_waits() -> None:
    ask = op.get_bind().exec_driver_sql
    done = {json.loads(body)["redemption"] for (body,) in ask(DONE)}
    programs = dict(map(tuple, ask("SELECT id, program_id FROM prizes")))
    waiting = [
        {
            "redemption_id": redemption,
            "program_id": programs[prize],
            "participant_id": participant,
            "prize_id": prize,
            "chosen_at": chosen_at,
        }
        for redemption, participant, chosen_at, body in ask(CHOSEN)
        if redemption not in done and (prize := json.loads(body)["prize"])
    ]
    if waiting:
        op.bulk_insert(sa.table("reservations", *map(sa.column, waiting[0])), waiting)


def _guards(table: str, kind: str) -> Iterator[str]:
    if kind == "postgresql":
        for action in ("update", "delete", "truncate"):
            on = f"{table}_no_{action} BEFORE {action} ON {table}"
            yield f"CREATE TRIGGER {on} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        return
    for action in ("update", "delete"):
        yield (
            f"CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table} BEGIN "
            f"SELECT RAISE(ABORT, '{table} is append-only: what is written there is never changed or deleted'); END"
        )


def _whose(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        _refers(table, "program_id", "programs"),
        _refers(table, "participant_id", "participants"),
        _refers(table, "prize_id", "prizes"),
    ]


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
