"""Each statement of each action fails once: nothing has happened then, and asked again it happens as if nothing had failed."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest

from cm_engine.actions.verify import verify
from cm_engine.engine import Engine
from cm_engine.store.database import NOBODY_KNOWS, NOTHING_CHANGED, StoreError
from tests.clinic import LoadedDice
from tests.databases import PostgresServer, migrate, sqlite_url
from tests.faults.busy_clinic import ACTIONS, BY_ITSELF, There, all_rows, fill, opened
from tests.faults.failing import Plan, failing
from tests.soak import IS_SOAK

# Hands out a fresh copy of the filled clinic.
Copies = Callable[[], AbstractContextManager[str]]


class Filled(NamedTuple):
    """Copies of a filled clinic, and what is there."""

    fresh: Copies
    there: There


class Done(NamedTuple):
    """How an action goes without a failure: all rows before and after, its answer, and in how many steps."""

    before: dict[str, list[Any]]
    answer: Any
    after: dict[str, list[Any]]
    steps: int


@pytest.fixture(scope="module")
def on_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    file = tmp_path_factory.mktemp("filled") / migrated_sqlite.name
    shutil.copyfile(migrated_sqlite, file)
    there = fill(f"sqlite:///{file}")

    @contextmanager
    def copy() -> Iterator[str]:
        with TemporaryDirectory() as folder:
            shutil.copy(file, folder)
            yield sqlite_url(Path(folder))

    return Filled(copy, there)


@pytest.fixture(scope="module")
def on_postgresql(postgres: PostgresServer) -> Filled:
    told: list[There] = []

    def make(url: str) -> None:
        migrate(url)
        told.append(fill(url))

    template = postgres.template("busy clinic", make)
    return Filled(lambda: postgres.fresh(template), told[0])


@contextmanager
def about_to_fail(filled: Filled) -> Iterator[tuple[Engine, Plan]]:
    with filled.fresh() as url, closing(opened(url)) as engine:
        plan = failing(engine.database)
        with engine.database.reading() as tx:
            engine.published(tx)  # there is a connection, and no start to fail in
        yield engine, plan


@pytest.mark.parametrize("action", ACTIONS)
def test_each_statement_fails_once_on_sqlite(on_sqlite: Filled, action: str) -> None:
    done = without_a_failure(on_sqlite, action)
    assert done.steps > 3
    each_step_fails(on_sqlite, action, done, done.steps)


@pytest.mark.parametrize("action", ACTIONS)
def test_each_statement_fails_once_on_postgresql(on_postgresql: Filled, on_sqlite: Filled, action: str) -> None:
    done = without_a_failure(on_sqlite, action)  # the same rows and answer as on SQLite, which is copied sooner
    steps = done.steps - 1  # the driver begins by itself
    if IS_SOAK:
        each_step_fails(on_postgresql, action, done, steps)
        return
    with about_to_fail(on_postgresql) as (engine, plan):
        for step in range(1, steps + 1):
            fails(engine, plan, on_postgresql.there, action, step, done, is_last=step == steps)
        fails(engine, plan, on_postgresql.there, action, steps, done, is_last=True, when_done=True)
        is_done_again(engine, on_postgresql.there, action, done, was_there=True)


@pytest.mark.parametrize("action", ACTIONS if IS_SOAK else ["record", "choose"])
def test_a_connection_that_is_cut_at_any_statement_goes_unnoticed(
    on_postgresql: Filled, on_sqlite: Filled, action: str
) -> None:
    done = without_a_failure(on_sqlite, action)
    steps = done.steps - 1
    for step, when_done in [*[(step, False) for step in range(1, steps + 1)], (steps, True)]:
        with about_to_fail(on_postgresql) as (engine, plan):
            plan.fail(step, when_done=when_done, cuts=True)
            is_done_again(engine, on_postgresql.there, action, done, was_there=when_done)
            assert plan.has_failed


def without_a_failure(filled: Filled, action: str) -> Done:
    with about_to_fail(filled) as (engine, plan):
        before = all_rows(engine)
        plan.fail(None)
        answer = ACTIONS[action](engine, filled.there)
        steps = plan.steps
        after = all_rows(engine)
        assert before != after
        assert verify(engine).faults == []
        return Done(before, answer, after, steps)


def each_step_fails(filled: Filled, action: str, done: Done, steps: int) -> None:
    for step in range(1, steps + 1):
        with about_to_fail(filled) as (engine, plan):
            fails(engine, plan, filled.there, action, step, done, is_last=step == steps)
            is_done_again(engine, filled.there, action, done, was_there=False)
    with about_to_fail(filled) as (engine, plan):
        fails(engine, plan, filled.there, action, steps, done, is_last=True, when_done=True)
        is_done_again(engine, filled.there, action, done, was_there=True)


def fails(
    engine: Engine,
    plan: Plan,
    there: There,
    action: str,
    step: int,
    done: Done,
    *,
    is_last: bool,
    when_done: bool = False,
) -> None:
    """Do it with a failure at a step: it says so, and all is as before; or as after, where only the answer was lost."""
    with engine.database.reading() as tx:
        engine.published(tx)
    engine.dice = LoadedDice("next")
    plan.fail(step, when_done=when_done)
    with pytest.raises(StoreError, match="disk I/O error: injected") as raised:
        ACTIONS[action](engine, there)
    assert str(raised.value).endswith(NOBODY_KNOWS if is_last else NOTHING_CHANGED)
    assert all_rows(engine) == (done.after if when_done else done.before), step


def is_done_again(engine: Engine, there: There, action: str, done: Done, *, was_there: bool) -> None:
    """Do it again: the answer and all rows are as if nothing had failed."""
    engine.dice = LoadedDice("next")
    answer = ACTIONS[action](engine, there)
    assert answer == done.answer or (was_there and action in BY_ITSELF)
    assert all_rows(engine) == done.after
