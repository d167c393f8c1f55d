"""Stock: what is put into the cabinet, and what a count finds there."""

from datetime import timedelta

from cm_engine.actions.revise import set_program, set_up
from cm_engine.actions.stock import count_stock, restock
from cm_engine.actions.verify import verify
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.money import LARGEST
from tests.clinic import PROGRAM, clinic


def test_a_delivery_goes_into_the_cabinet(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        coffee = riverside.prize("Coffee card")
        answer = restock(riverside.engine, riverside.request(), riverside.program, coffee, 40)
        assert answer["on_hand"] == 100
        for number in (0, -5):
            with riverside.refuses("from 1 to"):
                restock(riverside.engine, riverside.request(), riverside.program, coffee, number)
        with riverside.refuses("there is no prize"):
            restock(riverside.engine, riverside.request(), riverside.program, "another", 1)
        assert verify(riverside.engine).is_clean


def test_more_than_a_cabinet_ever_holds_is_a_slip_of_the_pen(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        coffee = riverside.prize("Coffee card")
        with riverside.refuses("60 of Coffee card are in the cabinet, .* put in 999999940 or fewer"):
            restock(riverside.engine, riverside.request(), riverside.program, coffee, LARGEST)
        with riverside.refuses("from 1 to 1000000000"):
            restock(riverside.engine, riverside.request(), riverside.program, coffee, LARGEST + 1)
        assert (
            restock(riverside.engine, riverside.request(), riverside.program, coffee, LARGEST - 60)["on_hand"]
            == LARGEST
        )
        assert verify(riverside.engine).is_clean


def test_the_first_stock_is_of_the_sites_day(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        riverside.clock.go_on(hours=8)  # in Los Angeles it is 5 p.m.; in Greenwich the next day has begun
        terms = parse_terms("program", PROGRAM.replace("riverside-iop", "another"))
        va_prize = load_policy("va-prize")
        other = set_up(riverside.engine, riverside.request(), terms, [va_prize])["program"]
        tea = parse_terms("program", PROGRAM.replace("riverside-iop", "another").replace("Coffee card", "Tea card"))
        tomorrow = riverside.today + timedelta(days=1)
        set_program(riverside.engine, riverside.request(), other, tea, [va_prize], tomorrow)
        assert set(riverside.ask("SELECT posted_on FROM entries")) == {("2026-03-02",)}
        assert verify(riverside.engine).is_clean


def test_a_count_tells_what_is_missing_or_too_many_and_puts_it_right(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        coffee = riverside.prize("Coffee card")
        counts = [
            count_stock(riverside.engine, riverside.request(), riverside.program, coffee, found)
            for found in (58, 58, 63, 0)
        ]
        assert [(count["expected"], count["missing"]) for count in counts] == [(60, 2), (58, 0), (58, -5), (63, 63)]
        with riverside.refuses("from 0 to"):
            count_stock(riverside.engine, riverside.request(), riverside.program, coffee, -1)
        assert verify(riverside.engine).is_clean


def test_another_programs_cabinet_stays_shut(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        terms = parse_terms("program", PROGRAM.replace("riverside-iop", "another"))
        other = set_up(riverside.engine, riverside.request(), terms, [load_policy("va-prize")])["program"]
        coffee = riverside.ask("SELECT id, program_id FROM prizes WHERE name = 'Coffee card'")
        own = next(key for key, program in coffee if program == riverside.program)
        with riverside.refuses("in this program"):
            restock(riverside.engine, riverside.request(), other, own, 1)
        assert verify(riverside.engine).is_clean
