"""The documents tell the truth: pages say what policies say, links lead somewhere, the README's commands run."""

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from cm_engine.catalogue import PRESETS, PROGRAMS, kind_names
from cm_engine.cli import COMMANDS, main
from cm_engine.exchange.policy_file import parse_policy
from cm_engine.exchange.program_file import parse_program
from cm_engine.settings import Settings, read_settings
from cm_engine.terms import terms_of
from docs.build import PROGRAMS_PAGE, page, programs_written, written

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_presets_page_says_what_the_policy_says(name: str) -> None:
    assert page(name).read_text(encoding="utf-8") == written(name), "run: make docs"


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_presets_page_has_all_that_a_clinician_needs(name: str) -> None:
    text = page(name).read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    needed = ["The rule in words", "The terms", "A perfect run", "Source", "What to confirm against your own manual"]
    assert [heading for heading in headings if heading in needed] == needed


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_every_picture_of_the_guide_is_shown_in_it() -> None:
    guide = ROOT / "docs" / "guide"
    shown = {
        name for page in guide.glob("*.md") for name in re.findall(r"\]\((pictures/[^)]+)", page.read_text("utf-8"))
    }
    assert {f"pictures/{file.name}" for file in guide.glob("pictures/*")} == shown


def test_the_readmes_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^\.venv/bin/cm-engine (replay .*)$", readme, re.MULTILINE)
    assert main(shlex.split(command)) == 0
    assert "sixth negative in a row: ladder place 6, 8.75; every third one: 10.00" in capsys.readouterr().out


def test_the_readmes_picture_shows_what_the_command_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    main(["replay", "docs/examples/ben.csv", "--policy", "higgins-voucher", "--table"])
    picture = (ROOT / "docs/pictures/replay.svg").read_text(encoding="utf-8").replace("&#160;", " ")
    for line in capsys.readouterr().out.strip().splitlines():
        assert line.rstrip() in picture, "run: make pictures"


def test_the_readmes_policy_is_a_policy() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    assert parse_policy("README.md", text).name == "our-vouchers"


def test_the_page_of_programs_has_every_key_and_says_what_it_means() -> None:
    assert PROGRAMS_PAGE.read_text(encoding="utf-8") == programs_written(), "run: make docs"


def test_the_program_of_the_page_of_programs_is_one() -> None:
    [text] = re.findall(r"```toml\n(.*?)```", PROGRAMS_PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert parse_program("programs.md", text).name == "riverside-iop"


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_page_of_programs_tells_of_each_that_ships(name: str) -> None:
    assert f"| `{name}` |" in PROGRAMS_PAGE.read_text(encoding="utf-8")


def test_every_command_of_the_readme_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`cm-engine ([\w-]+)", readme)) <= set(COMMANDS)


def test_every_command_has_a_document() -> None:
    named = {name for page_ in PAGES for name in re.findall(r"`cm-engine ([\w-]+)", page_.read_text(encoding="utf-8"))}
    assert named >= set(COMMANDS)


def test_the_example_configuration_can_be_read_as_it_is_and_with_every_line_switched_on(tmp_path: Path) -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    switched_on = tmp_path / "config.toml"
    switched_on.write_text(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    assert read_settings(ROOT / "config.example.toml") == Settings()
    settings = read_settings(switched_on)
    assert settings.analytes == ("kratom", "gabapentin")
    without_examples = replace(settings, analytes=(), database=None, one_person_sites=())
    defaults = replace(without_examples, tls_certificate=None, tls_key=None, tls_proxies=())
    assert defaults == Settings(), "what stands there as the default is not the default"


def test_the_example_configuration_has_every_key() -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    assert set(re.findall(r"^# (\w+) = ", text, re.MULTILINE)) == set(terms_of(Settings))


def test_the_example_plug_in_is_installed() -> None:
    assert "punch-card" in kind_names()


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(path.name for path in folder.glob("0*.md"))
