"""Write every generated file: `python -m tools.generate`; with ``--check`` change nothing and exit 1 where one is stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools import cli_docs, data_counts, readme, sample
from tools.paths import ROOT

SOURCES = (sample, data_counts, cli_docs, readme)


def stale() -> dict[Path, str]:
    """Path → content of the files that differ from what their source makes."""
    made = {path: content for source in SOURCES for path, content in source.files().items()}
    return {path: content for path, content in made.items() if not path.exists() or path.read_text(encoding="utf-8") != content}


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which files are stale")
    check = parser.parse_args().check
    changed = stale()
    for path, content in changed.items():
        if not check:
            path.write_text(content, encoding="utf-8")
        sys.stdout.write(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}\n")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
