"""Program files: what they say, and their mistakes, each by line and key with what would be right, all of them at once."""

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from cm_engine.caps import Cap
from cm_engine.errors import InputError, Mistake
from cm_engine.exchange.policy_file import load_policy, policy_text
from cm_engine.exchange.program_file import load_program, parse_program, policies_of, program_text
from cm_engine.prizes import Prize, Trade
from cm_engine.program import CloseOut, Goal, Payer, Program, Screening, Session, Timetable
from cm_engine.weekly import Weeks
from tests.files import write

# The interface's sample.
SAMPLE = """
name     = "riverside-iop"
title    = "Riverside intensive outpatient"
site     = "riverside"
timezone = "America/Los_Angeles"
weeks    = 12
policies = ["va-prize", "iop-attendance", "treatment-goals"]

[[timetable]]                    # expected attendance in these program weeks
weeks    = "1-5"
sessions = [ {day = "mon", at = "10:00", hours = 2, session = "early-recovery-group"} ]

[testing]                        # expected tests: fixed days, or so many a week on random days with a least gap
panel    = ["amphetamine", "methamphetamine", "cocaine", "opioid", "fentanyl"]
per_week = 2
least_gap_days = 2               # or: days = ["mon", "thu"]

[close_out]                      # what nobody recorded becomes "missed" after this, once staff have confirmed the day's list
grace_hours = 24

[[payers]]                       # whose money; the tightest cap of all wins
name   = "State Medicaid"
budget = "60000.00"              # a year
caps   = [ {amount = "599.00", per = "calendar-year"} ]

[[goals]]                        # activities of the treatment plan that may be rewarded
session = "housing-plan"
title   = "Make a housing plan"

[[prizes]]
name = "Coffee card"
size = "small"                   # the bowl's labels; or points = 20
class = "limited-use-card"       # or "cash-equivalent", "in-kind"
value = "1.00"
stock = 60
reorder_at = 15
"""

HEAD = """name = "here"
title = "Here"
site = "here"
timezone = "Europe/Berlin"
policies = ["va-prize", "treatment-goals"]
weeks = 12
"""

# Every key that the interface leaves free, and what it gives otherwise.
FURTHER = """
[[timetable]]
weeks = "6-"
[[timetable.sessions]]
day = "sun"
session = "mutual-support-group"
kind = "activity"
[[timetable.sessions]]
day = "tue"
at = "9:05"
hours = 1.5
session = "family-therapy"
[testing]
per_week = 2
least_gap_days = 3
among = ["mon", "tue", "wed", "thu", "fri"]
[close_out]
confirm = false
[[prizes]]
name = "Lunch"
points = 20
class = "in-kind"
value = 5
[[prizes]]
name = "Voucher"
class = "cash-equivalent"
value = "5.00"
[[trades]]
give = "small"
count = 5
get = "large"
"""


def mistakes_of(text: str, folder: Path = Path()) -> Sequence[Mistake]:
    """Read a text that is no program, and give its mistakes."""
    with pytest.raises(InputError) as told:
        parse_program("here.toml", text, folder)
    return told.value.mistakes


def test_the_interfaces_sample_says_what_it_says() -> None:
    assert parse_program("sample", SAMPLE) == Program(
        name="riverside-iop",
        title="Riverside intensive outpatient",
        site="riverside",
        timezone="America/Los_Angeles",
        weeks=12,
        policies=("va-prize", "iop-attendance", "treatment-goals"),
        timetable=(
            Timetable(
                weeks=Weeks(1, 5),
                sessions=(Session(day="mon", at=time(10), hours=Decimal(2), session="early-recovery-group"),),
            ),
        ),
        testing=Screening(
            panel=("amphetamine", "methamphetamine", "cocaine", "opioid", "fentanyl"), per_week=2, least_gap_days=2
        ),
        close_out=CloseOut(grace_hours=24, confirm=True),
        payers=(Payer(name="State Medicaid", budget=60_000_00, caps=(Cap(amount=599_00, per="calendar-year"),)),),
        goals=(Goal(session="housing-plan", title="Make a housing plan"),),
        prizes=(
            Prize(name="Coffee card", size="small", class_="limited-use-card", value=1_00, stock=60, reorder_at=15),
        ),
    )


