"""Terms: a policy file's mistakes, each by line and key with what would be right, and all of them at once."""

from collections.abc import Sequence

import pytest

from cm_engine.errors import InputError, Mistake
from cm_engine.exchange.policy_file import parse_policy, policy_text
from cm_engine.money import Unit
from cm_engine.policies.escalating import Escalating

# The interface's sample, that shows every key.
SAMPLE = """
name   = "every-key"
title  = "A sample with every key"
kind   = "escalating"          # a registered policy kind; others come in by entry point `cm_engine.policies`
pays   = "usd"                 # an ISO 4217 code, or "points", "draws", "tickets"
worth  = "0.25"                # points only: money a point stands for, for caps and reports
on     = "test"                # "test", "attendance" or "activity"
weeks  = 24                    # program length; later events pay nothing (absent: no end)
targets  = ["cocaine"]         # test only: analytes that decide
sessions = []                  # attendance and activity only: these sessions (absent or empty: all)

[outcomes]                     # optional overrides: "success", "failure", "excused", "ignore"
invalid = "failure"

[ladder]
start = "2.50"
step  = "1.25"
top   = "46.25"                # optional cap on the value
advance = 1                    # the ladder rises after every N successes, or "week"
# values = [1, 2, 3, 5, 8]     # instead of start, step and top: an explicit ladder; its last value repeats

[[phases]]                     # optional: in these program weeks a success pays this and nothing else
from_week = 13
to_week   = 18
amount    = "15.00"

[bonus]                        # optional
every  = 3                     # each N-th consecutive success pays `amount` on top
amount = "10.00"

[[extra]]                      # optional: added to a success when these analytes are all negative too
analytes = ["opioid"]
amount   = "2"

[reset]
to = "start"                   # or a number of steps down, or "never"

[restore]                      # optional: the ladder's lost place comes back
after = 5                      # consecutive successes since the reset
to    = "paid"                 # the place last paid before the reset, or "due": the place that was next due
pays  = "after"                # from the success after the N-th, or "on": already on the N-th

[excused]
holds  = true                  # an excused absence leaves the ladder alone; false: counts as a failure
breaks_bonus = false

[[caps]]                       # optional, several: the tightest wins
amount = "599.00"
per    = "calendar-year"       # "event", "day", "week", "month", "calendar-year", "rolling-year", "episode"
mode   = "truncate"            # or "deny": an award that would not fit whole pays nothing

[corrections]
clawback = false               # a correction that lowers an award leaves what was paid; true: it is taken back

[bowl]                         # for pays = "draws"; a slip goes back after each draw
slips = [ {label = "good job", count = 250, value = "0"}, {label = "small", count = 209, value = "1"},
          {label = "large", count = 40, value = "20"}, {label = "jumbo", count = 1, value = "100"} ]
"""

HEAD = """name = "mine"
title = "My own"
kind = "escalating"
pays = "usd"
on = "test"
"""

LADDER = """[ladder]
start = "2.50"
"""

# The first line behind the head and the ladder.
NEXT = 8

BOWL = '[bowl]\nslips = [{label = "a", count = 1, value = "1"}]\n'


def policy(text: str) -> Escalating:
    read = parse_policy("mine.toml", text)
    assert isinstance(read, Escalating)
    return read


def mistakes_of(text: str) -> Sequence[Mistake]:
    with pytest.raises(InputError) as told:
        parse_policy("mine.toml", text)
    return told.value.mistakes


def head(**changed: str) -> str:
    """Give the head with other values, written as TOML; an empty one leaves the key out."""
    lines = dict(line.split(" = ") for line in HEAD.strip().split("\n")) | changed
    return "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


# What loads


def test_the_interfaces_sample_loads() -> None:
    sample = policy(SAMPLE)
    assert (sample.name, sample.weeks, sample.targets, sample.sessions) == ("every-key", 24, ("cocaine",), ())
    assert (sample.ladder.start, sample.ladder.step, sample.ladder.top, sample.ladder.advance) == (250, 125, 4625, 1)
    assert [(phase.from_week, phase.to_week, phase.amount) for phase in sample.phases] == [(13, 18, 1500)]
    assert [(extra.analytes, extra.amount) for extra in sample.extra] == [(("opioid",), 200)]
    assert [(cap.amount, cap.per, cap.mode) for cap in sample.caps] == [(59_900, "calendar-year", "truncate")]
    assert (sample.worth, sample.bowl) == (None, None)


