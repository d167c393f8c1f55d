"""Keys from a file or the environment: which one counts, and how each mistake is told without showing a key."""

from pathlib import Path

import pytest

from cm_engine.errors import InputError, Mistake
from cm_engine.exchange.key_file import read_keys, too_open, write_key_file
from cm_engine.vault import Keys, Vault, VaultError, make_key
from tests.files import write

NEW, OLD, FINDS = make_key(), make_key(), make_key()


def test_a_key_file_is_written_for_its_owner_alone_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "cm.key"
    keys = Keys.new().with_new()
    write_key_file(path, keys)
    assert read_keys(path, None) == keys
    assert path.stat().st_mode & 0o777 == 0o600
    assert not too_open(path)
    assert [file.name for file in tmp_path.iterdir()] == ["cm.key"]


def test_a_key_file_is_never_lost_by_writing_another(tmp_path: Path) -> None:
    path = tmp_path / "cm.key"
    first = Keys.new()
    write_key_file(path, first)
    with pytest.raises(InputError, match="is there already, and is left as it is"):
        write_key_file(path, Keys.new())
    assert read_keys(path, None) == first
    write_key_file(path, first.with_new(), overwrite=True)
    assert len(read_keys(path, None).sealing) == 2
    assert not too_open(path)


def test_a_key_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write_key_file(tmp_path / "nowhere" / "cm.key", Keys.new())


def test_the_first_line_seals_and_comments_are_for_people(tmp_path: Path) -> None:
    path = write(tmp_path, "cm.key", f"# ours\n\n{NEW} # since March\r\n  {OLD}\nindex: {FINDS}\n")
    assert read_keys(path, "") == Keys((NEW.encode(), OLD.encode()), FINDS.encode())


def test_without_an_index_line_the_last_key_finds(tmp_path: Path) -> None:
    path = write(tmp_path, "cm.key", f"{NEW}\n{OLD}\n")
    assert read_keys(path, None).index == OLD.encode()


@pytest.mark.parametrize(
    "written",
    [f"{NEW} {OLD} index:{FINDS}", f"{NEW},{OLD},index: {FINDS}", f" {NEW} ,\n{OLD}\tindex:{FINDS}, "],
    ids=["spaces", "commas", "both"],
)
def test_the_environment_lists_the_same_words(written: str) -> None:
    assert read_keys(None, written) == Keys((NEW.encode(), OLD.encode()), FINDS.encode())


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "cm.key", OLD)
    assert read_keys(path, NEW) == Keys.listed([NEW.encode()])
    assert read_keys(path, "  ") == Keys.listed([OLD.encode()])


def test_no_key_anywhere_says_what_to_do() -> None:
    with pytest.raises(VaultError, match=r"there is no key: .* only its key opens it.* or set CM_KEY"):
        read_keys(None, None)


def test_a_key_file_that_is_not_there_says_what_it_means(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such key file, and only its key opens what was sealed; put it back"):
        read_keys(tmp_path / "cm.key", None)


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        read_keys(tmp_path, None)
    with pytest.raises(InputError, match="Not a directory"):
        read_keys(write(tmp_path, "file", "") / "cm.key", None)


def test_every_malformed_line_is_named_and_none_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "cm.key", f"{NEW}\n{OLD[:-2]}\nindex: {FINDS}\nindex: {OLD}\nindex: x\n")
    mistakes = _mistakes(path, None)
    assert [mistake.line for mistake in mistakes] == [2, 4, 5, 5]
    assert "44 characters" in mistakes[0].what
    assert "second index key" in mistakes[1].what
    assert OLD[:-2] not in str([mistake.what for mistake in mistakes])


def test_a_malformed_key_of_the_environment_is_named_by_its_place() -> None:
    mistakes = _mistakes(None, f"{NEW} {OLD[1:]}")
    assert [(mistake.line, mistake.where) for mistake in mistakes] == [(0, "key 2")]


@pytest.mark.parametrize(
    "content", ["", "# nothing yet\n", f"index: {FINDS}\n"], ids=["empty", "comment", "index only"]
)
def test_a_file_without_a_key_that_seals_is_told(tmp_path: Path, content: str) -> None:
    assert "holds no key that seals" in _mistakes(write(tmp_path, "cm.key", content), None)[0].what


def test_a_file_that_others_may_read_is_too_open(tmp_path: Path) -> None:
    path = write(tmp_path, "cm.key", NEW)
    path.chmod(0o640)
    assert too_open(path)
    path.chmod(0o400)
    assert not too_open(path)


def test_a_vault_opens_with_the_keys_that_were_read(tmp_path: Path) -> None:
    token = Vault(Keys.listed([OLD.encode()])).seal("Ada")
    assert Vault(read_keys(write(tmp_path, "cm.key", f"{NEW}\n{OLD}"), None)).open(token) == "Ada"


def _mistakes(path: Path | None, environment: str | None) -> tuple[Mistake, ...]:
    with pytest.raises(InputError) as told:
        read_keys(path, environment)
    return told.value.mistakes
