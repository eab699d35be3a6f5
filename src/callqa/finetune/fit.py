"""Fitting the network to labelled calls, and what it says of calls it has not seen."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from callqa.call import Call
from callqa.finetune.network import CallHead, TurnEncoder
from callqa.finetune.vocabulary import PAD
from callqa.taggers.outputs import Outputs, gold_listeners
from callqa.text.perturb import with_homophones, without_punctuation

F32 = npt.NDArray[np.float32]

ROW = 160  # tokens a packed row may hold
MAX_TOKENS = 96  # of a turn; what follows is cut
CALLS_A_STEP = 4
WARM_UP = 0.08  # share of the steps
SUBTYPE_WEIGHT, PARTY_WEIGHT = 0.5, 0.3
BARE_SHARE, HOMOPHONE_SHARE = 0.3, 0.15  # how often a call is read as another ASR would have written it


@dataclass(frozen=True)
class Schedule:
    """Passes over the calls; the highest learning rates of encoder and head, reached after the warm-up; and in what share of the calls
    what share of the turns is left out, as the cascade leaves turns out."""

    epochs: int
    encoder_rate: float
    head_rate: float
    thinned_calls: float
    thinned_turns: float


def targets(outputs: Outputs, call: Call) -> F32:
    """Gold of a call: 0/1 for labels and sub-types, and in the last column the index of the party on the line."""
    return np.column_stack([outputs.gold([call]), gold_listeners([call])]).astype(np.float32)


class Network(nn.Module):
    """Turn encoder and call head together."""

    def __init__(self, encoder: TurnEncoder, outputs: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = CallHead(encoder.norm.normalized_shape[0], outputs)

    def forward(self, batch: Batch) -> Tensor:
        kept = int(batch.read.sum())
        vectors = torch.zeros(*batch.there.shape, self.encoder.norm.normalized_shape[0])
        if kept:
            vectors[batch.read] = self.encoder(batch.ids, batch.turn, batch.place, kept)
        scores: Tensor = self.head(vectors, batch.roles, batch.there.sum(1))
        return scores


@dataclass(frozen=True)
class Batch:
    """Calls as tensors: packed tokens of the turns that are read, and [calls, turns] roles, presence and targets."""

    ids: Tensor
    turn: Tensor
    place: Tensor
    roles: Tensor
    there: Tensor
    read: Tensor
    targets: Tensor


def pack(sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Sequences in rows of at most `ROW` tokens, longest first: ids, number of the sequence (-1: padding), place in it."""
    rows: list[list[int]] = []
    filled: list[int] = []
    for index in sorted(range(len(sequences)), key=lambda i: -len(sequences[i])):
        size = len(sequences[index])
        row = next((r for r in range(max(0, len(rows) - 12), len(rows)) if filled[r] + size <= ROW), None)
        if row is None:
            rows.append([])
            filled.append(0)
            row = len(rows) - 1
        rows[row].append(index)
        filled[row] += size
    shape = (max(len(rows), 1), max(filled, default=1))
    ids, turn, place = np.full(shape, PAD), np.full(shape, -1), np.zeros(shape, dtype=np.int64)
    for row, members in enumerate(rows):
        at = 0
        for index in members:
            size = len(sequences[index])
            ids[row, at : at + size], turn[row, at : at + size] = sequences[index], index
            place[row, at : at + size] = np.arange(size)
            at += size
    return torch.from_numpy(ids), torch.from_numpy(turn), torch.from_numpy(place)


