"""Fine-tuning on a tiny base with random weights: it learns, it is repeatable, and ONNX says what torch says. Run by `make test-hf`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from callqa.call import PARTIES, Call, Utterance
from callqa.features.encoder import ShippedEncoder, onnx_session
from callqa.labels import load_scheme
from callqa.taggers.outputs import Outputs

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from callqa.finetune.build import fold_of  # noqa: E402
from callqa.finetune.e5 import BaseModel  # noqa: E402
from callqa.finetune.export import Smoothed, export, largest_inputs  # noqa: E402
from callqa.finetune.fit import ROW, Network, Schedule, fit, pack, predict  # noqa: E402
from callqa.finetune.network import TurnEncoder  # noqa: E402
from callqa.finetune.vocabulary import kept_ids, tokenizer_of  # noqa: E402

pytestmark = [pytest.mark.hf, pytest.mark.filterwarnings("default")]

HIDDEN, FFN = 24, 48
OUTPUTS = Outputs.of(load_scheme())


def base() -> BaseModel:
    rng = np.random.default_rng(0)
    texts = "今明天还款起诉你征信没钱失业了好的嗯呃那个我们您,。"
    pieces = [
        ("<s>", 0.0),
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", -9.0),
        ("▁", -1.0),
        *((char, -2.0 - i / 50) for i, char in enumerate(texts)),
    ]
    shapes = {
        "emb.word": (len(pieces), HIDDEN),
        "emb.pos": (128, HIDDEN),
        "emb.type": (1, HIDDEN),
        "emb.ln.w": (HIDDEN,),
        "emb.ln.b": (HIDDEN,),
    }
    for part, shape in (("q", (HIDDEN, HIDDEN)), ("k", (HIDDEN, HIDDEN)), ("v", (HIDDEN, HIDDEN)), ("ao", (HIDDEN, HIDDEN))):
        shapes |= {f"l0.{part}.w": shape, f"l0.{part}.b": (shape[0],)}
    shapes |= {"l0.fi.w": (FFN, HIDDEN), "l0.fi.b": (FFN,), "l0.fo.w": (HIDDEN, FFN), "l0.fo.b": (HIDDEN,)}
    shapes |= {f"l0.{norm}.{part}": (HIDDEN,) for norm in ("aln", "oln") for part in "wb"}
    return BaseModel(tuple(pieces), {name: rng.normal(size=shape, scale=0.3).astype(np.float32) for name, shape in shapes.items()}, 4, 1e-6)


def calls(count: int) -> list[Call]:
    """The agent's 起诉 presses, the customer's 没钱 is hardship, everything else is nothing."""
    made = []
    for index in range(count):
        agent = Utterance(1, "agent", "起诉你", labels=("pressure_tactic",)) if index % 2 else Utterance(1, "agent", "好的我们")
        customer = Utterance(2, "customer", "没钱", labels=("hardship_disclosure",)) if index % 3 else Utterance(2, "customer", "明天")
        made.append(Call(f"w{index % 4}-{index}", (agent, customer), party="debtor", labelled=True))
    return made


def fitted(seed: int) -> tuple[Network, list[np.ndarray]]:
    torch.set_num_threads(1)
    model = base()
    keep = kept_ids(model, ["还款"])
    tokenizer = tokenizer_of([model.pieces[index] for index in keep])
    torch.manual_seed(seed)
    network = Network(TurnEncoder(model, keep, 1), OUTPUTS.count + len(PARTIES))
    fit(network, calls(160), tokenizer, OUTPUTS, Schedule(3, 3e-4, 1e-3, 0.3, 0.4), seed=seed, log=lambda _line: None)
    return network, predict(network, calls(6), tokenizer, OUTPUTS)


def test_it_learns_and_is_repeatable() -> None:
    _, first = fitted(3)
    _, second = fitted(3)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    pressure = [scores[0, OUTPUTS.labels.index("pressure_tactic")] for scores in first]
    assert min(pressure[1::2]) > max(pressure[::2])


def test_onnx_says_what_torch_says(tmp_path: Path) -> None:
    network, scores = fitted(3)
    model = base()
    export(network, tokenizer_of([model.pieces[index] for index in kept_ids(model, ["还款"])]), ["起诉你", "没钱"], tmp_path)
    encoder, head = ShippedEncoder(tmp_path, 96), onnx_session(tmp_path / "call.onnx")
    for call, expected in zip(calls(6), scores, strict=True):
        vectors = encoder.encode([turn.text for turn in call.utterances])
        found = head.run(None, {"vectors": vectors[None], "roles": np.array([[0, 1]])})[0][0]
        assert np.abs(found - expected).max() < 0.5  # 7-bit weights


def test_smoothing_changes_no_product_and_evens_out_the_inputs() -> None:
    torch.manual_seed(1)
    linear = torch.nn.Linear(8, 3)
    x = torch.randn(5, 8) * torch.tensor([1, 1, 1, 60, 1, 1, 1, 1])
    largest = x.abs().amax(0)
    smoothed = Smoothed(linear, largest)
    assert torch.allclose(smoothed(x), linear(x), atol=1e-4)
    shrunk = (x * smoothed.shrink).abs().amax(0)
    assert shrunk.max() / shrunk.median() < (largest.max() / largest.median()) / 5


def test_inputs_are_watched_over_all_texts() -> None:
    model = base()
    keep = kept_ids(model, ["还款"])
    tokenizer = tokenizer_of([model.pieces[index] for index in keep])
    network = Network(TurnEncoder(model, keep, 1), OUTPUTS.count + len(PARTIES)).eval()
    one, other = (largest_inputs(network, tokenizer, [text])[0] for text in ("起诉你", "没钱"))
    assert torch.allclose(largest_inputs(network, tokenizer, ["起诉你", "没钱"])[0], torch.maximum(one, other), atol=1e-5)


def test_packing_loses_no_token() -> None:
    sequences = [[7] * size for size in (3, ROW, 40, 1, 90, 70)]
    ids, turn, place = pack(sequences)
    for index, sequence in enumerate(sequences):
        assert int((turn == index).sum()) == len(sequence)
        assert len({int(row) for row in (turn == index).nonzero()[:, 0]}) == 1
        assert place[turn == index].tolist() == list(range(len(sequence)))
    assert ids.shape[1] <= ROW


def test_writers_are_never_split() -> None:
    made = calls(40)
    by_writer: dict[str, set[int]] = {}
    for call, fold in zip(made, fold_of(made), strict=True):
        by_writer.setdefault(call.call_id.split("-")[0], set()).add(fold)
    assert all(len(folds) == 1 for folds in by_writer.values())