def test_the_sample_reads_the_same_with_the_line_ends_of_windows() -> None:
    assert policy(SAMPLE.replace("\n", "\r\n")) == policy(SAMPLE)


@pytest.mark.parametrize("pays", ["points", "draws", "tickets", "eur"])
def test_the_sample_loads_back_whatever_it_pays(pays: str) -> None:
    text = SAMPLE.replace('"usd"', f'"{pays}"')
    for fine, whole in (('"2.50"', "2"), ('"1.25"', "1"), ('"46.25"', "46")):
        text = text.replace(fine, whole)
    loaded = policy(text)
    assert policy(policy_text(loaded)) == loaded
    assert (loaded.worth is not None, loaded.bowl is not None) == (pays == "points", pays == "draws")


def test_what_is_left_out_has_its_default() -> None:
    bare = policy(HEAD + LADDER + "[restore]\nafter = 2\n[[caps]]\namount = 5\nper = 'day'\n")
    assert (bare.ladder.step or 0, bare.ladder.advance, bare.reset.to) == (0, 1, "start")
    assert bare.restore is not None
    assert (bare.restore.to, bare.restore.pays) == ("paid", "after")
    assert (bare.excused.holds, bare.excused.breaks_bonus, bare.corrections.clawback) == (True, False, False)
    assert bare.caps[0].mode == "truncate"
    assert policy(HEAD + LADDER).restore is None


def test_fractions_without_quotes_are_exact() -> None:
    written = policy(HEAD + "[ladder]\nstart = 2.50\nstep = 0.1\ntop = 1.1e1\n")
    quoted = policy(HEAD + '[ladder]\nstart = "2.50"\nstep = "0.10"\ntop = 11\n')
    assert written == quoted
    assert policy(HEAD + "[ladder]\nvalues = [0.29, 1.10, 0.07]\n").ladder.values == (29, 110, 7)


@pytest.mark.parametrize("code", ["usd", "USD", "Usd", "eur", "XTS", "Draws", "POINTS"])
def test_a_unit_may_be_written_in_either_case(code: str) -> None:
    assert policy(head(pays=f'"{code}"') + "[ladder]\nstart = 1\n").pays == Unit(code.lower())


@pytest.mark.parametrize(
    "nonsense",
    [
        'worth = "lots"',
        "worth = -1",
        "worth = true",
        'worth = ["x"]',
        "bowl = 3",
        'bowl = "none"',
        'bowl = {slips = "x", colour = "red"}',
        "bowl = {}",
    ],
)
@pytest.mark.parametrize("pays", ["usd", "tickets"])
def test_worth_and_bowl_are_read_over_where_they_do_not_apply(pays: str, nonsense: str) -> None:
    text = head(pays=f'"{pays}"') + "%s[ladder]\nstart = 1\n"
    assert policy(text % f"{nonsense}\n") == policy(text % "")


def test_a_bowl_is_read_over_by_points_and_a_worth_by_draws() -> None:
    assert policy(head(pays='"points"', bowl="3") + "[ladder]\nstart = 1\n").bowl is None
    assert policy(head(pays='"draws"', worth="-3") + "[ladder]\nstart = 1\n").worth is None


@pytest.mark.parametrize("key", ["targets", "sessions", "phases", "extra", "caps"])
@pytest.mark.parametrize("on", ["test", "attendance", "activity"])
def test_an_empty_list_is_as_good_as_absent(on: str, key: str) -> None:
    text = head(on=f'"{on}"')
    assert policy(f"{text}{key} = []\n{LADDER}") == policy(text + LADDER)


def test_empty_values_are_as_good_as_absent() -> None:
    assert policy(HEAD + LADDER + "values = []\n") == policy(HEAD + LADDER)
    assert [m.where for m in mistakes_of(HEAD + "[ladder]\nvalues = []\n")] == ["ladder.start"]


