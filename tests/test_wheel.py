"""A wheel, built and installed elsewhere, has its templates and examples with it and runs them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_a_wheel_installed_elsewhere_runs_an_example(tmp_path: Path) -> None:
    run = [sys.executable, "-m", "pip"]
    subprocess.run([*run, "wheel", "-q", "--no-deps", "-w", str(tmp_path / "dist"), str(ROOT)], check=True, capture_output=True)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert "jvmodel/_shipped/deals/kasanga.yaml" in names
    assert "jvmodel/_shipped/templates/termsheet.html.j2" in names
    subprocess.run(
        [*run, "install", "-q", "--no-deps", "--target", str(tmp_path / "site"), str(wheel)], check=True, capture_output=True
    )
    script = (
        "import jvmodel, sys; from jvmodel.cli import main; assert jvmodel.__file__.startswith(sys.argv[1]); main(sys.argv[2:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "site"), "run", "kasanga", "--out", "out"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin"}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["kasanga.html", "kasanga.xlsx"]