def test_what_the_interface_leaves_free_may_be_said_too() -> None:
    program = parse_program("here.toml", HEAD + FURTHER)
    [timetable] = program.timetable
    assert timetable.weeks == Weeks(6, None)
    assert timetable.sessions == (
        Session(day="sun", session="mutual-support-group", kind="activity"),
        Session(day="tue", at=time(9, 5), hours=Decimal("1.5"), session="family-therapy"),
    )
    assert program.testing == Screening(per_week=2, least_gap_days=3, among=("mon", "tue", "wed", "thu", "fri"))
    assert program.close_out == CloseOut(grace_hours=24, confirm=False)
    assert [(prize.size, prize.points, prize.value) for prize in program.prizes] == [
        (None, 20, 5_00),
        (None, None, 5_00),
    ]
    assert program.trades == (Trade(give="small", count=5, get="large"),)


def test_a_program_needs_no_more_than_its_head() -> None:
    program = parse_program("here.toml", HEAD.replace("weeks = 12\n", ""))
    assert (program.weeks, program.timetable, program.testing, program.close_out) == (None, (), Screening(), CloseOut())


@pytest.mark.parametrize("text", [SAMPLE, HEAD, HEAD + FURTHER])
def test_a_program_is_written_as_a_file_that_loads_back_to_it(text: str) -> None:
    program = parse_program("here.toml", text)
    assert parse_program("again", program_text(program)) == program


@pytest.mark.parametrize("key", ["name", "title", "site", "timezone"])
def test_a_key_that_is_needed_is_asked_for(key: str) -> None:
    without = "".join(line + "\n" for line in HEAD.splitlines() if not line.startswith(key))
    [mistake] = mistakes_of(without)
    assert (mistake.line, mistake.where) == (0, key)
    assert "missing" in mistake.what


def session(inside: str) -> str:
    return f'[[timetable]]\nweeks = "1-5"\nsessions = [{{{inside}}}]\n'


def prize(inside: str, name: str = "Coffee card") -> str:
    return f'[[prizes]]\nname = "{name}"\nclass = "in-kind"\nvalue = "1.00"\n{inside}\n'


GROUP = '{day = "mon", at = "10:00", session = "group"}'

