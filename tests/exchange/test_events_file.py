"""Events files: what is read from good ones, and what is told of bad ones, by line and column."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cm_engine.errors import InputError
from cm_engine.events import ANALYTES, Result
from cm_engine.exchange.events_file import read_events
from tests.files import HEADER, THREE_NEGATIVES, events_of, mistakes_of, places_of, rows, write

PACIFIC = ZoneInfo("America/Los_Angeles")
NEGATIVE = "p1,2026-01-05,test,negative"


def record(**cells: object) -> str:
    return json.dumps({"participant": "p1", "at": "2026-01-05", "kind": "test", "outcome": "negative"} | cells) + "\n"


# Good files


@pytest.mark.parametrize(
    "content",
    [
        THREE_NEGATIVES.encode(),
        b"\xef\xbb\xbf" + THREE_NEGATIVES.encode(),
        THREE_NEGATIVES.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + THREE_NEGATIVES.replace("\n", "\r\n").encode(),
        THREE_NEGATIVES.rstrip("\n").encode(),
        THREE_NEGATIVES.replace("\n", "\n\n").encode(),
        THREE_NEGATIVES.replace(",", " , ").encode(),
    ],
    ids=["LF", "BOM", "CRLF", "BOM and CRLF", "no last line end", "blank lines", "spaces round cells"],
)
def test_a_file_reads_the_same_however_it_was_saved(tmp_path: Path, content: bytes) -> None:
    events = events_of(tmp_path, content)
    assert [(event.participant, event.id, event.on) for event in events] == [
        ("p1", "p1-1", date(2026, 1, 5)),
        ("p1", "p1-2", date(2026, 1, 7)),
        ("p1", "p1-3", date(2026, 1, 9)),
    ]
    assert {event.result for event in events} == {Result("", (("cocaine", "negative"),))}


def test_columns_may_stand_in_any_order_and_optional_ones_be_missing(tmp_path: Path) -> None:
    [event] = events_of(tmp_path, "kind,at,outcome,participant\nattendance,2026-01-05,late,p7\n")
    assert (event.participant, event.kind, event.result, event.id, event.session) == (
        "p7",
        "attendance",
        Result("late"),
        "",
        "",
    )


def test_every_column_arrives_in_its_place(tmp_path: Path) -> None:
    original, correction = events_of(
        tmp_path,
        rows(
            "p1,2026-01-05,test,negative,thc=explained;cocaine=negative,lab,e1,,first,second",
            "p1,2026-01-06,test,positive,,,e2,e1,why,what",
        ),
    )
    assert original.result == Result("negative", (("cocaine", "negative"), ("thc", "explained")))
    assert (original.session, original.id, original.reason, original.note) == ("lab", "e1", "first", "second")
    assert (correction.corrects, correction.session, correction.reason, correction.note) == (
        "e1",
        "lab",
        "why",
        "what",
    )


def test_an_event_without_an_id_is_called_by_its_line_also_behind_a_note_of_many_lines(tmp_path: Path) -> None:
    note = '"she said ""yes"",\nthen left,\r\nthen came back"'
    first, second = events_of(tmp_path, rows(f"p1,2026-01-05,test,negative,,,,,,{note}", "p1,2026-01-06,test,positive"))
    assert (first.name, second.name) == ("line 2", "line 5")
    assert first.note == 'she said "yes",\nthen left,\r\nthen came back'


def test_blank_lines_count_as_lines(tmp_path: Path) -> None:
    [event] = events_of(tmp_path, f"{HEADER}\n\n\n{NEGATIVE},,,,,,\n\n")
    assert event.name == "line 4"


def test_a_header_alone_is_a_file_without_events(tmp_path: Path) -> None:
    assert events_of(tmp_path, "participant,at,kind\n") == []
    assert events_of(tmp_path, "participant,at,kind") == []


def test_participants_come_in_the_order_of_their_first_rows(tmp_path: Path) -> None:
    content = rows("b,2026-01-07,test,negative", "a,2026-01-05,test,negative", "b,2026-01-06,test,negative")
    people = read_events(write(tmp_path, "events.csv", content), UTC, ANALYTES)
    assert list(people) == ["b", "a"]
    assert len(people["b"]) == 2


@pytest.mark.parametrize(
    ("written", "at", "on"),
    [
        ("2026-01-05", datetime(2026, 1, 5, 8, tzinfo=UTC), date(2026, 1, 5)),
        ("2026-01-05T09:30", datetime(2026, 1, 5, 17, 30, tzinfo=UTC), date(2026, 1, 5)),
        ("2026-07-05T09:30:15", datetime(2026, 7, 5, 16, 30, 15, tzinfo=UTC), date(2026, 7, 5)),
        ("2026-01-05T02:00Z", datetime(2026, 1, 5, 2, tzinfo=UTC), date(2026, 1, 4)),
        ("2026-01-05T02:00+14:00", datetime(2026, 1, 4, 12, tzinfo=UTC), date(2026, 1, 4)),
        ("2026-01-05T23:00-10:00", datetime(2026, 1, 6, 9, tzinfo=UTC), date(2026, 1, 6)),
        ("2026-01-05 09:30-08:00", datetime(2026, 1, 5, 17, 30, tzinfo=UTC), date(2026, 1, 5)),
    ],
)
def test_events_are_dated_in_the_sites_time_zone(tmp_path: Path, written: str, at: datetime, on: date) -> None:
    [event] = events_of(tmp_path, rows(f"p1,{written},test,negative"), PACIFIC)
    assert (event.at, event.on, event.written_at) == (at, on, written)


def test_the_same_row_again_is_the_same_event(tmp_path: Path) -> None:
    [event] = events_of(
        tmp_path,
        rows(
            "p1,2026-01-05,test,,cocaine=negative;thc=positive,,e1",
            " p1 ,2026-01-05, test ,,thc=positive; cocaine = negative,, e1 ",
            "p1,2026-01-05,test,,cocaine=negative;thc=positive,,e1",
        ),
    )
    assert event.name == "e1"


def test_rows_without_an_id_are_events_each(tmp_path: Path) -> None:
    assert len(events_of(tmp_path, rows(NEGATIVE, NEGATIVE))) == 2


def test_a_correction_may_stand_in_front_of_its_event_in_the_file(tmp_path: Path) -> None:
    correction, original = events_of(tmp_path, rows("p1,2026-01-06,test,void,,,,e1", f"{NEGATIVE},,,e1"))
    assert (correction.corrects, original.id) == ("e1", "e1")


def test_a_correction_of_the_same_day_may_be_earlier_by_the_clock(tmp_path: Path) -> None:
    assert (
        len(events_of(tmp_path, rows("p1,2026-01-05T10:00,test,negative,,,e1", "p1,2026-01-05,test,void,,,,e1"))) == 2
    )


def test_an_analyte_of_the_settings_is_known(tmp_path: Path) -> None:
    path = write(tmp_path, "events.csv", rows("p1,2026-01-05,test,,ketamine=negative"))
    [[event]] = read_events(path, UTC, ANALYTES | {"ketamine"}).values()
    assert event.result.analytes == (("ketamine", "negative"),)


def test_reading_tells_how_far_it_got(tmp_path: Path) -> None:
    told: list[int] = []
    path = write(tmp_path, "events.csv", THREE_NEGATIVES)
    read_events(path, UTC, ANALYTES, told.append)
    assert told == sorted(told)
    assert told[-1] == path.stat().st_size


@pytest.mark.parametrize("note", ["\0", "x" * 100_000, "\u202e\u2028\ufeff", '{"a": 1}'])
def test_a_note_may_say_anything(tmp_path: Path, note: str) -> None:
    [event] = events_of(tmp_path, record(note=note))
    assert event.note == note


def test_a_very_long_note_is_still_a_note(tmp_path: Path) -> None:
    [event] = events_of(tmp_path, rows(f"{NEGATIVE},,,,,,{'x' * 200_000}"))
    assert len(event.note) == 200_000


# Wrong headers


@pytest.mark.parametrize(
    ("header", "column", "words"),
    [
        ("participant,at,kind,outcom", '"outcom"', ["unknown column", '"outcome"']),
        ("participant,at,kind,Session", '"Session"', ["unknown column", '"session"']),
        ("participant,at,kind,colour", '"colour"', ["unknown column", "participant, at, kind, outcome, analytes"]),
        ("participant,at,kind,", "", ["column 4", "no name"]),
        ("participant,at,kind,at", "at", ["twice"]),
        ("at,kind", "participant", ["missing"]),
        ("participant,kind", "at", ["missing"]),
        ("participant,at", "kind", ["missing"]),
    ],
)
def test_a_wrong_header_is_told_by_its_column(tmp_path: Path, header: str, column: str, words: list[str]) -> None:
    [mistake] = mistakes_of(tmp_path, f"{header}\n")
    assert (mistake.line, mistake.where) == (1, column)
    assert all(word in mistake.what for word in words)


def test_a_misspelt_column_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    [mistake] = mistakes_of(tmp_path, "particpant,at,kind,outcome\np1,2026-01-05,test,missed\n")
    assert 'did you mean "participant"?' in mistake.what
    assert (mistake.line, mistake.where) == (1, '"particpant"')


def test_a_misspelt_column_does_not_hide_what_is_wrong_in_the_rows(tmp_path: Path) -> None:
    content = "participant,at,kind,outcome,nte\np1,2026-01-05,test,negative,\np1,2026-02-30,test,negative,\n"
    assert places_of(mistakes_of(tmp_path, content)) == [(1, '"nte"'), (3, "at")]


# Wrong cells


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",2026-01-05,test,negative", "participant", ["missing"]),
        ("  ,2026-01-05,test,negative", "participant", ["missing"]),
        ('"p\n1",2026-01-05,test,negative', "participant", [r"p\n1", "one line"]),
        ("p\0,2026-01-05,test,negative", "participant", [r"\x00"]),
        ("p1,,test,negative", "at", ["missing", "2026-01-05"]),
        ("p1,2026-02-30,test,negative", "at", ["2026-02-30", "not a date"]),
        ("p1,2026-13-01,test,negative", "at", ["2026-13-01", "not a date"]),
        ("p1,05.01.2026,test,negative", "at", ["05.01.2026", "not a date"]),
        ("p1,1/5/2026,test,negative", "at", ["1/5/2026", "2026-01-05"]),
        ("p1,yesterday,test,negative", "at", ["yesterday", "not a date"]),
        ("p1,2026-01-05T25:00,test,negative", "at", ["2026-01-05T25:00"]),
        ("p1,2026-01-05T9:30,test,negative", "at", ["2026-01-05T9:30"]),
        ("p1,2026-01-05T09:30+25:00,test,negative", "at", ["+25:00"]),
        ("p1,\uff12\uff10\uff12\uff16-01-05,test,negative", "at", ["not a date"]),
        ("p1,0026-01-05,test,negative", "at", ["year 26"]),
        ("p1,9999-12-31T23:59-12:00,test,negative", "at", ["year 9999"]),
        ("p1,2026-01-05,,negative", "kind", ["missing", "test attendance activity"]),
        ("p1,2026-01-05,tset,negative", "kind", ['"tset"', 'did you mean "test"']),
        ("p1,2026-01-05,Attendance,late", "kind", ['"Attendance"', '"attendance"']),
        ("p1,2026-01-05,test,negatve", "outcome", ['"negatve"', 'did you mean "negative"']),
        ("p1,2026-01-05,test,attended", "outcome", ['"attended"', "negative positive refused"]),
        ("p1,2026-01-05,attendance,left early", "outcome", ['"left early"', '"left-early"']),
        ("p1,2026-01-05,attendance,pending", "outcome", ['"pending"', "attended late left-early"]),
        ("p1,2026-01-05,activity,complete", "outcome", ['"complete"', '"completed"']),
        ("p1,2026-01-05,attendance,", "outcome", ["missing", "attended late left-early"]),
        ("p1,2026-01-05,activity,", "outcome", ["missing", "completed incomplete excused"]),
        ("p1,2026-01-05,test,", "outcome", ["missing", "analytes"]),
        ("p1,2026-01-05,test,,;", "outcome", ["missing", "analytes"]),
        ("p1,2026-01-05,test,void", "outcome", ["void", '"corrects"']),
        ("p1,2026-01-05,attendance,void", "outcome", ["void", '"corrects"']),
        ("p1,2026-01-05,test,,cocain=negative", "analytes", ['"cocain"', 'did you mean "cocaine"']),
        ("p1,2026-01-05,test,,cocaine=negativ", "analytes", ['"negativ"', 'did you mean "negative"']),
        ("p1,2026-01-05,test,,cocaine", "analytes", ['"cocaine"', "cocaine=negative"]),
        ("p1,2026-01-05,test,,cocaine=", "analytes", ["finding", "negative positive explained"]),
        ("p1,2026-01-05,test,,cocaine=negative;cocaine=positive", "analytes", ["cocaine", "twice"]),
        ("p1,2026-01-05,attendance,late,cocaine=negative", "analytes", ["only a test", "attendance"]),
        ("p1,2026-01-05,activity,completed,thc=negative", "analytes", ["only a test", "activity"]),
        ('p1,2026-01-05,test,negative,,"a\nb"', "session", [r"a\nb"]),
        ('p1,2026-01-05,test,negative,,,"a\nb"', "id", [r"a\nb"]),
        ("p1,2026-01-05,test,negative,,,,,,,,", "", ["12 cells", "10"]),
    ],
)
def test_a_wrong_cell_is_told_by_line_and_column(tmp_path: Path, row: str, column: str, words: list[str]) -> None:
    filled = row + "," * (9 - row.count(","))
    [mistake] = mistakes_of(tmp_path, f"{HEADER}\n{NEGATIVE},,,,,,\n\n{filled}\n")
    assert (mistake.line, mistake.where) == (4, column)
    assert all(word in mistake.what for word in words), mistake.what


def test_a_row_with_too_few_cells_is_told_by_its_line(tmp_path: Path) -> None:
    [mistake] = mistakes_of(tmp_path, f"{HEADER}\np1,2026-01-05,test,negative\n")
    assert (mistake.line, mistake.where) == (2, "")
    assert "4 cells" in mistake.what


@pytest.mark.parametrize("cell", ["x" * 50_000, "né\n" * 500])
def test_what_is_quoted_back_never_fills_the_screen(tmp_path: Path, cell: str) -> None:
    for mistake in mistakes_of(tmp_path, ",".join([f'"{cell}"'] * 10).join([f"{HEADER}\n", "\n"])):
        assert len(mistake.text("events.csv")) < 400
        assert "\n" not in mistake.text("events.csv")


def test_all_mistakes_of_a_file_are_told_together_in_the_order_of_their_lines(tmp_path: Path) -> None:
    content = rows(
        "p1,2026-01-05,test,negative,,,e1",
        ",2026-02-30,tset,negative",
        '"p1",2026-01-06,test,negatve,cocain=negative;thc=positve,,,,,"two\nlines"',
        "p1,2026-01-07,test",
        "p2,2026-01-08,test,positive,,,e1",
        "p1,2026-01-08,test,positive,,,,nothing",
        "p1,2026-01-05,test,negative,,,e2",
    ).replace("p1,2026-01-07,test,,,,,,,", "p1,2026-01-07,test")
    assert places_of(mistakes_of(tmp_path, content)) == [
        (3, "participant"),
        (3, "at"),
        (3, "kind"),
        (4, "outcome"),
        (4, "analytes"),
        (4, "analytes"),
        (6, ""),
        (7, "id"),
        (8, "corrects"),
    ]


def test_ten_thousand_mistakes_are_ten_thousand_lines(tmp_path: Path) -> None:
    mistakes = mistakes_of(tmp_path, rows(*["p1,2026-01-05,test,negatve"] * 10_000))
    assert [mistake.line for mistake in mistakes] == list(range(2, 10_002))


# What rows say of one another


@pytest.mark.parametrize(
    ("again", "columns"),
    [
        ("p2,2026-01-05,test,negative,cocaine=negative,,e1", ["participant"]),
        ("p1,2026-01-06,test,negative,cocaine=negative,,e1", ["at"]),
        ("p1,2026-01-05,test,positive,cocaine=negative,,e1", ["outcome"]),
        ("p1,2026-01-05,test,negative,cocaine=positive,,e1", ["analytes"]),
        ("p1,2026-01-05,test,negative,cocaine=negative,lab,e1", ["session"]),
        ("p1,2026-01-05,attendance,attended,,,e1", ["kind", "outcome", "analytes"]),
        ("p1,2026-01-05,test,negative,cocaine=negative,,e1,,typo,new", ["reason", "note"]),
    ],
)
def test_the_same_id_with_other_content_names_the_line_and_the_columns(
    tmp_path: Path, again: str, columns: list[str]
) -> None:
    content = rows("p9,2026-01-01,test,negative", "p1,2026-01-05,test,negative,cocaine=negative,,e1", again)
    [mistake] = mistakes_of(tmp_path, content)
    assert (mistake.line, mistake.where) == (4, "id")
    assert '"e1"' in mistake.what
    assert "line 3" in mistake.what
    assert all(column in mistake.what for column in columns)


def test_an_outcome_that_alone_differs_is_the_only_column_named(tmp_path: Path) -> None:
    content = rows("p1,2026-01-05,test,negative,thc=negative,,e1", "p1,2026-01-05,test,positive,thc=negative,,e1")
    [mistake] = mistakes_of(tmp_path, content)
    assert "analytes" not in mistake.what


@pytest.mark.parametrize(
    ("correction", "words"),
    [
        ("p1,2026-01-06,attendance,missed,,,,unknown", ['"unknown"', "no event"]),
        ("p2,2026-01-06,attendance,missed,,,,e1", ['"e1"', "another participant"]),
        ("p1,2026-01-06,test,missed,,,,e1", ['"e1"', "attendance", "a test"]),
        ("p1,2026-01-06,attendance,missed,,late-group,,e1", ['"e1"', "another session"]),
        ("p1,2026-01-04,attendance,missed,,,,e1", ['"e1"', "2026-01-05"]),
        ("p1,2026-01-07,attendance,missed,,,,c1", ['"c1"', "correction itself", '"e1"']),
    ],
)
def test_a_correction_must_fit_its_event(tmp_path: Path, correction: str, words: list[str]) -> None:
    content = rows("p1,2026-01-05,attendance,late,,group,e1", "p1,2026-01-06,attendance,missed,,,c1,e1", correction)
    [mistake] = mistakes_of(tmp_path, content)
    assert (mistake.line, mistake.where) == (4, "corrects")
    assert all(word in mistake.what for word in words), mistake.what


def test_a_row_that_corrects_itself_is_not_told_to_name_itself(tmp_path: Path) -> None:
    [mistake] = mistakes_of(tmp_path, rows("p1,2026-01-05,test,negative,,,e1,e1"))
    assert (mistake.line, mistake.where) == (2, "corrects")
    assert 'name the original event, "e1"' not in mistake.what


def test_a_correction_of_a_broken_row_is_not_blamed_for_it(tmp_path: Path) -> None:
    content = rows("p1,2026-02-30,test,negative,,,e1", "p1,2026-03-06,test,positive,,,,e1")
    assert places_of(mistakes_of(tmp_path, content)) == [(2, "at")]


def test_a_correction_of_a_row_with_an_unknown_key_is_not_blamed_for_it(tmp_path: Path) -> None:
    content = record(id="e1", nte="x") + record(corrects="e1", at="2026-01-06")
    assert places_of(mistakes_of(tmp_path, content)) == [(1, '"nte"')]


# Files that are no CSV, or no text


def test_a_quotation_mark_that_is_not_closed_is_told_by_the_line_it_opens_on(tmp_path: Path) -> None:
    content = rows(NEGATIVE, 'p1,2026-01-06,test,negative,,,,,,"and then', NEGATIVE, NEGATIVE)
    [mistake] = mistakes_of(tmp_path, content)
    assert mistake.line == 3
    assert "quotation mark" in mistake.what


def test_a_byte_of_latin_1_is_told_by_line_and_byte_beside_all_other_mistakes(tmp_path: Path) -> None:
    content = rows(NEGATIVE, f"{NEGATIVE},,,,,,café", "p1,2026-01-07,test,negatve", f"{NEGATIVE},,,,,,naïve")
    mistakes = mistakes_of(tmp_path, content.encode("latin-1"))
    assert places_of(mistakes) == [(3, ""), (4, "outcome"), (5, "")]
    assert "byte 37 " in mistakes[0].what
    assert "0xe9" in mistakes[0].what
    assert "UTF-8" in mistakes[0].what


def test_a_byte_of_latin_1_inside_a_note_of_two_lines_is_told_by_its_own_line(tmp_path: Path) -> None:
    content = rows(f'{NEGATIVE},,,,,,"one\ncafé"').encode("latin-1")
    [mistake] = mistakes_of(tmp_path, content)
    assert mistake.line == 3
    assert "byte 4 " in mistake.what


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("content", [THREE_NEGATIVES.replace("p1,", "é,"), '{"participant": "é"}\n'])
def test_another_encoding_is_refused(tmp_path: Path, content: str, encoding: str) -> None:
    mistakes = mistakes_of(tmp_path, content.encode(encoding))
    assert mistakes
    assert all(len(mistake.what) < 400 for mistake in mistakes)


def test_utf_16_is_told_by_its_first_byte(tmp_path: Path) -> None:
    mistake = mistakes_of(tmp_path, THREE_NEGATIVES.encode("utf-16"))[0]
    assert mistake.line == 1
    assert "byte 1 " in mistake.what
    assert "0xff" in mistake.what


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told_what_it_needs(tmp_path: Path, content: bytes) -> None:
    [mistake] = mistakes_of(tmp_path, content)
    assert "empty" in mistake.what
    assert "participant,at,kind" in mistake.what


@pytest.mark.parametrize(
    "content", ["\n", "   \n", "\r\n\r\n", "\0\0\0", "PK\x03\x04", "<html></html>", ";;;\n", ",,,\n"]
)
def test_rubbish_is_refused_by_its_first_line(tmp_path: Path, content: str) -> None:
    assert {mistake.line for mistake in mistakes_of(tmp_path, content)} <= {0, 1}


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        read_events(tmp_path, UTC, ANALYTES)
    with pytest.raises(InputError, match="no such file"):
        read_events(tmp_path / "missing.csv", UTC, ANALYTES)
    with pytest.raises(InputError, match="cannot be read"):
        read_events(write(tmp_path, "file", "") / "in-a-file.csv", UTC, ANALYTES)


# JSON Lines


def test_json_lines_read_like_csv_with_the_same_keys(tmp_path: Path) -> None:
    lines = record(id="e1", analytes="cocaine=negative", note="a\nb") + "\r\n" + record(id=None, session="lab")
    first, second = events_of(tmp_path, b"\xef\xbb\xbf" + lines.encode())
    assert (first.id, first.result.analytes, first.note) == ("e1", (("cocaine", "negative"),), "a\nb")
    assert (second.name, second.session) == ("line 3", "lab")


def test_blank_lines_in_front_of_json_lines_are_as_good_as_blank_lines_between_them(tmp_path: Path) -> None:
    [event] = events_of(tmp_path, "\n" + record())
    assert event.name == "line 2"


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("{bad", "", ["not JSON"]),
        ('{"participant": "p1"', "", ["not JSON"]),
        ("nonsense", "", ["not JSON"]),
        ("[1]", "", ["not an object"]),
        ('"p1"', "", ["not an object"]),
        ("null", "", ["not an object"]),
        ("3", "", ["not an object"]),
        (record(outcom="x").strip(), '"outcom"', ["unknown key", 'did you mean "outcome"']),
        (record(**{"a\nb": "x"}).strip(), r'"a\nb"', ["unknown key"]),
        (record(**{"\ud800": "x"}).strip(), r'"\ud800"', ["unknown key"]),
        (record(participant=17).strip(), "participant", ["17", "text", "quotes"]),
        (record(at=True).strip(), "at", ["true", "text"]),
        (record(analytes={"cocaine": "negative"}).strip(), "analytes", ["cocaine", "text"]),
        (record(note=["x"]).strip(), "note", ["text"]),
        (record(participant="\ud800").strip(), "participant", [r"\ud800"]),
        (record(id="\ud800").strip(), "id", [r"\ud800"]),
        (record(outcome="neg\ud800").strip(), "outcome", [r"\ud800"]),
        (record(at="\ud800").strip(), "at", [r"\ud800"]),
        (
            '{"participant": "p1", "participant": "p2", "at": "2026-01-05", "kind": "test", "outcome": "missed"}',
            "participant",
            ["twice"],
        ),
        ("[" * 100_000, "", ["not JSON"]),
        ('{"participant": ' + "[" * 400 + "]" * 400 + "}", "participant", ["text"]),
    ],
    ids=str,
)
def test_a_wrong_line_of_json_is_told_by_line_and_key(tmp_path: Path, line: str, column: str, words: list[str]) -> None:
    [mistake] = mistakes_of(tmp_path, f"{record()}\n{line}\n{record()}")
    assert (mistake.line, mistake.where) == (3, column)
    assert all(word in mistake.what for word in words), mistake.what
    mistake.text("events.jsonl").encode("utf-8")


def test_a_key_that_stands_twice_does_not_hide_what_else_is_wrong_in_its_line(tmp_path: Path) -> None:
    line = '{"participant": "p1", "participant": "p1", "at": "2026-01-05", "knd": "test"}\n'
    assert {mistake.where for mistake in mistakes_of(tmp_path, line)} >= {"participant", '"knd"'}


def test_a_key_with_a_line_end_that_stands_twice_is_told_on_one_line(tmp_path: Path) -> None:
    [mistake] = mistakes_of(tmp_path, record().strip()[:-1] + ', "a\\nb": "1", "a\\nb": "2"}\n')
    assert "\n" not in mistake.text("events.jsonl")


def test_a_number_with_thousands_of_digits_is_told_in_words_a_sender_can_use(tmp_path: Path) -> None:
    [mistake] = mistakes_of(tmp_path, record() + '{"participant": ' + "9" * 5000 + "}\n")
    assert mistake.line == 2
    assert "sys.set_int_max_str_digits" not in mistake.what


def test_an_empty_object_lacks_what_is_required(tmp_path: Path) -> None:
    assert places_of(mistakes_of(tmp_path, "{}\n")) == [(1, "participant"), (1, "at"), (1, "kind")]


def test_mistakes_of_json_lines_are_told_together(tmp_path: Path) -> None:
    content = record(at="2026-02-30", outcome="negatve") + "[]\n" + record(nte="x", id=3) + record(corrects="nothing")
    assert places_of(mistakes_of(tmp_path, content)) == [
        (1, "at"),
        (1, "outcome"),
        (2, ""),
        (3, '"nte"'),
        (3, "id"),
        (4, "corrects"),
    ]


def test_a_broken_quotation_does_not_hide_what_is_wrong_further_down(tmp_path: Path) -> None:
    content = 'participant,at,kind,outcome\n"p"1,2026-01-05,test,negative\np1,2026-02-30,test,negative\np1,2026-01-06,tset,x\n'
    assert places_of(mistakes_of(tmp_path, content)) == [(2, ""), (3, "at"), (4, "kind")]


def test_rows_of_spaces_are_passed_over(tmp_path: Path) -> None:
    assert events_of(tmp_path, "participant,at,kind,outcome\n , , , \n,,,\n \n") == []


def test_an_id_that_a_row_with_a_mistake_has_too_is_a_conflict(tmp_path: Path) -> None:
    good, broken = "p1,2026-01-05,test,negative,,,e1", "p1,2026-02-30,test,negative,,,e1"
    assert places_of(mistakes_of(tmp_path, rows(good, broken))) == [(3, "at"), (3, "id")]
    assert places_of(mistakes_of(tmp_path, rows(broken, good))) == [(2, "at"), (3, "id")]
