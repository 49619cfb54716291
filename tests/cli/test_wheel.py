"""A built wheel, installed where there is no checkout, carries everything that the commands need."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import smartcert
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.notebook

CHECKOUT = Path(smartcert.__file__).resolve().parent.parent


def ran(*command: str | Path, cwd: Path, timeout: int = PATIENCE) -> subprocess.CompletedProcess[str]:
    # what the checkout's own environment sets must not help
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JUPYTER"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        # a borrowed nbconvert has its templates where it was installed
        env=environment | {"LANG": "C.UTF-8", "JUPYTER_PATH": str(Path(sys.prefix) / "share" / "jupyter")},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (CHECKOUT / "pyproject.toml").is_file():
        pytest.skip("there is no checkout to build from")
    folder = tmp_path_factory.mktemp("wheel")
    ran(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=CHECKOUT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the ``bin`` of a new environment with the wheel, which borrows what the wheel depends on from ours."""
    folder = tmp_path_factory.mktemp("environment")
    ran(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    command = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet", "--no-deps"]
    ran(*command, wheel, cwd=folder)
    ours = Path(sysconfig.get_path("purelib"))
    (its,) = (folder / "lib").glob("python*/site-packages")
    # a path file in its site-packages adds ours behind it; ours is not read for path files of its own, so that the
    # editable smartcert of the checkout stays out
    (its / "borrowed.pth").write_text(f"{ours}\n")
    return folder / "bin"


def test_the_wheel_carries_what_is_not_python(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "smartcert/shipped/notebooks/applicant_report.ipynb",
        "smartcert/shipped/notebooks/round_summary.ipynb",
        "smartcert/shipped/parameters/rules/eligibility.yaml",
        "smartcert/shipped/parameters/rules/indicators/illustrative-2023.yaml",
        "smartcert/shipped/parameters/registry/local_governments.2023-10.csv",
        "smartcert/shipped/parameters/rounds/example/round.yaml",
        "smartcert/shipped/parameters/rounds/2023/round.yaml",
        "smartcert/reporting/template/smartcert/index.html.j2",
        "smartcert/reporting/template/smartcert/page.css",
        "smartcert/reporting/words/findings.ko.toml",
        "smartcert/reporting/schemas/evaluation.schema.json",
        "smartcert/reporting/schemas/README.md",
        "smartcert/py.typed",
    ):
        assert wanted in names
    assert any(name.endswith("data/share/jupyter/nbconvert/templates/smartcert/conf.json") for name in names)
    assert not [name for name in names if "tests" in name or ".ipynb_checkpoints" in name]


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    done = ran(installed / "python", "-c", "import smartcert; print(smartcert.__file__)", cwd=tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


def test_who_answers_from_any_folder(installed: Path, tmp_path: Path) -> None:
    done = ran(installed / "smartcert", "who", "송파구", "--round", "2023", "--language", "ko", cwd=tmp_path)
    assert "송파구 (Songpa-gu), 서울특별시" in done.stdout


def test_the_demo_works_from_any_folder(installed: Path, tmp_path: Path) -> None:
    done = ran(installed / "smartcert", "demo", "--language", "en", "--quiet", cwd=tmp_path)
    assert str(Path("outputs", "example", "index.html")) in done.stdout
    assert "certified" in done.stdout
    assert (tmp_path / "outputs" / "example" / "index.html").is_file()
    assert len(list(tmp_path.glob("outputs/example/applicants/*/report.en.html"))) == 27
    assert {path.name for path in tmp_path.iterdir()} == {"outputs"}
