"""The wheel carries all that a run needs, and runs from nothing but itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(unpacked: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run Python where callqa is the unpacked wheel and the source tree is out of sight."""
    environ = os.environ | {"PYTHONPATH": str(unpacked), "CALLQA_LANG": "en"}
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, env=environ, cwd=unpacked, check=False)


@pytest.mark.parametrize(
    "name",
    [
        "callqa/py.typed",
        "callqa/labels.yaml",
        "callqa/text/homophones.txt",
        "callqa/_shipped/policies/default.yaml",
        "callqa/_shipped/models/default/manifest.json",
    ],
)
def test_wheel_carries(unpacked: Path, name: str) -> None:
    assert (unpacked / name).is_file()


def test_wheel_holds_callqa_only_and_its_command(unpacked: Path) -> None:
    names = {path.name for path in unpacked.iterdir()}
    (info,) = (name for name in names if name.endswith(".dist-info"))
    assert names == {"callqa", info}
    assert "callqa = callqa.cli.main:main" in (unpacked / info / "entry_points.txt").read_text(encoding="utf-8")
    assert any((unpacked / info).rglob("LICENSE"))


def test_it_uses_its_own_files(unpacked: Path) -> None:
    code = "from callqa.shipped import shipped_path; print(shipped_path('models/default')); print(shipped_path('policies/default.yaml'))"
    done = run(unpacked, "-c", code)
    assert done.returncode == 0, done.stderr
    assert all(line.startswith(str(unpacked)) for line in done.stdout.splitlines())


def test_it_tags_a_call(unpacked: Path, tmp_path: Path) -> None:
    call = {"call_id": "c1", "utterances": [{"turn": 1, "speaker": "agent", "text": "今天必须还款，不然影响您的征信"}]}
    (tmp_path / "day.jsonl").write_text(json.dumps(call, ensure_ascii=False) + "\n", encoding="utf-8")
    done = run(unpacked, "-m", "callqa.cli.main", "tag", str(tmp_path / "day.jsonl"), "-o", str(tmp_path / "out"), "--fast")
    assert done.returncode == 0, done.stderr
    (line,) = (tmp_path / "out" / "tagged" / "day.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["call_id"] == "c1"
