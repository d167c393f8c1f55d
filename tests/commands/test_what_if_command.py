"""`cm-engine what-if`: what a program's own history would have paid under a draft."""

from cm_engine.catalogue import preset_text
from tests.installations import Installed


def draft(installed: Installed) -> None:
    installed.filled().write("flat.toml", preset_text("va-prize").replace("step  = 1", "step  = 0"))


def test_it_says_what_was_paid_and_what_would_have_been(installed: Installed) -> None:
    draft(installed)
    said = [line.split() for line in installed.well("what-if", "--policy", "flat.toml").out.splitlines()]
    assert ["va-prize", "draws", "3", "2", "-1"] in said
    assert ["2026-01", "draws", "3", "2", "-1"] in said
    assert ["small", "1.3", "0.8", "0"] in said
    assert said[-1][:6] == ["0", "would", "have", "got", "more,", "1"]


def test_a_program_reads_it_as_json(installed: Installed) -> None:
    draft(installed)
    told = installed.told("what-if", "--policy", "flat.toml", "--from", "2026-01-07")
    assert told["from_day"] == "2026-01-07"
    assert told["losers"][0]["steps"][0]["after"]["amount"] == "1"


def test_what_is_wrong_is_said(installed: Installed) -> None:
    installed.filled()
    for arguments, what in (
        (["--policy", "iop-attendance"], "has no policy"),
        (["--policy", "nowhere.toml"], "neither a preset nor a file"),
        (["--policy", "va-prize", "--program", "pizza"], "there is no program"),
    ):
        ended = installed.run("what-if", *arguments)
        assert ended.code == 2
        assert what in ended.err
