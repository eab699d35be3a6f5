"""`callqa flag`: another policy on results that stand, without tagging again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from callqa.cli.common import JsonOption, LabelsOption, PolicyOption, examples, new_app, print_json, progress, tr

app = new_app()


@app.command(
    help=tr(
        "Re-apply a policy to tagged results: new flags, scores and tables, nothing is tagged again.",
        "对已标注结果重新应用质检标准：更新质检项、得分和表格，不重新标注。",
    ),
    epilog=examples("callqa flag out --policy policies/self-regulation.yaml"),
)
def flag(
    out: Annotated[Path, typer.Argument(metavar="OUT", help=tr("Result folder of callqa tag.", "callqa tag 的结果目录。"))],
    policy: PolicyOption = None,
    labels_file: LabelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.reflag.reflag` does the work."""
    from callqa.labels import load_scheme
    from callqa.policy import load_policy
    from callqa.reflag import reflag

    scheme = load_scheme(labels_file)
    rules = load_policy(policy, scheme)
    with progress(tr("flagging", "质检")) as advance:
        summary = reflag(out, rules, scheme, advance)
    counts = summary.counts
    if as_json:
        print_json(
            {
                "out": str(out),
                "policy": {"name": rules.name, "sha256": rules.sha256},
                "calls": counts.calls,
                "changed": summary.changed,
                "flags": dict(sorted(counts.flags.items())),
                "severities": dict(sorted(counts.severities.items())),
            }
        )
        return
    typer.echo(
        tr(
            f"{counts.calls:,} calls held against {rules.name} ({rules.sha256[:8]}); {summary.changed:,} changed",
            f"已按 {rules.title_zh}（{rules.sha256[:8]}）检查 {counts.calls:,} 通电话，{summary.changed:,} 通有变化",
        )
    )
    for code, count in counts.flags.most_common():
        name = rules.by_code[code].rule.name
        typer.echo(f"  {count:>8,}  {tr(name.en, name.zh)} ({code})")
    typer.echo(tr(f"Results: {out}", f"结果：{out}"))