def batch_of(calls: Sequence[Call], tokenizer: Tokenizer, outputs: Outputs, left_out: Callable[[], bool] = lambda: False) -> Batch:
    """Calls as one batch; ``left_out`` says for each turn in order whether its text is not read."""
    shape = (len(calls), max(len(call.utterances) for call in calls))
    roles, there, read = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    gold = np.zeros((*shape, outputs.count + 1), dtype=np.float32)
    texts: list[str] = []
    for index, call in enumerate(calls):
        size = len(call.utterances)
        there[index, :size] = True
        roles[index, :size] = [turn.speaker == "customer" for turn in call.utterances]
        gold[index, :size] = targets(outputs, call)
        for place, turn in enumerate(call.utterances):
            if not left_out():
                read[index, place] = True
                texts.append(turn.text)
    packed = pack([found.ids[:MAX_TOKENS] for found in tokenizer.encode_batch(texts)])
    return Batch(*packed, *map(torch.from_numpy, (roles, there, read, gold)))


def fit(
    network: Network,
    calls: Sequence[Call],
    tokenizer: Tokenizer,
    outputs: Outputs,
    schedule: Schedule,
    *,
    seed: int,
    log: Callable[[str], None],
) -> None:
    """Fit in place; repeatable bit for bit on one machine for one thread, seed and set of calls."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    torch.manual_seed(seed)
    variants = [(call, without_punctuation(call), with_homophones(call, seed=seed)) for call in calls]
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        groups.setdefault((name.startswith("encoder"), parameter.dim() > 1), []).append(parameter)
    rates = [schedule.encoder_rate if encoder else schedule.head_rate for encoder, _ in groups]
    optimizer = torch.optim.AdamW(
        [{"params": members, "weight_decay": 0.01 if matrix else 0.0} for (_, matrix), members in groups.items()],
        betas=(0.9, 0.98),
        fused=True,
    )
    steps = schedule.epochs * -(-len(calls) // CALLS_A_STEP)
    step, recent = 0, 0.0
    network.train()
    for _epoch in range(schedule.epochs):
        order = list(range(len(calls)))
        rng.shuffle(order)
        for start in range(0, len(order), CALLS_A_STEP):
            chosen = [_variant(variants[index], rng) for index in order[start : start + CALLS_A_STEP]]
            thinned = rng.random() < schedule.thinned_calls
            batch = batch_of(chosen, tokenizer, outputs, lambda: thinned and rng.random() < schedule.thinned_turns)  # noqa: B023
            loss = _loss(network(batch), batch, outputs)
            pace = min(1.0, (step + 1) / (WARM_UP * steps)) * max(0.02, 1 - step / steps)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * pace
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            recent = 0.98 * recent + 0.02 * float(loss.detach())
            if step % 50 == 0:
                log(f"step {step} of {steps}, loss {recent / (1 - 0.98**step):.4f}")


def predict(network: Network, calls: Sequence[Call], tokenizer: Tokenizer, outputs: Outputs) -> list[F32]:
    """Scores (logits) of every call, float32[turns, outputs]."""
    network.eval()
    found: list[F32] = []
    with torch.no_grad():
        for start in range(0, len(calls), 8):
            chosen = calls[start : start + 8]
            scores = network(batch_of(chosen, tokenizer, outputs)).numpy()
            found.extend(scores[index, : len(call.utterances)] for index, call in enumerate(chosen))
    return found


def _variant(variants: tuple[Call, Call, Call], rng: random.Random) -> Call:
    drawn = rng.random()
    return variants[1 if drawn < BARE_SHARE else 2 if drawn < BARE_SHARE + HOMOPHONE_SHARE else 0]


def _loss(scores: Tensor, batch: Batch, outputs: Outputs) -> Tensor:
    """Labels and sub-types where their role speaks, and the party, over the turns that were read."""
    labels, count = len(outputs.labels), outputs.count
    z, y, customer = scores[batch.read], batch.targets[batch.read], batch.roles[batch.read] == 1
    may_stand = (torch.tensor(outputs.agent)[None, :] != customer[:, None]).float()
    each = functional.binary_cross_entropy_with_logits(z[:, :count], y[:, :-1], reduction="none") * may_stand
    party = functional.cross_entropy(z[:, count:], y[:, -1].long())
    return (each[:, :labels].sum() + SUBTYPE_WEIGHT * each[:, labels:].sum()) / max(len(z), 1) + PARTY_WEIGHT * party