MISTAKES = [
    ('goal = "x"\n', [(7, "goal")], ["unknown key", '"goals"']),
    ('[[timetable]]\nweeks = "5-1"\nsessions = []\n', [(8, "timetable[1].weeks"), (9, "timetable[1].sessions")], []),
    ('[[timetable]]\nweeks = "0-2"\nsessions = [' + GROUP + "]\n", [(8, "timetable[1].weeks")], ['"0-2"', '"1-5"']),
    ("[[timetable]]\nweeks = 5\nsessions = [" + GROUP + "]\n", [(8, "timetable[1].weeks")], ["5", '"1-5"']),
    ('[[timetable]]\nweeks = "9-13"\nsessions = [' + GROUP + "]\n", [(8, "timetable[1].weeks")], ["13", "12 weeks"]),
    ('[[timetable]]\nweeks = "13-"\nsessions = [' + GROUP + "]\n", [(8, "timetable[1].weeks")], ["13", "12 weeks"]),
    (
        session('day = "Monday", at = "9:00", session = "g"'),
        [(9, "timetable[1].sessions[1].day")],
        ['did you mean "mon"'],
    ),
    (session('day = "tus", at = "9:00", session = "g"'), [(9, "timetable[1].sessions[1].day")], ['did you mean "tue']),
    (session('day = 1, at = "9:00", session = "g"'), [(9, "timetable[1].sessions[1].day")], ["1", "mon, tue"]),
    (session('day = "mon", at = "25:00", session = "g"'), [(9, "timetable[1].sessions[1].at")], ['"25:00"', "23:59"]),
    (session('day = "mon", at = "10:60", session = "g"'), [(9, "timetable[1].sessions[1].at")], ['"10:60"']),
    (session('day = "mon", at = 10:00:00, session = "g"'), [(9, "timetable[1].sessions[1].at")], ["in quotes"]),
    (session('day = "mon", session = "g"'), [(9, "timetable[1].sessions[1].at")], ["missing", 'kind = "activity"']),
    (session('day = "mon", at = "9:00"'), [(9, "timetable[1].sessions[1].session")], ["missing"]),
    (session('day = "mon", at = "9:00", session = "g", hours = 0'), [(9, "timetable[1].sessions[1].hours")], ["0"]),
    (session('day = "mon", at = "9:00", session = "g", hours = 1.1'), [(9, "timetable[1].sessions[1].hours")], ["1.1"]),
    (session('day = "mon", at = "9:00", session = "g", hours = "2"'), [(9, "timetable[1].sessions[1].hours")], ["1.5"]),
    (session('day = "mon", at = "9:00", session = "g", hours = nan'), [(9, "timetable[1].sessions[1].hours")], ["NaN"]),
    (session('day = "mon", at = "9:00", session = "g", kind = "test"'), [(9, "timetable[1].sessions[1].kind")], []),
    (
        f'[[timetable]]\nweeks = "1"\nsessions = [\n{GROUP},\n{GROUP}\n]\n',
        [(11, "timetable[1].sessions[2]")],
        ['"group" on mon', "twice"],
    ),
    (
        f'[[timetable]]\nweeks = "1-5"\nsessions = [{GROUP}]\n[[timetable]]\nweeks = "5-"\nsessions = [{GROUP}]\n',
        [(12, "timetable[2].sessions[1]")],
        ['"group" on mon', "weeks 1-5", "count once"],
    ),
    ('[testing]\npanel = ["cocain"]\n', [(8, "testing.panel[1]")], ['"cocaine"']),
    ('[testing]\nper_week = 2\ndays = ["mon", "thu"]\n', [(8, "testing.per_week")], ["either"]),
    ('[testing]\ndays = ["mon", "mon"]\n', [(8, "testing.days[2]")], ["twice"]),
    ('[testing]\nleast_gap_days = 2\ndays = ["mon"]\n', [(8, "testing.least_gap_days")], ["random", "per_week"]),
    ('[testing]\namong = ["mon"]\n', [(8, "testing.among")], ["random", "per_week"]),
    ("[testing]\nper_week = 8\n", [(8, "testing.per_week")], ["at most 7"]),
    ("[testing]\nper_week = 2\nleast_gap_days = 4\n", [(9, "testing.least_gap_days")], ["from one week to the next"]),
    ("[testing]\nper_week = 1\nleast_gap_days = 8\n", [(9, "testing.least_gap_days")], ["1 a week"]),
    ('[testing]\nper_week = 3\namong = ["mon", "wed"]\n', [(8, "testing.per_week")], ["3 a week on mon, wed"]),
    (
        '[testing]\nper_week = 3\nleast_gap_days = 3\namong = ["mon", "tue", "thu"]\n',
        [(9, "testing.least_gap_days")],
        ["3 days apart"],
    ),
    ("[close_out]\ngrace_hours = -1\n", [(8, "close_out.grace_hours")], ["at least 0"]),
    ('[close_out]\nconfirm = "no"\n', [(8, "close_out.confirm")], ["true or false"]),
    ('[[payers]]\nname = "A"\nbudget = -1\n', [(9, "payers[1].budget")], ["below zero"]),
    ('[[payers]]\nname = "A"\n[[payers]]\nname = "a"\n', [(10, "payers[2].name")], ["twice"]),
    ('[[goals]]\nsession = "a"\n', [(7, "goals[1].title")], ["missing"]),
    (
        '[[goals]]\nsession = "a"\ntitle = "A"\n[[goals]]\nsession = "a"\ntitle = "B"\n',
        [(11, "goals[2].session")],
        ["twice"],
    ),
    (prize('size = "smal"'), [(11, "prizes[1].size")], ['did you mean "small"', '"jumbo"']),
    (prize('size = "small"\npoints = 3'), [(12, "prizes[1].points")], ["leave out one"]),
    (prize("points = 0"), [(11, "prizes[1].points")], ["at least 1"]),
    (prize("stock = -3"), [(11, "prizes[1].stock")], ["at least 0"]),
    (prize("") + prize(""), [(13, "prizes[2].name")], ["twice"]),
    (prize("", "Bottle of wine"), [(8, "prizes[1].name")], ['"Bottle of wine"', "alcohol", "another prize"]),
    ('[[prizes]]\nname = "A"\nvalue = 1\nclass = "card"\n', [(10, "prizes[1].class")], ["limited-use-card"]),
    ('[[prizes]]\nname = "A"\nvalue = 1\nclass_ = "in-kind"\n', [(7, "prizes[1].class"), (10, "prizes[1].class_")], []),
    ('[[trades]]\ngive = "small"\ncount = 5\nget = "small"\n', [(10, "trades[1].get")], ["itself"]),
    ('[[trades]]\ngive = "small"\ncount = 5\nget = "big"\n', [(10, "trades[1].get")], ["label"]),
    ('[[trades]]\ngive = "small"\ncount = 0\nget = "large"\n', [(9, "trades[1].count")], ["at least 1"]),
]


