"""The process log: lines that a program can read, and nothing in them that anybody typed."""

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from cm_engine.process_log import HIDDEN, Lines, blamed, tell
from cm_engine.store.database import StoreError
from tests.heard import Heard
from tests.installations import ROOT

ADA = "Ada Lovelace"


def test_a_line_tells_what_happened_and_leaves_out_what_is_not_known(heard: Heard) -> None:
    tell("request", route="/people/<participant>", status=200, error=None)
    [line] = heard.lines()
    assert line.pop("at").endswith("Z")
    assert line == {"event": "request", "route": "/people/<participant>", "status": 200}


def test_a_library_is_quoted_without_the_words_that_it_puts_in(heard: Heard) -> None:
    logging.getLogger("library").error("worker %d met %s", 7, ADA)
    [line] = heard.lines()
    assert (line["by"], line["level"], line["said"]) == ("library", "error", f"worker 7 met {HIDDEN}")


@pytest.mark.parametrize("said", [f"met {ADA}", ["met", ADA]])
def test_what_a_library_has_put_together_itself_is_told_by_its_place_alone(heard: Heard, said: object) -> None:
    logging.getLogger("library").warning(said)
    [line] = heard.lines()
    assert line["where"].startswith("test_process_log.py:")
    assert "said" not in line


def test_what_a_library_says_wrongly_is_no_error_of_ours() -> None:
    record = logging.LogRecord("library", logging.WARNING, "there.py", 1, "%d people", (ADA,), None)
    assert "said" not in json.loads(Lines().format(record))


def test_an_error_is_told_by_its_kind_and_its_way_and_never_by_its_words(heard: Heard) -> None:
    def fail() -> None:
        raise StoreError(ADA) from ValueError(ADA)

    with pytest.raises(StoreError) as caught:
        fail()
    found = blamed(caught.value)
    logging.getLogger("library").error("oh", exc_info=caught.value)
    assert (found["error"], found["cause"]) == ("StoreError", "ValueError")
    assert len(heard.lines()[0]["through"]) == 2
    assert ADA not in heard.getvalue() + str(found)


def test_of_a_long_way_the_end_is_told() -> None:
    def down(levels: int) -> None:
        if levels == 0:
            raise RuntimeError(ADA)
        down(levels - 1)

    with pytest.raises(RuntimeError) as caught:
        down(50)
    through: Any = blamed(caught.value)["through"]
    assert len(through) == 12
    assert through[-1] == f"test_process_log.py:{down.__code__.co_firstlineno + 2}"


UNCAUGHT = """
import threading
from cm_engine.process_log import write_process_log

class Unruly:
    def __del__(self):
        raise ValueError("Ada Lovelace")

def fail():
    raise RuntimeError("Ada Lovelace")

write_process_log()
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Unruly()
fail()
"""


def test_what_nobody_caught_is_told_without_its_words_wherever_it_came_up() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", UNCAUGHT], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}
    )
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [(line["event"], line["error"]) for line in lines] == [
        ("uncaught", "RuntimeError"),
        ("uncaught", "ValueError"),
        ("uncaught", "RuntimeError"),
    ]
    assert (ended.returncode, ADA in ended.stderr) == (1, False)
