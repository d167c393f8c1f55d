"""Revising: what a program and its policies are from a later day on, and what that leaves as it was."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from cm_engine.actions.redeem import choose
from cm_engine.actions.revise import publish, set_program, set_up, take_version
from cm_engine.actions.verify import verify
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.exchange.program_file import parse_terms
from cm_engine.policies.contract import Policy
from tests.clinic import PROGRAM, Clinic, SetClock, clinic, other_process

HIGGINS = load_policy("higgins-voucher")
GOALS = load_policy("treatment-goals")
VA_PRIZE = load_policy("va-prize")
TERMS = parse_terms("program", PROGRAM)
CAPS = 'caps = [ {amount = "599.00", per = "calendar-year"} ]'


def set_caps(riverside: Clinic, amount: str, per: str) -> None:
    """Set the payer's caps anew from tomorrow on, and wait until then."""
    terms = parse_terms("program", PROGRAM.replace(CAPS, f'caps = [ {{amount = "{amount}", per = "{per}"}} ]'))
    tomorrow = riverside.today + timedelta(days=1)
    set_program(riverside.engine, riverside.request(), riverside.program, terms, [HIGGINS], tomorrow)
    riverside.clock.go_on(days=1)


def test_a_payers_first_cap_counts_what_was_paid_before_it_was_set(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS, program=PROGRAM.replace(CAPS, "")) as riverside:
        ada = riverside.enrol("Ada")
        for _ in range(6):
            riverside.record(ada)  # 53.75 in all
            riverside.clock.go_on(days=1)
        set_caps(riverside, "55.00", "calendar-year")
        assert verify(riverside.engine).is_clean
        award = riverside.record(ada)["awards"][0]
        assert (award["amount"], award["capped"], award["next"]) == ("1.25", "8.75", "0.00")
        assert verify(riverside.engine).is_clean


