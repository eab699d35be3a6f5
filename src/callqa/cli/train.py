"""`callqa train`: a model from labelled calls, or only the figures one would have."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from callqa.cli.common import JsonOption, examples, new_app, print_json, print_tables, tr, ui_lang

app = new_app()


class Group(Enum):
    """What a fold of cross-validation keeps together."""

    WRITER = "writer"
    CALL = "call"


@app.command(
    help=tr(
        "Train a model on labelled calls, one file a writer, and say what it is worth on calls it has not seen.",
        "用已标注通话训练模型（每个文件视为一位标注来源），并给出未见通话上的指标。",
    ),
    epilog=examples(
        "callqa train data/train --also data/written -o models/default --check data/heldout",
        "callqa train data/train            # cross-validation only, nothing is written",
        "callqa train ours.jsonl theirs.jsonl -o models/ours --hf ~/models/bge-small-zh",
    ),
)
def train(
    data: Annotated[list[Path], typer.Argument(metavar="DATA", help=tr("Labelled calls: files or folders.", "已标注通话：文件或目录。"))],
    also: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATA",
            help=tr("More labelled calls to learn from, never counted in a figure.", "另外参与训练、但不计入任何指标的已标注通话。"),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="MODEL",
            help=tr("Folder for the model; without it nothing is written.", "模型目录；不给则只做交叉验证。"),
        ),
    ] = None,
    check: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="GOLD",
            help=tr("Labelled calls kept out of training, measured for the model card.", "留出的已标注通话，结果写入模型卡。"),
        ),
    ] = None,
    encoder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help=tr("Folder of a turn encoder; the shipped one by default.", "话轮编码器目录；默认用自带编码器。")),
    ] = None,
    hf: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=tr("A Hugging Face encoder in a local folder instead (extra hf).", "改用本地 Hugging Face 编码器（需 hf 附加包）。"),
        ),
    ] = None,
    no_encoder: Annotated[bool, typer.Option("--no-encoder", help=tr("Train without a sentence encoder.", "不用句向量编码器。"))] = False,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=tr("Label scheme; the shipped labels.yaml by default.", "标签体系文件；默认用自带 labels.yaml。")
        ),
    ] = None,
    group: Annotated[
        Group,
        typer.Option(
            metavar="UNIT", help=tr("What a fold keeps together: writer (file) or call.", "交叉验证分组：writer（文件）或 call（通话）。")
        ),
    ] = Group.WRITER,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help=tr("Name of the model; its folder's by default.", "模型名称；默认取目录名。"))
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, metavar="N", help=tr("Of every random choice.", "随机种子。"))] = None,
    workers: Annotated[int, typer.Option(min=1, metavar="N", help=tr("Processes for cross-validation.", "交叉验证进程数。"))] = 2,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.training_run.run_training` does the work."""
    from callqa.evaluate.tables import as_record, tables
    from callqa.train import SEED
    from callqa.training_run import TrainingPlan, run_training

    plan = TrainingPlan(
        data=tuple(data),
        also=tuple(also or ()),
        out=out,
        check=tuple(check or ()),
        encoder=encoder,
        hf=hf,
        without_encoder=no_encoder,
        labels=labels,
        group=group.value,
        name=name,
        seed=SEED if seed is None else seed,
        workers=workers,
    )
    done = run_training(plan, report=lambda line: typer.echo(line, err=True))
    if as_json:
        print_json({"full": as_record(done.full), "fast": as_record(done.fast), "read_share": round(done.read_share, 4)})
        return
    print_tables(tables(done.full, done.scheme, ui_lang()))
    typer.echo()
    typer.echo(
        tr(
            f"{done.read_share:.0%} of the turns go through the encoder; without it (--fast) macro-F1 is {done.fast.macro_f1.value:.3f}.",
            f"{done.read_share:.0%} 的话轮经过编码器；不用编码器（--fast）时宏平均 F1 为 {done.fast.macro_f1.value:.3f}。",
        )
    )
    if out is not None:
        typer.echo(tr(f"Model written to {out}", f"模型已写入 {out}"))
