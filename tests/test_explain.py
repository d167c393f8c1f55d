"""What a patient or an auditor reads beside an award."""

from cm_engine.caps import PERIODS
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.explain import CAPS, ordinal, sentence, why
from cm_engine.money import Unit
from tests.stories import Told, tells

HIGGINS = load_policy("higgins-voucher")
TIGHT = parse_policy("story", policy_text(HIGGINS) + '\n[[caps]]\namount = "17.25"\nper = "calendar-year"\n')


def sentences(told: Told) -> list[str]:
    """What each line of a story says."""
    return [sentence(line) for line in told.lines]


def test_an_award_says_how_it_came_about_part_by_part_and_what_a_cap_held_back() -> None:
    told = tells(
        TIGHT,
        """
        Mon 2026-01-05  negative  2.50
        Wed 2026-01-07  negative  3.75
        Fri 2026-01-09  negative  11.00
        """,
    )
    third = "third negative in a row: ladder place 3, 5.00 usd; every third one: 10.00 usd; 4.00 usd held back by the yearly cap"
    assert sentences(told) == [
        "first negative in a row: ladder place 1, 2.50 usd",
        "second negative in a row: ladder place 2, 3.75 usd",
        third,
    ]
    assert sentence(told.lines[1], Unit.text) == "second negative in a row: ladder place 2, 3.75"
    assert [why(part.reason) for part in told.lines[2].parts] == ["ladder place 3", "3 in a row"]


def test_what_pays_nothing_says_so_too() -> None:
    told = tells(
        parse_policy("story", policy_text(HIGGINS).replace("weeks = 12", "weeks = 1")),
        """
        Mon 2026-01-05  positive                      0.00
        Mon 2026-01-05  negative                      0.00
        Tue 2026-01-06  excused                       0.00
        Wed 2026-01-07  pending                       0.00
        Mon 2026-01-12  negative                      0.00
        """,
    )
    assert sentences(told) == [
        "positive: pays nothing",
        "negative: already counted today",
        "excused: nothing due",
        "pending: not counted",
        "negative: after the program's 1 week, pays nothing",
    ]


def test_extras_and_phases_are_named() -> None:
    told = tells("miedar-prize", "Mon 2026-01-05  negative, opioid negative too  1 + 2")
    assert sentences(told) == ["first negative in a row: ladder place 1, 1 draw; opioid negative too: 2 draws"]
    phases = parse_policy(
        "story",
        'name = "p"\ntitle = "P"\nkind = "escalating"\npays = "draws"\non = "attendance"\n'
        "[ladder]\nstart = 1\n[[phases]]\nfrom_week = 1\nto_week = 2\namount = 4\n",
    )
    assert sentences(tells(phases, "Mon 2026-01-05  attended  4")) == ["visit in week 1: weeks 1 to 2: 4 draws"]


def test_a_correction_says_what_it_changes_and_what_it_leaves() -> None:
    told = tells(
        HIGGINS,
        """
        Mon 2026-01-05  negative                     2.50
        Wed 2026-01-07  negative                     3.75
        Thu 2026-01-08  2026-01-05 becomes positive  0.00
        Fri 2026-01-09  2026-01-05 becomes negative  0.00
        Sat 2026-01-10  2026-01-05 never happened   -3.75
        """,
    )
    assert sentences(told)[2:] == [
        "corrected to positive: 3.75 usd that was paid before stays",
        "corrected to negative: changes no award",
        "entered in error: 2.50 usd taken back for the visit of 2026-01-05; 1.25 usd taken back for the visit of 2026-01-07",
    ]


def test_numbers_are_said_as_people_say_them() -> None:
    assert [ordinal(n) for n in (1, 12, 13, 21, 22, 23, 24, 101, 111)] == [
        "first",
        "twelfth",
        "13th",
        "21st",
        "22nd",
        "23rd",
        "24th",
        "101st",
        "111th",
    ]


def test_every_period_of_a_cap_can_be_said() -> None:
    assert set(CAPS) == set(PERIODS)
