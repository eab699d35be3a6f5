"""`callqa evaluate`: figures of a model, or of a file of predictions, on labelled calls."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callqa.cli.common import (
    FastOption,
    JsonOption,
    LabelsOption,
    ModelOption,
    examples,
    new_app,
    print_json,
    print_tables,
    progress,
    tr,
    ui_lang,
)

if TYPE_CHECKING:
    from callqa.taggers.model import Model

app = new_app()


class Perturbation(Enum):
    """How the transcripts are changed before they are tagged."""

    PUNCTUATION = "punctuation"
    HOMOPHONES = "homophones"
    DIGITS = "digits"


@app.command(
    help=tr(
        "Compare a model's tags, or a file of predictions, with labelled calls: precision, recall and F1 with intervals.",
        "用已标注通话评测模型（或预测文件）：精确率、召回率、F1 及置信区间。",
    ),
    epilog=examples(
        "callqa evaluate data/heldout",
        "callqa evaluate data/heldout --perturb homophones --errors wrong.csv",
        "callqa evaluate gold.jsonl --predictions out/tagged --json",
    ),
)
def evaluate(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD", help=tr("Labelled calls: files or folders.", "已标注通话：文件或目录。"))],
    model: ModelOption = None,
    predictions: Annotated[
        list[Path] | None,
        typer.Option(
            "--predictions",
            "-p",
            metavar="FILE",
            help=tr("Judge these tagged calls instead of a model; may be given again.", "评测这些已标注结果而非模型；可多次给出。"),
        ),
    ] = None,
    labels_file: LabelsOption = None,
    fast: FastOption = False,
    perturb: Annotated[
        Perturbation | None,
        typer.Option(
            metavar="KIND",
            help=tr(
                "First change the transcripts: no punctuation, homophone errors in one word of twenty, or figures for numerals.",
                "先改动文本：去标点、每二十词一处同音错字、数字改写。",
            ),
        ),
    ] = None,
    errors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=tr(
                "Write every wrong turn with its context to a .csv or .jsonl file.", "将所有判错话轮及上下文写入 .csv 或 .jsonl 文件。"
            ),
        ),
    ] = None,
    operating_point: Annotated[
        str | None,
        typer.Option(
            metavar="GOAL=P",
            help=tr(
                "Judge at thresholds that reach precision=P (or recall=P) on unseen calls, and print them for a policy.",
                "按在未见通话上达到 precision=P（或 recall=P）的阈值评测，并打印各标签阈值供质检标准使用。",
            ),
        ),
    ] = None,
    mask: Annotated[bool, typer.Option("--mask/--no-mask", help=tr("Hide personal data in that file.", "在该文件中隐藏个人信息。"))] = True,
    samples: Annotated[
        int,
        typer.Option(
            min=0, help=tr("Bootstrap samples over calls; 0 leaves the intervals out.", "自助抽样次数（按通话）；0 表示不算区间。")
        ),
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help=tr("Of the bootstrap and the perturbation.", "抽样与改动的随机种子。"))] = 0,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; the figures come from `callqa.evaluate.evaluate_calls`."""
    from callqa.evaluate import evaluate_calls
    from callqa.evaluate.tables import as_record, tables
    from callqa.evaluate.wrong import SUFFIXES, write_wrong_turns, wrong_turns
    from callqa.labels import load_scheme
    from callqa.sources import read_labelled
    from callqa.text.perturb import PERTURBATIONS

    if predictions and (model or fast or perturb or operating_point):
        raise typer.BadParameter(tr("goes without the options of a model", "不能与模型的选项同用"), param_hint="--predictions")
    if labels_file and not predictions:
        raise typer.BadParameter(
            tr("goes with --predictions; a model has its own", "仅与 --predictions 同用；模型自带方案"), param_hint="--labels"
        )
    if errors and errors.suffix not in SUFFIXES:
        raise typer.BadParameter(tr("must end in .csv or .jsonl", "须以 .csv 或 .jsonl 结尾"), param_hint="--errors")
    judge: Model | None = None
    if predictions:
        scheme = load_scheme(labels_file)
        expected = read_labelled(gold, scheme)
        found = read_labelled(predictions, scheme)
    else:
        from callqa.evaluate.predict import predict
        from callqa.taggers.model import load_model

        judge = load_model(model)
        if operating_point:
            judge = judge.at(operating_point)
        scheme = judge.scheme
        expected = read_labelled(gold, scheme)
        if perturb:
            expected = [PERTURBATIONS[perturb.value](call, seed) for call in expected]
        with progress(tr("tagging", "标注"), total=len(expected)) as advance:
            found = predict(judge, expected, fast=fast, advance=advance)
    result = evaluate_calls(expected, found, scheme, seed=seed, samples=samples)
    if errors:
        write_wrong_turns(wrong_turns(expected, found, scheme, mask=mask), errors)
    thresholds = {label: round(judge.thresholds_at(fast=fast)[label], 4) for label in scheme.names} if judge and operating_point else {}
    if as_json:
        print_json(as_record(result) | ({"thresholds": thresholds} if thresholds else {}))
        return
    print_tables(tables(result, scheme, ui_lang()))
    if thresholds:
        typer.echo(tr("\nThresholds at this operating point:", "\n该工作点的阈值："))
        for label, threshold in thresholds.items():
            typer.echo(f"  {label}: {threshold if threshold <= 1 else tr('not reached', '无法达到')}")