def test_a_cap_by_another_period_can_be_told_after_a_visit_that_pays_nothing(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ben = riverside.enrol("Ben")
        riverside.record(ben)
        riverside.clock.go_on(days=1)
        set_caps(riverside, "4.00", "month")
        award = riverside.record(ben, "positive")["awards"][0]
        assert (award["amount"], award["next"]) == ("0.00", "1.50")
        assert verify(riverside.engine).is_clean


def test_of_two_settings_for_a_day_the_later_one_holds(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        tomorrow = riverside.today + timedelta(days=1)
        for amount in range(1, 9):  # the first ones were slips of the pen
            terms = parse_terms("program", PROGRAM.replace('"599.00"', f'"{amount}.00"'))
            set_program(riverside.engine, riverside.request(), riverside.program, terms, [HIGGINS], tomorrow)
        riverside.clock.go_on(days=1)
        ada = riverside.enrol("Ada")
        assert [riverside.record(ada)["awards"][0]["amount"], *_left(riverside, ada)] == ["2.50", 550]


def _left(riverside: Clinic, participant: str) -> list[int]:
    return [left.left for left in riverside.standing(participant).left(riverside.today)]


def test_what_another_process_set_holds_from_the_sites_midnight(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside, other_process(riverside) as another:
        riverside.clock.go_on(hours=8)  # in Los Angeles it is 5 p.m.; in Greenwich the next day has begun
        ada = riverside.enrol("Ada")
        assert another.record(ada)["awards"][0]["amount"] == "2.50"
        set_caps(riverside, "1.00", "day")
        riverside.clock.go_on(hours=-9)
        assert another.record(ada)["awards"][0]["amount"] == "1.00"
        assert verify(riverside.engine).is_clean


def test_a_program_that_another_process_began_is_known_at_once(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside, other_process(riverside) as another:
        today = riverside.today
        another.record(another.enrol("Ada"))
        terms = parse_terms("program", PROGRAM.replace("riverside-iop", "riverside-php"))
        begun = set_up(riverside.engine, riverside.request(), terms, [HIGGINS])["program"]
        another.program = begun
        assert another.record(another.enrol("Ben", today))["awards"][0]["amount"] == "2.50"
        version = publish(riverside.engine, riverside.request(), begun, HIGGINS, today + timedelta(days=1))
        cleo = another.enrol("Cleo", today)
        taken = today + timedelta(days=2)
        take_version(another.engine, another.request(), cleo, HIGGINS.name, version["version"], taken)


def dearer(start: str) -> Policy[Any]:
    """Give higgins-voucher with another first amount."""
    return parse_policy("story", policy_text(HIGGINS).replace('start = "2.50"', f'start = "{start}"'))


def test_new_enrolments_take_a_version_from_its_day_and_running_ones_only_when_told(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        monday = riverside.today
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        assert riverside.tests(ada, "NN") == ["2.50", "3.75"]
        thursday = monday + timedelta(days=3)
        answer = publish(riverside.engine, riverside.request(), riverside.program, dearer("5.00"), thursday)
        assert (answer["number"], answer["from_day"]) == (2, "2026-03-05")
        assert riverside.record(riverside.enrol("Cleo"))["awards"][0]["amount"] == "2.50"
        take_version(riverside.engine, riverside.request(), ada, HIGGINS.name, answer["version"], thursday)
        assert riverside.record(ada)["awards"][0]["next"] == "8.75"  # three places above 5.00
        riverside.clock.go_on(days=1)
        assert riverside.tests(ada, "N") == ["8.75"]  # the place on the ladder was kept
        assert riverside.record(ben)["awards"][0]["amount"] == "2.50"
        assert riverside.record(riverside.enrol("Gus"))["awards"][0]["amount"] == "5.00"
        assert riverside.held(ada) == 2_50 + 3_75 + 15_00 + 8_75
        assert verify(riverside.engine).is_clean


def test_a_correction_pays_an_event_by_the_version_of_its_day(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol("Ada")
        early = riverside.event(ada, "positive")
        tomorrow = riverside.today + timedelta(days=1)
        version = publish(riverside.engine, riverside.request(), riverside.program, dearer("5.00"), tomorrow)["version"]
        take_version(riverside.engine, riverside.request(), ada, HIGGINS.name, version, tomorrow)
        riverside.clock.go_on(days=1)
        assert riverside.tests(ada, "N") == ["5.00"]
        assert riverside.correct(ada, early, "negative")["awards"][0]["amount"] == "3.75"  # 2.50, and 6.25 for 5.00
        assert verify(riverside.engine).is_clean


def test_what_holds_from_today_or_pays_in_something_else_is_no_new_version(migrated_url: str) -> None:
    points = parse_policy("story", policy_text(GOALS).replace("treatment-goals", HIGGINS.name))
    with clinic(migrated_url, HIGGINS) as riverside:
        tomorrow = riverside.today + timedelta(days=1)
        for day in (riverside.today, riverside.today - timedelta(days=1)):
            with riverside.refuses("is not to come: name "):
                publish(riverside.engine, riverside.request(), riverside.program, dearer("5.00"), day)
            with riverside.refuses("is not to come: name "):
                set_program(riverside.engine, riverside.request(), riverside.program, TERMS, [HIGGINS], day)
        with riverside.refuses("that is another policy"):
            publish(riverside.engine, riverside.request(), riverside.program, points, tomorrow)


def test_a_version_neither_adds_nor_drops_the_worth_of_points(migrated_url: str) -> None:
    capless = PROGRAM.replace(CAPS, "")
    bare = parse_policy("story", policy_text(GOALS).replace('worth = "0.25"\n', ""))
    with clinic(migrated_url, GOALS, program=capless) as riverside:
        terms = parse_terms("program", capless.replace("riverside-iop", "another"))
        another = set_up(riverside.engine, riverside.request(), terms, [bare])["program"]
        tomorrow = riverside.today + timedelta(days=1)
        with riverside.refuses(
            "pays points with a worth, and this version pays points without a worth: that is another"
        ):
            publish(riverside.engine, riverside.request(), riverside.program, bare, tomorrow)
        with riverside.refuses(
            "pays points without a worth, and this version pays points with a worth: that is another"
        ):
            publish(riverside.engine, riverside.request(), another, GOALS, tomorrow)


def test_what_payers_caps_cannot_count_comes_into_no_program(migrated_url: str) -> None:
    bare = parse_policy("story", policy_text(GOALS).replace('worth = "0.25"\n', ""))
    euros = parse_policy("story", policy_text(HIGGINS).replace('"usd"', '"eur"'))
    another = parse_terms("program", PROGRAM.replace("riverside-iop", "another"))
    with clinic(migrated_url, VA_PRIZE) as riverside:
        tomorrow = riverside.today + timedelta(days=1)
        for policy, why in ((bare, "give the points a worth"), (euros, "let it pay in usd")):
            with riverside.refuses(why):
                set_up(riverside.engine, riverside.request(), another, [policy])
            with riverside.refuses(why):
                set_program(riverside.engine, riverside.request(), riverside.program, TERMS, [policy], tomorrow)
            with riverside.refuses(why):
                publish(riverside.engine, riverside.request(), riverside.program, policy, tomorrow)


def test_two_policies_of_one_name_come_into_no_program(migrated_url: str) -> None:
    another = parse_terms("program", PROGRAM.replace("riverside-iop", "another"))
    twice = [HIGGINS, dearer("5.00")]
    with clinic(migrated_url, HIGGINS) as riverside:
        tomorrow = riverside.today + timedelta(days=1)
        with riverside.refuses('two policies are called "higgins-voucher"'):
            set_up(riverside.engine, riverside.request(), another, twice)
        with riverside.refuses('two policies are called "higgins-voucher"'):
            set_program(riverside.engine, riverside.request(), riverside.program, TERMS, twice, tomorrow)


def test_a_new_site_is_not_called_as_another_but_for_capital_letters(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        [(site,)] = riverside.ask("SELECT name FROM sites")
        second = replace(TERMS, name="second", policies=(HIGGINS.name,), site=site.upper())
        with riverside.refuses(f"there is a site {site}; write it so"):
            set_up(riverside.engine, riverside.request(), second, [HIGGINS])


def test_a_label_has_one_value_in_all_bowls_of_a_program(migrated_url: str) -> None:
    attendance = load_policy("iop-attendance")
    better = [
        parse_policy("story", policy_text(policy).replace('value = "20.00"', 'value = "25.00"'))
        for policy in (VA_PRIZE, attendance)
    ]
    with clinic(migrated_url, VA_PRIZE, attendance) as riverside:
        tomorrow = riverside.today + timedelta(days=1)
        with riverside.refuses(
            '"large" is worth 20.00 in the bowl of "iop-attendance" and 25.00 in that of "va-prize"'
        ):
            publish(riverside.engine, riverside.request(), riverside.program, better[0], tomorrow)
        with riverside.refuses("give it one value or two labels"):
            set_program(riverside.engine, riverside.request(), riverside.program, TERMS, better[:1], tomorrow)
        set_program(riverside.engine, riverside.request(), riverside.program, TERMS, better, tomorrow)
        cheaper = parse_policy("story", policy_text(VA_PRIZE).replace('value = "20.00"', 'value = "15.00"'))
        with riverside.refuses('"Headphones" is worth 20.00'):
            set_program(riverside.engine, riverside.request(), riverside.program, TERMS, [cheaper], tomorrow)


def test_a_version_is_taken_from_a_day_to_come_on_which_it_holds(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol("Ada")
        day = riverside.today + timedelta(days=7)
        version = publish(riverside.engine, riverside.request(), riverside.program, dearer("5.00"), day)["version"]
        terms = parse_terms("program", PROGRAM.replace("riverside-iop", "another"))
        points = parse_policy("story", policy_text(GOALS).replace("treatment-goals", HIGGINS.name))
        strange = set_up(riverside.engine, riverside.request(), terms, [points])["policies"][0]["version"]

        def take(key: str, on: date, policy: str = HIGGINS.name) -> None:
            take_version(riverside.engine, riverside.request(), ada, policy, key, on)

        with riverside.refuses("is not to come"):
            take(version, riverside.today)
        with riverside.refuses("may be taken from 2026-03-09 on"):
            take(version, riverside.today + timedelta(days=1))
        with riverside.refuses("that is another policy"):
            take(strange, day)
        with riverside.refuses("there is no version"):
            take("another", day)
        with riverside.refuses("there is no version"):
            take(version, day, "va-prize")
        take(version, day)
        with riverside.refuses("set to take over on 2026-03-09 already"):
            take(version, day)
        tomorrow = riverside.today + timedelta(days=1)
        other = publish(riverside.engine, riverside.request(), riverside.program, dearer("6.00"), tomorrow)["version"]
        with riverside.refuses("no earlier than one that is set to"):
            take(other, tomorrow)
        take(other, day)
        assert riverside.standing(ada).version(HIGGINS.name, day) == other


def test_set_terms_hold_from_their_day_and_new_prizes_come_with_their_stock(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        text = PROGRAM.replace("Coffee card", "Tea card")
        tomorrow = riverside.today + timedelta(days=1)
        terms = parse_terms("program", text)
        set_program(riverside.engine, riverside.request(), riverside.program, terms, [HIGGINS, GOALS], tomorrow)
        ada = riverside.enrol("Ada")
        with riverside.refuses("Tea card is not in the cabinet"):
            choose(riverside.engine, riverside.request(), ada, riverside.prize("Tea card"))
        riverside.clock.go_on(days=1)
        cleo = riverside.enrol("Cleo")
        assert {award["policy"] for award in riverside.record(cleo, "completed", kind="activity")["awards"]} == {
            GOALS.name
        }
        with riverside.refuses("Coffee card is not in the cabinet any more"):
            choose(riverside.engine, riverside.request(), cleo, riverside.prize("Coffee card"))
        moved = replace(terms, timezone="Asia/Tokyo")
        with riverside.refuses("keeps its name and its time zone"):
            set_program(
                riverside.engine, riverside.request(), riverside.program, moved, [HIGGINS], tomorrow + timedelta(days=1)
            )
        assert verify(riverside.engine).is_clean


def test_what_was_published_binds_a_process_whose_clock_was_in_the_day_already(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside, other_process(riverside) as another:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        riverside.clock.go_on(hours=14, minutes=50)  # 11.50 p.m. in Los Angeles
        ahead = another.engine.clock = SetClock(riverside.clock.now + timedelta(minutes=15))
        assert another.record(ben)["awards"][0]["amount"] == "2.50"
        set_caps(riverside, "1.00", "day")
        ahead.go_on(hours=9)
        assert another.record(ada)["awards"][0]["amount"] == "1.00"
        riverside.clock.now = ahead.now
        assert verify(riverside.engine).is_clean


def test_a_day_that_begins_in_a_moment_is_too_near(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        riverside.clock.go_on(hours=14, minutes=57)  # 11.57 p.m. in Los Angeles
        with riverside.refuses("is not to come"):
            set_caps(riverside, "1.00", "day")
