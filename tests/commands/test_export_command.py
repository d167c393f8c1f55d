"""`cm-engine export`: a report as CSV."""

from cm_engine.exchange.report_csv import MARK, NOTICE
from tests.installations import PROGRAM, Installed


def test_without_a_name_it_lists_what_there_is(installed: Installed) -> None:
    said = installed.run("export").out.splitlines()
    assert said[0].startswith("outcomes")
    assert len(said) == 9


def test_a_report_is_printed_with_the_notice_first(installed: Installed) -> None:
    installed.filled().well("scheduler", "--once", "rollups")
    said = installed.well("export", "outcomes", "--from", "2026-01-05", "--to", "2026-01-11").out.splitlines()
    assert said[0] == MARK + NOTICE
    assert said[3].startswith("2026-01-05,2026-01-11,va-prize,2,")


def test_it_goes_into_a_file_by_code_or_de_identified(installed: Installed) -> None:
    installed.filled()
    for arguments, told in (([], True), (["--de-identified"], False)):
        installed.well("export", "rewards", "--from", "2026-01-01", "--output", "rewards.csv", *arguments)
        text = (installed.folder / "rewards.csv").read_text(encoding="utf-8")
        assert ("Ada-1007" in text) is told
        assert ",draws," in text
    assert installed.ask("SELECT count(*) FROM activity WHERE deed = 'file-exported'")[0][0] == 4


def test_what_is_wrong_is_said(installed: Installed) -> None:
    installed.filled()
    for arguments, what in (
        (["pizza"], "there is no report"),
        (["days", "--from", "2026-02-02", "--to", "2026-02-01"], "name the first day before the last"),
        (["days", "--program", "pizza"], "there is no program"),
    ):
        ended = installed.run("export", *arguments)
        assert ended.code == 2
        assert what in ended.err


def test_of_several_programs_one_is_named(installed: Installed) -> None:
    installed.filled()
    installed.write("riverside.toml", PROGRAM)
    installed.well("init", "--program", "riverside.toml")
    assert "name one of them with --program" in installed.run("export", "days").err
    assert "Riverside" in installed.well("export", "days", "--program", "riverside-iop").out