def test_an_empty_list_of_an_extras_analytes_is_missing() -> None:
    [mistake] = mistakes_of(HEAD + LADDER + "[[extra]]\nanalytes = []\namount = 1\n")
    assert (mistake.line, mistake.where) == (NEXT + 1, "extra[1].analytes")
    assert "missing" in mistake.what


def test_caps_are_in_money_where_a_point_has_a_worth_and_else_in_points() -> None:
    text = head(pays='"points"') + '%s[ladder]\nstart = 1\n[[caps]]\namount = "5.55"\nper = "day"\n'
    assert policy(text % 'worth = "0.25"\n').caps[0].amount == 555
    [mistake] = mistakes_of(text % "")
    assert (mistake.line, mistake.where) == (9, "caps[1].amount")
    assert "points are whole" in mistake.what


def test_a_prize_of_a_bowl_is_in_money() -> None:
    text = head(pays='"draws"') + "[ladder]\nstart = 1\n" + BOWL.replace('value = "1"', 'value = "1.50"')
    bowl = policy(text).bowl
    assert bowl is not None
    assert bowl.slips[0].value == 150


def test_ten_thousand_values_load() -> None:
    assert len(policy(HEAD + "[ladder]\nvalues = [" + ",\n".join(["1"] * 10_000) + "]\n").ladder.values) == 10_000


# What is missing


@pytest.mark.parametrize("key", ["name", "title", "kind", "pays", "on"])
def test_what_is_required_is_told_to_be_missing(key: str) -> None:
    [mistake] = mistakes_of(head(**{key: ""}) + LADDER)
    assert mistake.where == key
    assert "missing" in mistake.what


def test_a_policy_needs_a_ladder() -> None:
    [mistake] = mistakes_of(HEAD)
    assert mistake.where == "ladder"
    assert "missing" in mistake.what


@pytest.mark.parametrize("inside", ["", "step = 1\n", "top = 5\nstep = 2\n", "advance = 2\n"])
def test_a_ladder_needs_a_start_or_values(inside: str) -> None:
    [mistake] = mistakes_of(f"{HEAD}[ladder]\n{inside}")
    assert (mistake.line, mistake.where) == (6, "ladder.start")
    assert '"start"' in mistake.what
    assert '"values"' in mistake.what


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("[[phases]]\n", ["phases[1].from_week", "phases[1].amount"]),
        ("[bonus]\n", ["bonus.every", "bonus.amount"]),
        ("[[extra]]\n", ["extra[1].analytes", "extra[1].amount"]),
        ("[restore]\n", ["restore.after"]),
        ("[[caps]]\n", ["caps[1].amount", "caps[1].per"]),
    ],
)
def test_a_table_that_is_there_needs_its_keys(table: str, keys: list[str]) -> None:
    mistakes = mistakes_of(HEAD + LADDER + table)
    assert [(mistake.line, mistake.where) for mistake in mistakes] == [(NEXT, key) for key in keys]
    assert all("missing" in mistake.what and "must be" in mistake.what for mistake in mistakes)


# What is wrong, one at a time: the text behind head and ladder, the line counted from there, the key, words of the remedy