@pytest.mark.parametrize(("text", "places", "words"), MISTAKES)
def test_a_mistake_is_told_by_line_and_key(text: str, places: list[tuple[int, str]], words: list[str]) -> None:
    mistakes = mistakes_of(HEAD + text)
    assert [(mistake.line, mistake.where) for mistake in mistakes] == places
    assert all(word in mistakes[0].what for word in words), mistakes[0].what


def test_every_mistake_is_told_at_once() -> None:
    text = HEAD.replace("Berlin", "Berln").replace("treatment-goals", "treatment-goal") + prize('colour = "red"')
    mistakes = mistakes_of(text)
    assert [mistake.where for mistake in mistakes] == ["timezone", "policies[2]", "prizes[1].colour"]


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ('"Europe/Berln"', ['did you mean "Europe/Berlin"']),
        ('"america/new york"', ['did you mean "America/New_York"']),
        ('"America"', ['"America"', "Los_Angeles"]),
        ('"../etc"', ['"../etc"']),
        ('""', ['""']),
        ("1", ["1"]),
    ],
)
def test_an_unknown_time_zone_is_told_with_the_nearest(zone: str, words: list[str]) -> None:
    [mistake] = mistakes_of(HEAD.replace('"Europe/Berlin"', zone))
    assert (mistake.line, mistake.where) == (4, "timezone")
    assert all(word in mistake.what for word in words), mistake.what


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        ('["va-prise"]', ['did you mean "va-prize"', "higgins-voucher", "folder"]),
        ('["va-prize", "va-prize"]', ["twice"]),
        ('["mine.toml"]', ['"mine.toml"']),
        ('[""]', ['""']),
        ("[3]", ["3"]),
        ('["broken.toml"]', ["cannot be taken", 'broken.toml: kind: "kind" is missing', "and 4 more"]),
        ('["va-prize", "same.toml"]', ['"same.toml" is called "va-prize"', "another name"]),
    ],
)
def test_a_policy_that_cannot_be_taken_is_told_with_why(tmp_path: Path, policies: str, words: list[str]) -> None:
    write(tmp_path, "broken.toml", 'nmae = "x"\n')
    write(tmp_path, "same.toml", SAME)
    text = HEAD.replace('["va-prize", "treatment-goals"]', policies)
    told = " ".join(mistake.what for mistake in mistakes_of(text, tmp_path))
    assert all(word in told for word in words), told
    assert {mistake.line for mistake in mistakes_of(text, tmp_path)} == {5}


SAME = 'name = "va-prize"\ntitle = "Mine"\nkind = "escalating"\npays = "usd"\non = "test"\n[ladder]\nstart = 1\n'


