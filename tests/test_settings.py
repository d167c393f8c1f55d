"""Settings: the analytes that a site tests for beside the ones the engine knows."""

from pathlib import Path

import pytest

from cm_engine.errors import InputError
from cm_engine.events import ANALYTES
from cm_engine.settings import Settings, read_settings
from tests.files import write


def test_without_a_configuration_the_known_analytes_are_the_engines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings(None) == Settings()
    assert read_settings(None).known_analytes == ANALYTES


def test_a_configuration_in_the_working_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "config.toml", 'analytes = ["ketamine"]\n')
    assert read_settings(None).known_analytes == ANALYTES | {"ketamine"}


def test_a_named_configuration_goes_before_the_one_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "config.toml", "rubbish")
    assert read_settings(write(tmp_path, "other.toml", 'analytes = ["kratom", "7-oh"]')).analytes == ("kratom", "7-oh")


@pytest.mark.parametrize("content", ["", "\n", "# nothing yet\n", "analytes = []\n"])
def test_a_configuration_may_say_nothing(tmp_path: Path, content: str) -> None:
    assert read_settings(write(tmp_path, "config.toml", content)) == Settings()


def test_an_analyte_that_is_known_already_may_be_named(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path, "config.toml", 'analytes = ["cocaine"]')).known_analytes == ANALYTES