TABLES = [
    ("[bonus]\nevery = 3\namount = 1\nevry = 3\n", 3, "bonus.evry", ["unknown key", '"every"']),
    ("[outcome]\ninvalid = 'failure'\n", 0, "outcome", ["unknown key", '"outcomes"']),
    ("[reset]\nto = 0\n", 1, "reset.to", ["0", "at least 1", "start", "never"]),
    ("[reset]\nto = -1\n", 1, "reset.to", ["-1", "at least 1"]),
    ("[reset]\nto = 'nevr'\n", 1, "reset.to", ['"nevr"', 'did you mean "never"']),
    ("[reset]\nto = true\n", 1, "reset.to", ["true", "whole number"]),
    ("[reset]\nto = 1.5\n", 1, "reset.to", ["1.5", "whole number"]),
    ("[reset]\nto = 2026-01-05\n", 1, "reset.to", ["2026-01-05", "whole number"]),
    ("[restore]\nafter = 0\n", 1, "restore.after", ["0", "at least 1"]),
    ("[restore]\nafter = 2\nto = 'piad'\n", 2, "restore.to", ['"piad"', '"paid"']),
    ("[restore]\nafter = 2\npays = 'now'\n", 2, "restore.pays", ['"now"', "after, on"]),
    ("[excused]\nholds = 1\n", 1, "excused.holds", ["1", "true or false"]),
    ("[excused]\nholds = 'yes'\n", 1, "excused.holds", ['"yes"', "true or false"]),
    ("[excused]\nbreaks_bonus = 'true'\n", 1, "excused.breaks_bonus", ["true or false"]),
    ("[corrections]\nclawback = 'no'\n", 1, "corrections.clawback", ["true or false"]),
    ("[bonus]\nevery = 0\namount = 1\n", 1, "bonus.every", ["0", "at least 1"]),
    ("[bonus]\nevery = true\namount = 1\n", 1, "bonus.every", ["true", "whole number"]),
    ("[bonus]\nevery = '3'\namount = 1\n", 1, "bonus.every", ["whole number"]),
    ("[bonus]\nevery = 3\namount = -1\n", 2, "bonus.amount", ["-1", "below zero"]),
    ("[bonus]\nevery = 3\namount = '-0.01'\n", 2, "bonus.amount", ["-0.01", "below zero"]),
    ("[bonus]\nevery = 3\namount = '0.005'\n", 2, "bonus.amount", ["0.005", "cent"]),
    ("[bonus]\nevery = 3\namount = 0.005\n", 2, "bonus.amount", ["0.005", "cent"]),
    ("[bonus]\nevery = 3\namount = 1e-999999999999999999\n", 2, "bonus.amount", ["cent"]),
    ("[bonus]\nevery = 3\namount = true\n", 2, "bonus.amount", ["true", '"2.50"']),
    ("[bonus]\nevery = 3\namount = nan\n", 2, "bonus.amount", ['"2.50"']),
    ("[bonus]\nevery = 3\namount = inf\n", 2, "bonus.amount", ['"2.50"']),
    ("[bonus]\nevery = 3\namount = 'two'\n", 2, "bonus.amount", ['"two"', '"2.50"']),
    ("[bonus]\nevery = 3\namount = 2026-01-05\n", 2, "bonus.amount", ["2026-01-05", '"2.50"']),
    ("[bonus]\nevery = 3\namount = 1e999999\n", 2, "bonus.amount", ["at most"]),
    ("[[extra]]\nanalytes = ['opiod']\namount = 1\n", 1, "extra[1].analytes[1]", ['"opiod"', '"opioid"']),
    ("[[extra]]\nanalytes = 'opioid'\namount = 1\n", 1, "extra[1].analytes", ["list"]),
    ("[[phases]]\nfrom_week = 0\namount = 1\n", 1, "phases[1].from_week", ["0", "at least 1"]),
    ("[[phases]]\nfrom_week = 3\nto_week = 2\namount = 1\n", 2, "phases[1].to_week", ["week 2", "week 3"]),
    ("[[caps]]\namount = 1\nper = 'dya'\n", 2, "caps[1].per", ['"dya"', '"day"', "rolling-year"]),
    ("[[caps]]\namount = 1\nper = 'year'\n", 2, "caps[1].per", ['"year"', "calendar-year"]),
    ("[[caps]]\namount = 1\nper = 'day'\nmode = 'cut'\n", 3, "caps[1].mode", ['"cut"', "truncate, deny"]),
    ("[caps]\namount = 1\nper = 'day'\n", 0, "caps", ["list"]),
    ("[phases]\nfrom_week = 1\namount = 1\n", 0, "phases", ["list"]),
    ("[[bonus]]\nevery = 1\namount = 1\n", 0, "bonus", ["table"]),
    ("[outcomes]\ninvalid = 'fail'\n", 1, "outcomes.invalid", ['"fail"', '"failure"']),
    ("[outcomes]\ninvalid = true\n", 1, "outcomes.invalid", ["true", "success, failure, excused, ignore"]),
    ("[outcomes]\nattended = 'success'\n", 1, "outcomes.attended", ['"attended"', "test", "negative"]),
    ("[outcomes]\nnegatve = 'success'\n", 1, "outcomes.negatve", ['"negatve"', '"negative"']),
    ("[outcomes]\nvoid = 'ignore'\n", 1, "outcomes.void", ['"void"']),
]