PAYER = '[[payers]]\nname = "State"\n'
CAPPED = PAYER + 'caps = [{amount = "599.00", per = "calendar-year"}]\n'
GOALS = policy_text(load_policy("treatment-goals"))
BARE = GOALS.replace('worth = "0.25"\n', "").replace('"treatment-goals"', '"bare"')
DEARER = policy_text(load_policy("iop-attendance")).replace('value = "20.00"', 'value = "25.00"')


@pytest.mark.parametrize(
    ("policies", "text", "where", "words"),
    [
        ('["va-prize", "bare.toml"]', CAPPED, "policies[2]", ['"bare"', "payers' caps", "give the points a worth"]),
        ('["bare.toml", "euros.toml"]', "", "policies[2]", ['"higgins-voucher" pays in eur', "let it pay in usd"]),
        ('["va-prize", "dearer.toml"]', "", "policies[2]", ['"large" is worth 25.00', '20.00 in that of "va-prize"']),
    ],
)
def test_a_policy_that_does_not_fit_the_program_is_told_with_why(
    tmp_path: Path, policies: str, text: str, where: str, words: list[str]
) -> None:
    write(tmp_path, "bare.toml", BARE)
    write(tmp_path, "euros.toml", policy_text(load_policy("higgins-voucher")).replace('"usd"', '"eur"'))
    write(tmp_path, "dearer.toml", DEARER)
    head = HEAD.replace('["va-prize", "treatment-goals"]', policies)
    [mistake] = mistakes_of(head + text, tmp_path)
    assert (mistake.line, mistake.where) == (5, where)
    assert all(word in mistake.what for word in words), mistake.what


def test_points_without_a_worth_are_taken_where_no_payer_has_a_cap(tmp_path: Path) -> None:
    write(tmp_path, "bare.toml", BARE)
    text = HEAD.replace('"treatment-goals"', '"bare.toml"') + PAYER
    assert parse_program("here.toml", text, tmp_path).policies == ("va-prize", "bare.toml")


def test_a_prize_is_worth_no_more_than_the_slip_that_brings_it() -> None:
    def drawn(value: str) -> str:
        return HEAD + f'[[prizes]]\nname = "A"\nsize = "small"\nclass = "in-kind"\nvalue = "{value}"\n'

    assert parse_program("here.toml", drawn("1.00")).prizes[0].value == 1_00
    [mistake] = mistakes_of(drawn("1.01"))
    assert (mistake.line, mistake.where) == (11, "prizes[1].value")
    assert mistake.what.endswith('"A" is worth 1.01, and a slip that says "small" 1.00; let it be worth 1.00 at most')


def test_without_a_bowl_no_size_is_drawn() -> None:
    [mistake] = mistakes_of(HEAD.replace('"va-prize", ', "") + prize('size = "small"'))
    assert "none of the program's policies has a bowl" in mistake.what


def test_policy_files_stand_beside_the_program_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    write(tmp_path / "policies", "mine.toml", SAME.replace('"va-prize"', '"mine"'))
    path = write(tmp_path, "program.toml", HEAD.replace("treatment-goals", "policies/mine.toml"))
    program = load_program(str(path))
    assert program.policies == ("va-prize", "policies/mine.toml")
    assert [policy.name for policy in policies_of(program, tmp_path)] == ["va-prize", "mine"]


def test_an_analyte_of_the_sites_own_may_be_tested_for() -> None:
    text = HEAD + '[testing]\npanel = ["kratom"]\n'
    assert parse_program("here.toml", text, analytes={"kratom"} | KNOWN).testing.panel == ("kratom",)


KNOWN = {"amphetamine", "methamphetamine", "cocaine"}


@pytest.mark.parametrize("named", ["intensive-outpatien", "", "x" * 5000])
def test_what_is_neither_a_program_nor_a_file_is_told_with_the_programs(named: str) -> None:
    with pytest.raises(InputError, match="neither a program"):
        load_program(named)
