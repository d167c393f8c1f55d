"""Files that appear whole or not at all."""

import os
from pathlib import Path

import pytest

from cm_engine.errors import InputError
from cm_engine.exchange.whole_file import whole_file
from tests.files import write


def test_nothing_has_the_name_before_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    with whole_file(path) as file:
        file.write(b"half")
        assert not path.exists()
        file.write(b" and whole")
    assert path.read_bytes() == b"half and whole"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_is_left_where_writing_fails(tmp_path: Path, *, overwrite: bool) -> None:
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "backup", overwrite=overwrite) as file:
        file.write(bytes([1 // len(file.name[:0])]))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path, "backup", "old")
    with pytest.raises(InputError, match="name another file"), whole_file(path):
        pass
    with whole_file(path, overwrite=True) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_a_file_that_somebody_else_made_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    with pytest.raises(InputError, match="is there already"), whole_file(path):
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_is_full_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: No space left"), whole_file(tmp_path / "backup"):
        raise OSError(28, os.strerror(28))
    assert list(tmp_path.iterdir()) == []