@pytest.mark.parametrize(("text", "below", "key", "words"), TABLES)
def test_a_wrong_table_is_told_by_line_and_key(text: str, below: int, key: str, words: list[str]) -> None:
    [mistake] = mistakes_of(HEAD + LADDER + text)
    assert (mistake.line, mistake.where) == (NEXT + below, key)
    assert all(word in mistake.what for word in words), mistake.what


HEADS = [
    ("wekes = 12\n", 6, "wekes", ["unknown key", '"weeks"']),
    ("zzz = 1\n", 6, "zzz", ["unknown key", "ladder"]),
    ("weeks = 0\n", 6, "weeks", ["0", "at least 1"]),
    ("weeks = true\n", 6, "weeks", ["true", "whole number"]),
    ("weeks = 12.0\n", 6, "weeks", ["12.0", "whole number"]),
    ('weeks = "12"\n', 6, "weeks", ['"12"', "whole number"]),
    ('targets = "cocaine"\n', 6, "targets", ['"cocaine"', "list"]),
    ('targets = ["cocaine",\n\n"cocain"]\n', 8, "targets[2]", ['"cocain"', '"cocaine"']),
    ("targets = [1]\n", 6, "targets[1]", ["1", "analyte"]),
    ("targets = [true]\n", 6, "targets[1]", ["true", "analyte"]),
    ('targets = [["cocaine"]]\n', 6, "targets[1]", ["analyte"]),
    ('targets = ["thc", "thc"]\n', 6, "targets[2]", ['"thc"', "twice"]),
    ('sessions = ["group"]\n', 6, "sessions", ["attendance", "activity", "test"]),
    ('ladder2 = {start = "1"}\n', 6, "ladder2", ["unknown key", '"ladder"']),
    ('outcomes = "x"\n', 6, "outcomes", ["table"]),
    ("bonus = true\n", 6, "bonus", ["true", "table"]),
    ("phases = [1]\n", 6, "phases[1]", ["1", "table"]),
]


@pytest.mark.parametrize(("text", "line", "key", "words"), HEADS)
def test_a_wrong_key_is_told_by_line_and_key(text: str, line: int, key: str, words: list[str]) -> None:
    [mistake] = mistakes_of(HEAD + text + LADDER)
    assert (mistake.line, mistake.where) == (line, key)
    assert all(word in mistake.what for word in words), mistake.what


@pytest.mark.parametrize("key", ["name", "title"])
@pytest.mark.parametrize(
    "value", ['""', '"  "', '"a\\nb"', '"a\\u0000b"', "3", "true", "2026-01-05", "[]", "{}", '["x"]']
)
def test_a_name_is_a_line_of_text(key: str, value: str) -> None:
    [mistake] = mistakes_of(head(**{key: value}) + LADDER)
    assert mistake.where == key
    assert mistake.line == {"name": 1, "title": 2}[key]
    assert "line of text" in mistake.what


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('"escalatin"', ['"escalatin"', 'did you mean "escalating"']),
        ('"lottery"', ['"lottery"', "The kinds are escalating"]),
        ('"Escalating"', ['did you mean "escalating"']),
        ('""', ["The kinds are escalating"]),
        ("3", ["3", "The kinds are escalating"]),
        ("true", ["true", "The kinds are escalating"]),
        ("2026-01-05", ["2026-01-05", "The kinds are escalating"]),
        ('["escalating"]', ["The kinds are escalating"]),
        ('{name = "escalating"}', ["The kinds are escalating"]),
    ],
)
def test_an_unknown_kind_is_told_with_the_known_ones(value: str, words: list[str]) -> None:
    [mistake] = mistakes_of(head(kind=value) + LADDER)
    assert (mistake.line, mistake.where) == (3, "kind")
    assert all(word in mistake.what for word in words), mistake.what


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('"used"', ['"used"', 'did you mean "usd"']),
        ('"point"', ['"point"', '"points"']),
        ('"$"', ["ISO 4217", "points, draws or tickets"]),
        ('"usd "', ["ISO 4217"]),
        ('""', ["ISO 4217"]),
        ("840", ["840", "ISO 4217"]),
        ("true", ["true", "ISO 4217"]),
        ('["usd"]', ["ISO 4217"]),
    ],
)
def test_an_unknown_unit_is_told_with_what_would_be_one(value: str, words: list[str]) -> None:
    [mistake] = mistakes_of(head(pays=value) + LADDER)
    assert (mistake.line, mistake.where) == (4, "pays")
    assert all(word in mistake.what for word in words), mistake.what


