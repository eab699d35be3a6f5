"""A whole training: read, cross-validate, fit, write the model folder with its manifest and card."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from callqa.call import Call
from callqa.card import CardInputs, evaluate_by_writer, mistakes, model_card
from callqa.errors import CallqaError, InputError
from callqa.evaluate import Evaluation, evaluate_calls
from callqa.evaluate.predict import predict
from callqa.features.encoder import HuggingFaceEncoder
from callqa.labels import LabelScheme, load_scheme
from callqa.promise import fill_promises
from callqa.shipped import shipped_path
from callqa.sources import list_inputs, read_labelled
from callqa.taggers.manifest import CARD, ENCODER
from callqa.taggers.model import Model
from callqa.taggers.store import save
from callqa.text.perturb import PERTURBATIONS
from callqa.train import TrainingSet, library_versions, read_training, train_model

# Where a source tree keeps the encoder that `make encoder` made, and where an installation has it.
_ENCODERS = ("models/encoder", f"models/default/{ENCODER}")


@dataclass(frozen=True)
class TrainingPlan:
    """What `callqa train` was asked for."""

    data: tuple[Path, ...]
    also: tuple[Path, ...]
    out: Path | None
    check: tuple[Path, ...]
    encoder: Path | None
    hf: Path | None
    without_encoder: bool
    labels: Path | None
    group: str
    name: str | None
    seed: int
    workers: int


@dataclass(frozen=True)
class TrainingDone:
    """Figures of cross-validation, with and without the encoder, and the model where one was fitted and written."""

    full: Evaluation
    fast: Evaluation
    read_share: float
    scheme: LabelScheme
    model: Model


def run_training(plan: TrainingPlan, *, report: Callable[[str], None]) -> TrainingDone:
    """Train as planned.

    Raises
    ------
    InputError, SchemeError, ModelError
        Data, label scheme or encoder cannot be used.
    """
    with threadpool_limits(1):  # sums in another order are other sums: one thread, so that a model is the same bytes again
        return _run(plan, report)


def _run(plan: TrainingPlan, report: Callable[[str], None]) -> TrainingDone:
    scheme = load_scheme(plan.labels)
    data = read_training(plan.data, scheme, plan.also)
    held = read_labelled(list_inputs(plan.check), scheme) if plan.check else []
    both = {call.call_id for call in data.calls} & {call.call_id for call in held}
    if both:
        raise InputError(f"call {min(both)} is among the training calls too", field="check")
    encoder = _encoder_folder(plan)
    name = plan.name or (plan.out.name if plan.out is not None else "unnamed")
    trained = train_model(
        data, scheme, encoder=encoder, hf=plan.hf, name=name, group=plan.group, seed=plan.seed, jobs=plan.workers, report=report
    )
    report("figures")
    full_calls = [fill_promises(call) for call in trained.full]
    counted = data.counted_calls
    full = evaluate_calls(counted, full_calls, scheme)
    fast = evaluate_calls(counted, [fill_promises(call) for call in trained.fast], scheme)
    model = trained.model
    if plan.out is not None:
        about = {
            "seed": plan.seed,
            "group": plan.group,
            "data": data.files,
            "counted": sorted(set(data.counted_writers)),
            "libraries": library_versions(),
            "read_share": round(trained.read_share, 4),
            "figures": _figures(full, fast),
        }
        hf_source = None if plan.hf is None else HuggingFaceEncoder(plan.hf).name
        model = save(model, plan.out, scheme_source=_scheme_bytes(plan.labels), encoder_source=encoder, about={**about, "hf": hf_source})
        card = model_card(_card_inputs(plan, data, full_calls, held, model, full, fast, trained.read_share))
        (plan.out / CARD).write_text(card, encoding="utf-8")
    return TrainingDone(full, fast, trained.read_share, scheme, model)


def _encoder_folder(plan: TrainingPlan) -> Path | None:
    """The turn encoder to use: as named, the shipped one, or none."""
    if plan.without_encoder or plan.hf is not None:
        return None
    if plan.encoder is not None:
        return plan.encoder
    for name in _ENCODERS:
        try:
            return shipped_path(name)
        except CallqaError:
            continue
    raise CallqaError("this installation has no turn encoder; name one with --encoder or train with --no-encoder")


def _scheme_bytes(path: Path | None) -> bytes:
    return resources.files("callqa").joinpath("labels.yaml").read_bytes() if path is None else path.read_bytes()


def _figures(full: Evaluation, fast: Evaluation) -> dict[str, Any]:
    """The figures a manifest carries; all of them are in the card."""

    def of(found: Evaluation) -> dict[str, Any]:
        return {
            "macro_f1": found.macro_f1.value,
            "labels": {label: figure.f1.value for label, figure in found.labels.items()},
            "subtypes_micro_f1": found.subtypes_micro.f1.value,
            "filler_span_f1": found.spans.f1.value,
            "party": found.party.accuracy.value,
            "calibration_error": dict(found.calibration),
        }

    rounded = json.loads(json.dumps({"full": of(full), "fast": of(fast)}), parse_float=lambda text: round(float(text), 6))
    figures: dict[str, Any] = rounded
    return figures


def _card_inputs(
    plan: TrainingPlan,
    data: TrainingSet,
    predicted: Sequence[Call],
    held: Sequence[Call],
    model: Model,
    full: Evaluation,
    fast: Evaluation,
    read_share: float,
) -> CardInputs:
    scheme, counted = model.scheme, data.counted_calls
    checks: dict[str, Evaluation] = {}
    if held:
        checks["as it is"] = evaluate_calls(held, predict(model, held), scheme)
        checks["`--fast`"] = evaluate_calls(held, predict(model, held, fast=True), scheme)
        for kind, change in PERTURBATIONS.items():
            changed = [change(call, 0) for call in held]
            checks[f"`--perturb {kind}`"] = evaluate_calls(changed, predict(model, changed), scheme)
    where = " ".join([*map(str, plan.data), *(f"--also {path}" for path in plan.also)])
    return CardInputs(
        name=model.name,
        command=f"callqa train {where}",
        check_command=f"callqa evaluate {' '.join(map(str, plan.check))}" + (f" --model {plan.out}" if plan.out is not None else ""),
        calls=len(data.calls),
        turns=sum(len(call.utterances) for call in data.calls),
        counted=data.counted,
        group=plan.group,
        full=full,
        fast=fast,
        read_share=read_share,
        by_writer=evaluate_by_writer(counted, predicted, data.counted_writers, scheme),
        checks=checks,
        wrong=mistakes(counted, predicted, scheme),
        scheme=scheme,
        encoder="none"
        if model.encoder is None
        else "Hugging Face, local folder"
        if plan.hf is not None
        else "lower layers of multilingual-e5-small, fine-tuned (docs/encoder.md)",
    )
