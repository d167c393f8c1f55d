"""The package as somebody installs it: a wheel in an environment of its own runs the commands that a clinic begins with."""

import os
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.installations import EVENTS

ROOT = Path(__file__).parent.parent


def run(*args: str | Path, cwd: Path) -> str:
    """Run a program that must end well, away from this checkout, and give what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CM_"))}
    done = subprocess.run(
        [str(arg) for arg in args], cwd=cwd, env=kept, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a wheel that was built and installed; what it depends on is the tests' own, so nothing is fetched twice."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    [wheel] = folder.glob("cm_engine-*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    place = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel, cwd=folder)
    # Behind the wheel's own place, and without its .pth files, which lead to this checkout.
    (Path(place) / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")
    return folder / "venv" / "bin" / "cm-engine"


def test_a_wheel_runs_init_import_verify_backup_and_restore(command: Path, tmp_path: Path) -> None:
    where = run(command.parent / "python", "-c", "import cm_engine; print(cm_engine.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(command.parent.parent)
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    assert "one-time code" in run(command, "init", "--program", "intensive-outpatient", cwd=tmp_path)
    assert "4 created" in run(command, "import", "events.csv", "--enrol-under", "va-prize", cwd=tmp_path)
    assert run(command, "verify", cwd=tmp_path).endswith("\nclean\n")
    run(command, "backup", "monday.cmbackup", cwd=tmp_path)
    (tmp_path / "clinic.db").unlink()
    assert "clean" in run(command, "restore", "monday.cmbackup", cwd=tmp_path)
    assert run(command, "verify", cwd=tmp_path).endswith("\nclean\n")
    assert "4 already there" in run(command, "import", "events.csv", cwd=tmp_path)