@pytest.mark.parametrize("value", ['"tset"', '"Test"', "1", "true", '["test"]', "{}", "2026-01-05"])
def test_an_unknown_kind_of_event_is_told_with_the_known_ones(value: str) -> None:
    [mistake] = mistakes_of(head(on=value) + LADDER)
    assert (mistake.line, mistake.where) == (5, "on")
    assert "test, attendance, activity" in mistake.what


LADDERS = [
    ("values = [1]\nstart = 1\n", [(8, "ladder.start")], ["values", "start"]),
    ("values = [1]\nstep = 1\n", [(8, "ladder.step")], ["values", "step"]),
    ("values = [1]\ntop = 1\n", [(8, "ladder.top")], ["values", "top"]),
    ("start = 1\nadvance = 0\n", [(8, "ladder.advance")], ["0", "at least 1", '"week"']),
    ("start = 1\nadvance = 'weekly'\n", [(8, "ladder.advance")], ['"weekly"', '"week"']),
    ("start = 1\nadvance = false\n", [(8, "ladder.advance")], ["false", "whole number"]),
    ("values = [\n1,\n'x',\n-3\n]\n", [(9, "ladder.values[2]"), (10, "ladder.values[3]")], []),
    ("values = 3\n", [(7, "ladder.values")], ["list"]),
    ("start = 1\nstepp = 1\n", [(8, "ladder.stepp")], ["unknown key", '"step"']),
    ("start = true\n", [(7, "ladder.start")], ["true"]),
    ("start = {}\n", [(7, "ladder.start")], ['"2.50"']),
]


@pytest.mark.parametrize(("inside", "places", "words"), LADDERS)
def test_a_wrong_ladder_is_told_by_line_and_key(inside: str, places: list[tuple[int, str]], words: list[str]) -> None:
    mistakes = mistakes_of(f"{HEAD}[ladder]\n{inside}")
    assert [(mistake.line, mistake.where) for mistake in mistakes] == places
    assert all(word in mistakes[0].what for word in words), mistakes[0].what


def test_all_three_keys_beside_values_are_told() -> None:
    mistakes = mistakes_of(f"{HEAD}[ladder]\nvalues = [1]\nstart = 1\nstep = 1\ntop = 1\n")
    assert [mistake.where for mistake in mistakes] == ["ladder.start", "ladder.step", "ladder.top"]


@pytest.mark.parametrize("ladder", ['ladder = "x"\n', "ladder = 3\n", "[[ladder]]\nstart = 1\n"])
def test_a_ladder_is_a_table(ladder: str) -> None:
    [mistake] = mistakes_of(HEAD + ladder)
    assert (mistake.line, mistake.where) == (6, "ladder")
    assert "must be a table" in mistake.what


def test_what_does_not_fit_is_shown_as_toml_writes_it() -> None:
    [mistake] = mistakes_of(HEAD + "[[ladder]]\nstart = 1\n")
    assert "{'start': 1}" not in mistake.what
    [mistake] = mistakes_of(head(title="2026-01-05") + LADDER)
    assert '"2026-01-05" does not fit' not in mistake.what


@pytest.mark.parametrize("on", ["attendance", "activity"])
def test_targets_and_extras_are_for_tests(on: str) -> None:
    text = head(on=f'"{on}"') + 'targets = ["cocaine"]\n' + LADDER + "[[extra]]\nanalytes = ['opioid']\namount = 1\n"
    mistakes = mistakes_of(text)
    assert [(mistake.line, mistake.where) for mistake in mistakes] == [(6, "targets"), (9, "extra")]
    assert all(on in mistake.what for mistake in mistakes)