@pytest.mark.parametrize(
    ("content", "line", "where", "words"),
    [
        ('\nanalyte = ["x"]\n', 2, "analyte", ["unknown key", '"analytes"']),
        ('analytes = "ketamine"\n', 1, "analytes", ["list"]),
        ("analytes = 3\n", 1, "analytes", ["list"]),
        ('[analytes]\nx = "y"\n', 1, "analytes", ["list"]),
        ('analytes = [\n  "ok",\n  "Not Ok",\n]\n', 3, "analytes[2]", ['"Not Ok"', "lower-case"]),
        ('analytes = [\n  "ok",\n  3,\n]\n', 3, "analytes[2]", ["3", "lower-case"]),
        ('analytes = ["a=b"]\n', 1, "analytes[1]", ['"a=b"']),
        ('analytes = ["a;b"]\n', 1, "analytes[1]", ['"a;b"']),
        ('analytes = ["a\\n"]\n', 1, "analytes[1]", [r"a\n"]),
        ('analytes = [""]\n', 1, "analytes[1]", ['""']),
        ("analytes = [2026-01-05]\n", 1, "analytes[1]", ["2026-01-05"]),
        ("idle_minutes = 0\n", 1, "idle_minutes", ["from 1 to 120"]),
        ("idle_minutes = 121\n", 1, "idle_minutes", ["from 1 to 120"]),
        ("session_hours = 25\n", 1, "session_hours", ["from 1 to 24"]),
        ('session_hours = "12"\n', 1, "session_hours", ["from 1 to 24"]),
        ("analytes = [true]\n", 1, "analytes[1]", ["true"]),
        ('analytes = [["x"]]\n', 1, "analytes[1]", ["lower-case"]),
        ('analytes = ["x", "y", "x"]\n', 1, "analytes[3]", ['"x"', "twice"]),
        ("analytes = [\n", 1, "", ["not TOML"]),
        ("analytes = [\n]]\n", 2, "column 2", ["not TOML"]),
    ],
)
def test_a_mistake_is_told_by_line_and_key(
    tmp_path: Path, content: str, line: int, where: str, words: list[str]
) -> None:
    with pytest.raises(InputError) as told:
        read_settings(write(tmp_path, "config.toml", content))
    [mistake] = told.value.mistakes
    assert (mistake.line, mistake.where) == (line, where)
    assert all(word in mistake.what for word in words), mistake.what


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        read_settings(write(tmp_path, "config.toml", 'analyte = 1\nanalytes = ["A",\n"B"]\nother = 2\n'))
    assert [(m.line, m.where) for m in told.value.mistakes] == [
        (1, "analyte"),
        (2, "analytes[1]"),
        (3, "analytes[2]"),
        (4, "other"),
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00", "[".encode("utf-16"), b"analytes = ['caf\xe9']"])
def test_rubbish_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError):
        read_settings(write(tmp_path, "config.toml", content))


def test_a_missing_configuration_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_settings(tmp_path / "missing.toml")
    with pytest.raises(InputError, match="folder"):
        read_settings(tmp_path)


def test_everything_has_a_default() -> None:
    settings = Settings()
    assert (settings.database, settings.key_file, settings.backups) == (None, "clinic.key", "backups")
    assert settings.retention_years == 6
    assert [settings.tax_alert(year) for year in (2024, 2025, 2026, 2030)] == [60_000, 60_000, 200_000, 200_000]


def test_tax_alerts_hold_from_their_years_in_whatever_order_they_stand(tmp_path: Path) -> None:
    text = """
        [[tax_alerts]]
        from_year = 2028
        amount = "2100.50"
        [[tax_alerts]]
        from_year = 2026
        amount = "2000.00"
    """
    settings = read_settings(write(tmp_path, "config.toml", text))
    assert [settings.tax_alert(year) for year in (2025, 2026, 2027, 2028)] == [None, 200_000, 200_000, 210_050]


def test_paths_are_taken_from_the_folder_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/femi")
    text = 'backups = "/mnt/safe"\nkey_file = "~/clinic.key"\n'
    settings = read_settings(write(tmp_path, "config.toml", text))
    assert settings.backups_folder == Path("/mnt/safe")
    assert settings.path(settings.key_file) == Path("/home/femi/clinic.key")
    assert settings.path("clinic.db") == tmp_path / "clinic.db"
    assert settings.path("~nobody-at-all/x") == tmp_path / "~nobody-at-all/x"
    assert read_settings(write(tmp_path, "config.toml", "")).backups_folder == tmp_path / "backups"


@pytest.mark.parametrize(
    ("content", "where", "words"),
    [
        ("retention_years = 0\n", "retention_years", "from 1 to 200"),
        ("retention_years = 201\n", "retention_years", "from 1 to 200"),
        ('retention_years = "6"\n', "retention_years", "without quotes"),
        ("retention_years = true\n", "retention_years", "true"),
        ('database = ""\n', "database", "a line of text"),
        ("key_file = 7\n", "key_file", "a line of text"),
        ("tax_alerts = 600\n", "tax_alerts", "a list"),
        ('tax_alerts = [ {from_year = 2026, amount = "x"} ]\n', "tax_alerts[1].amount", "an amount"),
        ('tax_alerts = [ {amount = "600.00"} ]\n', "tax_alerts[1].from_year", "missing"),
        ('tax_alerts = [ {from_year = 1, amount = "600.00"} ]\n', "tax_alerts[1].from_year", "at least 1900"),
        (
            'tax_alerts = [ {from_year = 2026, amount = "6"}, {from_year = 2026, amount = "7"} ]\n',
            "tax_alerts[2].from_year",
            "2026 stands there twice",
        ),
    ],
)
def test_a_mistake_in_what_an_installation_is_told(tmp_path: Path, content: str, where: str, words: str) -> None:
    with pytest.raises(InputError) as told:
        read_settings(write(tmp_path, "config.toml", content))
    [mistake] = told.value.mistakes
    assert mistake.where == where
    assert words in mistake.what


@pytest.mark.parametrize(
    ("content", "line", "where", "words"),
    [
        ('tls_certificate = "clinic.crt"\n', 1, "tls_certificate", ["it needs tls_key"]),
        ('\ntls_key = "clinic.key"\n', 2, "tls_key", ["it needs tls_certificate"]),
        ('tls_proxies = ["10.0.0.5", "proxy"]\n', 1, "tls_proxies[2]", ['"proxy" is not an address', "10.0.0.5"]),
        ("web_processes = 0\n", 1, "web_processes", ["at least 1"]),
    ],
)
def test_a_mistake_of_how_it_is_served_is_told(
    tmp_path: Path, content: str, line: int, where: str, words: list[str]
) -> None:
    with pytest.raises(InputError) as told:
        read_settings(write(tmp_path, "config.toml", content))
    [mistake] = told.value.mistakes
    assert (mistake.line, mistake.where) == (line, where)
    assert all(word in mistake.what for word in words)
