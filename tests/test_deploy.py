"""What is deployed: the commands, settings, paths and addresses in `deploy/` are those that there are, and fit each other."""

import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from cm_engine.cli import cli
from cm_engine.settings import Settings, read_settings
from web.health import health
from web.serving import GRACE, HEALTH

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
COMPOSE = DEPLOY / "container" / "compose.yaml"
CONTAINERFILE = (DEPLOY / "container" / "Containerfile").read_text(encoding="utf-8")


class Unit(RawConfigParser):
    """A unit of systemd; of a key that stands there several times, the last counts here."""

    optionxform = staticmethod(str)  # type: ignore[assignment]


def unit(path: Path) -> Unit:
    found = Unit(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    found.read(path)
    return found


def understood(args: list[str]) -> str:
    """Read a command as it would be run; give its name. Raises click's error for what it does not take."""
    context = click.Context(cli, info_name="cm-engine")
    command = cli.get_command(context, args[0])
    assert command is not None, args
    command.make_context(args[0], args[1:], parent=context)
    return args[0]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_units_command_is_one(path: Path) -> None:
    program, *args = shlex.split(unit(path)["Service"]["ExecStart"])
    assert program == "/opt/cm-engine/bin/cm-engine"
    assert f"cm-engine-{understood(args).replace('serve', 'web')}" == path.stem
    assert args[-2:] == ["--config", "/etc/cm-engine/config.toml"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_has_no_rights_that_it_does_not_need(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"] == "cm-engine"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert {service[key] for key in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "PrivateDevices")} == {"yes"}


def test_a_server_has_as_long_to_end_as_it_may_take() -> None:
    longest = GRACE + 60
    assert int(unit(DEPLOY / "systemd" / "cm-engine-web.service")["Service"]["TimeoutStopSec"]) > longest
    assert int(composed()["services"]["web"]["stop_grace_period"].removesuffix("s")) > longest


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    installed = tmp_path / "cm-engine"
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    for path in DEPLOY.glob("systemd/cm-engine-*.*"):
        text = path.read_text(encoding="utf-8").replace("/opt/cm-engine/bin/cm-engine", str(installed))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    units = [str(path) for path in tmp_path.glob("*.*")]
    analyze = ["systemd-analyze", "verify", "--recursive-errors=no", *units]
    said = subprocess.run(analyze, capture_output=True, text=True, check=False)
    assert (said.returncode, [line for line in said.stderr.splitlines() if "cm-engine" in line]) == (0, [])


def composed() -> Any:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def test_the_commands_of_the_containers_are_commands() -> None:
    [own] = re.findall(r"^CMD (\[.*\])$", CONTAINERFILE, re.MULTILINE)
    given = [service["command"] for service in composed()["services"].values() if "command" in service]
    assert {understood(args) for args in [yaml.safe_load(own), *given]} == {"init", "serve", "scheduler"}


def test_a_container_is_run_by_nobody_in_particular_and_writes_nowhere_else() -> None:
    assert re.search(r"^USER 10107$", CONTAINERFILE, re.MULTILINE)
    for name in ("init", "web", "scheduler"):
        service = composed()["services"][name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["volumes"] == ["clinic:/var/lib/cm-engine"]


def test_a_container_is_made_of_files_that_there_are() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.MULTILINE)
    assert [name for names in copied for name in names.split() if not (ROOT / name).exists()] == []


def test_the_configuration_can_be_read_and_names_the_proxies() -> None:
    settings = read_settings(DEPLOY / "installation.toml")
    assert settings != Settings()
    inside = composed()["networks"]["inside"]["ipam"]["config"][0]
    proxy = composed()["services"]["proxy"]["networks"]["inside"]["ipv4_address"]
    assert {"127.0.0.1", proxy} == set(settings.tls_proxies)
    assert ip_address(proxy) in ip_network(inside["subnet"])
    assert ip_address(proxy) not in ip_network(inside["ip_range"])


def test_what_is_asked_about_health_is_answered() -> None:
    asked = set(re.findall(r"127\.0\.0\.1:8000(/\w+)", CONTAINERFILE))
    asked |= set(re.findall(r"health_uri (/\w+)", (DEPLOY / "Caddyfile").read_text(encoding="utf-8")))
    assert asked == HEALTH
    assert health.name == "health"


def test_the_readme_names_files_that_there_are_and_commands_that_are_understood() -> None:
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`(deploy/[^`]+)`", readme) + re.findall(r"(deploy/[\w./-]+\w) ", readme)
    assert [name for name in named if not (ROOT / name).exists()] == []
    said = re.findall(r"/opt/cm-engine/bin/cm-engine ([^\n|&`]+)", readme)
    assert {understood(shlex.split(args)) for args in said} >= {"init", "verify", "restore"}
