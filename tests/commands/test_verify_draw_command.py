"""`cm-engine verify-draw`: a true receipt, a changed one, and what is none."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from cm_engine.bowl import Bowl, Slip
from cm_engine.drawing import receipt_of
from cm_engine.exchange.receipt_json import receipt_text
from tests.files import SCRIPT, run, start_script, write

Capsys = pytest.CaptureFixture[str]

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "receipt.json"
ONE = Bowl(slips=(Slip(label="good job", count=1, value=500),))
ID = "Zq3vT0cYw8mKfA1xJ5hRbg"


def test_a_true_receipt_is_told_to_be_so_with_what_was_computed(capsys: Capsys) -> None:
    ended = run(capsys, "verify-draw", EXAMPLE)
    told = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert (ended.code, ended.err) == (0, "")
    *lines, last = ended.out.splitlines()
    assert last == "the draw is as the receipt says"
    for word in (told["draw"], told["sha256"], told["bowl_sha256"], "bowl of 500 slips", f"slip {told['slip']}"):
        assert word in "\n".join(lines)
    assert f'pick {told["pick"]} gives slip {told["slip"]}: "large", worth 20.00' in lines
    assert "paid 20.00" in lines


def test_what_the_caps_cut_is_said(capsys: Capsys, tmp_path: Path) -> None:
    receipt = write(tmp_path, "receipt.json", receipt_text(receipt_of(ID, bytes(32), ONE, 1, left=125)))
    ended = run(capsys, "verify-draw", receipt)
    assert ended.code == 0
    assert "bowl of 1 slip with" in ended.out
    assert "paid 1.25, since the caps left no more" in ended.out


def test_every_fault_of_a_changed_receipt_is_told(capsys: Capsys, tmp_path: Path) -> None:
    changed = replace(receipt_of(ID, bytes(32), ONE, 1), sha256="0" * 64, label="jumbo", paid=600)
    ended = run(capsys, "verify-draw", write(tmp_path, "receipt.json", receipt_text(changed)))
    assert (ended.code, ended.err) == (1, "")
    first, *wrong, last = ended.out.splitlines()
    assert first == f"draw {ID}"
    assert len(wrong) == 3
    assert last == "the draw is not as the receipt says: 3 faults"
    changed = replace(receipt_of(ID, bytes(32), ONE, 1), pick=2)
    ended = run(capsys, "verify-draw", write(tmp_path, "receipt.json", receipt_text(changed)))
    assert ended.out.endswith("says: 1 fault\n")


def test_programs_are_told_as_json(capsys: Capsys, tmp_path: Path) -> None:
    receipt = receipt_of(ID, bytes(32), ONE, 1)
    path = write(tmp_path, "receipt.json", receipt_text(receipt))
    ended = run(capsys, "verify-draw", path, "--json")
    assert (ended.code, json.loads(ended.out)) == (0, {"file": str(path), "draw": ID, "faults": []})
    write(tmp_path, "receipt.json", receipt_text(replace(receipt, slip=2)))
    ended = run(capsys, "verify-draw", path, "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["faults"] == ["the pick gives slip 1, and the receipt says 2"]


def test_a_receipt_is_read_from_standard_input(tmp_path: Path) -> None:
    command = [SCRIPT, "verify-draw", "-"]
    ended = subprocess.run(
        command, input=EXAMPLE.read_bytes(), capture_output=True, cwd=tmp_path, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.endswith(b"the draw is as the receipt says\n")


BAD: dict[str, bytes] = {
    "empty.json": b"",
    "policy.json": b'{"name": "va-prize"}',
    "list.json": b"[1, 2]",
    "events.csv": b"participant,at,kind\n",
    "zeros.json": b"\0" * 1_000,
    "deep.json": b"[" * 100_000,
    "latin.json": b'{"label": "caf\xe9"}',
    "utf-16.json": receipt_text(receipt_of(ID, bytes(32), ONE, 1)).encode("utf-16"),
    "large.json": b"{" + b" " * 2_000_000 + b"}",
    "hex.json": receipt_text(receipt_of(ID, bytes(32), ONE, 1)).replace("00" * 32, "00" * 31).encode(),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_receipt_ends_with_2_and_words(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, BAD[name])
    ended = start_script("verify-draw", name, folder=tmp_path)
    assert "Traceback" not in ended.err
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(name)


@pytest.mark.parametrize("args", [[], ["missing.json"], ["."], ["x" * 300], [EXAMPLE, "--config", "missing.toml"]])
def test_what_cannot_be_read_is_told(capsys: Capsys, args: list[str]) -> None:
    ended = run(capsys, "verify-draw", *args)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.strip()