@pytest.mark.parametrize("on", ["attendance", "activity"])
def test_outcomes_are_those_of_the_kind_of_event(on: str) -> None:
    [mistake] = mistakes_of(head(on=f'"{on}"') + LADDER + "[outcomes]\nexcused = 'failure'\ninvalid = 'failure'\n")
    assert (mistake.line, mistake.where) == (NEXT + 2, "outcomes.invalid")
    assert on in mistake.what


@pytest.mark.parametrize(
    ("unit", "words"), [("points", "points are whole"), ("draws", "draws are whole"), ("tickets", "tickets are whole")]
)
def test_what_is_counted_is_whole(unit: str, words: str) -> None:
    [mistake] = mistakes_of(head(pays=f'"{unit}"') + LADDER)
    assert (mistake.line, mistake.where) == (7, "ladder.start")
    assert words in mistake.what


def phase(first: int, last: int | None = None) -> str:
    return f"[[phases]]\nfrom_week = {first}\n" + (f"to_week = {last}\n" if last else "") + "amount = 1\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [((1, 3), (3, 5)), ((3, 5), (1, 3)), ((1, 9), (2, 3)), ((1, None), (5, 6)), ((5, 6), (1, None)), ((2, 2), (2, 2))],
)
def test_phases_that_overlap_are_told(first: tuple[int, int | None], second: tuple[int, int | None]) -> None:
    [mistake] = mistakes_of(HEAD + LADDER + phase(*first) + phase(*second))
    assert mistake.where == "phases[2]"
    assert "overlaps" in mistake.what
    assert f"week {first[0]}" in mistake.what


@pytest.mark.parametrize(("first", "last", "key"), [(9, 11, "to_week"), (11, None, "from_week")])
def test_a_phase_beyond_the_programs_weeks_is_told(first: int, last: int | None, key: str) -> None:
    [mistake] = mistakes_of(HEAD + "weeks = 10\n" + LADDER + phase(first, last))
    assert mistake.where == f"phases[1].{key}"
    assert "week 11" in mistake.what
    assert "10 weeks" in mistake.what


def test_a_phase_may_run_to_the_last_week_or_to_the_end() -> None:
    assert policy(HEAD + "weeks = 10\n" + LADDER + phase(1, 3) + phase(4, 9) + phase(10)).phases[2].to_week is None


def test_a_broken_phase_does_not_hide_what_is_wrong_with_the_others() -> None:
    text = HEAD + "weeks = 10\n" + LADDER + phase(1, 3) + phase(3, 11) + "[[phases]]\nfrom_week = 'x'\namount = 1\n"
    assert {mistake.where for mistake in mistakes_of(text)} == {
        "phases[2]",
        "phases[2].to_week",
        "phases[3].from_week",
    }


@pytest.mark.parametrize(
    ("worth", "words"), [('"0"', "more than nothing"), ('"0.005"', "cent"), ("-1", "below zero"), ("true", '"2.50"')]
)
def test_a_points_worth_is_money_above_zero(worth: str, words: str) -> None:
    [mistake] = mistakes_of(head(pays='"points"') + f"worth = {worth}\n[ladder]\nstart = 1\n")
    assert (mistake.line, mistake.where) == (6, "worth")
    assert words in mistake.what


