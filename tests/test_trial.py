"""The presets over 58,102 real trial events, where CM_TRIAL_EVENTS names the file."""

import json
import os
from pathlib import Path

import pytest

from cm_engine.cli import main

TRIAL = os.environ.get("CM_TRIAL_EVENTS", "")

pytestmark = pytest.mark.skipif(not TRIAL, reason="CM_TRIAL_EVENTS names no trial file")

# What each preset pays on it; docs/measurements.md has the same figures.
AWARDED = {
    "higgins-voucher": "97597.50",
    "silverman-voucher": "106575.00",
    "miedar-prize": "50649",
    "va-prize": "38729",
    "recovery-incentives-ca": "203878.00",
    "name-in-the-hat": "256848",
    "iop-attendance": "21071",
    "treatment-goals": "0",
}


def test_the_presets_pay_the_trial_to_the_cent(capsys: pytest.CaptureFixture[str]) -> None:
    policies = [word for name in AWARDED for word in ("--policy", name)]
    assert main(["replay", TRIAL, *policies, "--summary"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert {policy["policy"]: policy["awarded"] for policy in summary["policies"]} == AWARDED
    assert len(summary["participants"]) == 2267


def test_lines_and_summary_of_the_trial_agree_participant_by_participant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", TRIAL, "--policy", "recovery-incentives-ca"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert main(["replay", TRIAL, "--policy", "recovery-incentives-ca", "--summary"]) == 0
    summary = json.loads(capsys.readouterr().out)
    balances = {line["participant"]: line["balance"] for line in lines}
    shares = {name: share["recovery-incentives-ca"]["awarded"] for name, share in summary["participants"].items()}
    assert {name: shares[name] for name in balances} == balances
    assert summary["policies"][0]["events"] == len(lines) == 26922


def test_the_trial_file_is_what_it_is_said_to_be() -> None:
    with Path(TRIAL).open(encoding="utf-8") as file:
        assert sum(1 for _ in file) == 58_103
