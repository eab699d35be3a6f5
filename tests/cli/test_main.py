"""The command line as a shell sees it: light, in two languages, with honest exit codes."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from callqa import __version__
from callqa.cli.common import fail_clean
from callqa.errors import InputError

HEAVY = ("numpy", "scipy", "pandas", "sklearn", "jieba", "pydantic", "pyarrow", "yaml", "joblib", "loky", "pycrfsuite", "xlsxwriter")


def callqa(*args: str | Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"CALLQA_LANG": lang, "COLUMNS": "120"}
    command = [sys.executable, "-m", "callqa.cli.main", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environ, check=False)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['callqa', '--help']\n"
        "from callqa.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        f"heavy = [name for name in {HEAVY} if name in sys.modules]\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_answers_in_half_a_second_of_computing() -> None:
    """Measured as CPU time, so that a busy machine does not fail it."""
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert callqa("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(seconds) < 0.5


@pytest.mark.parametrize(("lang", "words"), [("en", "Every night"), ("zh", "日常")])
def test_help_speaks_the_language_of_the_environment(lang: str, words: str) -> None:
    assert words in callqa("--help", lang=lang).stdout


def test_lang_option_beats_the_environment() -> None:
    assert "导出" in callqa("export", "--help", "--lang", "zh", lang="en").stdout


def test_version() -> None:
    assert callqa("--version").stdout == f"callqa {__version__}\n"


@pytest.mark.parametrize("args", [[], ["nonsense"], ["export"], ["export", "out", "-o", "x.csv", "--lang", "fr"], ["tag", "--nonsense"]])
def test_wrong_usage_is_exit_2(args: list[str]) -> None:
    assert callqa(*args).returncode == 2


def test_a_wrong_command_is_told_the_nearest() -> None:
    assert "export" in callqa("exprot").stderr


def test_a_failure_is_one_line_and_exit_1_and_a_traceback_only_with_debug(tmp_path: Path) -> None:
    args: list[str | Path] = ["export", tmp_path, "-o", tmp_path / "x.csv"]
    done = callqa(*args)
    assert done.returncode == 1
    assert done.stderr == f"callqa: {tmp_path}: is no result folder: it has no tagged/\n"
    assert "Traceback" in callqa(*args, "--debug").stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InputError("is bad", file="a.jsonl", line=2), "callqa: a.jsonl:2: is bad\n"),
        (OSError(28, "No space left on device", "out/x"), "callqa: out/x: No space left on device\n"),
        (KeyError("王小明 13800001234"), "callqa: internal error (KeyError); run again with --debug to see where\n"),
    ],
)
def test_no_error_quotes_a_transcript(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["callqa", "--lang", "en"])
    with pytest.raises(SystemExit) as end, fail_clean(debug=False):
        raise error
    assert end.value.code == 1
    assert capsys.readouterr().err == said