@pytest.mark.parametrize(
    ("bowl", "line", "key", "words"),
    [
        ("bowl = 3\n", 6, "bowl", "table"),
        ("bowl = {}\n", 6, "bowl.slips", "missing"),
        ("bowl = {slips = []}\n", 6, "bowl.slips", "missing"),
        ("bowl = {slips = 3}\n", 6, "bowl.slips", "list"),
        ('bowl = {slips = [{label = "a", count = -1, value = "0"}]}\n', 6, "bowl.slips[1].count", "at least 0"),
        ('bowl = {slips = [{label = "a", count = 1.5, value = "0"}]}\n', 6, "bowl.slips[1].count", "whole number"),
        ('bowl = {slips = [{label = "a", count = 0, value = "0"}]}\n', 6, "bowl.slips", "no slips"),
        ('bowl = {slips = [{label = "a", count = 1}]}\n', 6, "bowl.slips[1].value", "missing"),
        ('bowl = {slips = [{label = "a", count = 1, value = "0.001"}]}\n', 6, "bowl.slips[1].value", "cent"),
        ('bowl = {slips = [{label = "a", count = 1, valu = 0, value = 0}]}\n', 6, "bowl.slips[1].valu", '"value"'),
    ],
)
def test_a_wrong_bowl_is_told_where_draws_are_paid(bowl: str, line: int, key: str, words: str) -> None:
    [mistake] = mistakes_of(head(pays='"draws"') + bowl + "[ladder]\nstart = 1\n")
    assert (mistake.line, mistake.where) == (line, key)
    assert words in mistake.what


@pytest.mark.parametrize("weeks", ["9" * 30, "1000000001", "9223372036854775808"])
def test_a_number_beyond_belief_is_told_what_is_the_most(weeks: str) -> None:
    [mistake] = mistakes_of(HEAD + f"weeks = {weeks}\n" + LADDER)
    assert (mistake.line, mistake.where) == (6, "weeks")
    assert "at most" in mistake.what


# All at once


def test_all_mistakes_of_a_file_are_told_together_in_the_order_of_their_lines() -> None:
    text = (
        head(title="3", pays='"used"')
        + "wekes = 12\n"
        + '[ladder]\nstart = "x"\nstpe = 1\n'
        + "[reset]\nto = 0\n"
        + "[[caps]]\namount = -1\nper = 'dya'\n[[caps]]\nper = 'day'\n"
    )
    assert [(mistake.line, mistake.where) for mistake in mistakes_of(text)] == [
        (2, "title"),
        (4, "pays"),
        (6, "wekes"),
        (8, "ladder.start"),
        (9, "ladder.stpe"),
        (11, "reset.to"),
        (13, "caps[1].amount"),
        (14, "caps[1].per"),
        (15, "caps[2].amount"),
    ]


def test_an_unknown_kind_does_not_hide_what_is_wrong_with_the_terms_of_every_kind() -> None:
    text = head(kind='"lottery"', title="3", pays='"used"', on='"tset"') + "weeks = 0\ntargets = ['cocain']\n" + LADDER
    assert [mistake.where for mistake in mistakes_of(text)] == ["title", "kind", "pays", "on", "weeks", "targets[1]"]


def test_a_file_of_nonsense_lacks_all_that_is_required() -> None:
    missing = {mistake.where for mistake in mistakes_of("zzz = 1\n") if "missing" in mistake.what}
    assert missing == {"name", "title", "kind", "pays", "on"}


@pytest.mark.parametrize("key", ['"a\\nb"', '""', '"\\u0000"', f'"{"k" * 5_000}"'])
def test_a_strange_key_is_told_on_one_short_line(key: str) -> None:
    with pytest.raises(InputError) as told:
        parse_policy("mine.toml", f"{HEAD}{key} = 1\n{LADDER}")
    assert str(told.value).startswith("mine.toml:6: ")
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 1_000
    assert told.value.mistakes[0].where


def test_a_key_may_be_very_deep_and_is_still_told() -> None:
    [mistake] = mistakes_of(f"{HEAD}a{'.a' * 2_000} = 1\n{LADDER}")
    assert (mistake.line, mistake.where) == (6, "a")


def test_a_thousand_wrong_caps_are_told_each_by_its_line() -> None:
    mistakes = mistakes_of(HEAD + LADDER + "[[caps]]\namount = 1\nper = 'dya'\n" * 1_000)
    assert [mistake.line for mistake in mistakes] == [NEXT + 2 + 3 * place for place in range(1_000)]


def test_a_misspelt_key_is_told_even_where_its_list_is_empty() -> None:
    [mistake] = mistakes_of(HEAD + "sesions = []\n" + LADDER)
    assert mistake.where == "sesions"
    assert '"sessions"' in mistake.what
