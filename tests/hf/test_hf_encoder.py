"""Any Hugging Face encoder in a local folder, here a tiny one with random weights that the test makes. Run by `make test-hf`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from callqa.errors import ModelError
from callqa.features.encoder import HuggingFaceEncoder
from callqa.sources import read_labelled
from callqa.taggers.model import load_model
from callqa.training_run import TrainingPlan, run_training

transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

pytestmark = [pytest.mark.hf, pytest.mark.filterwarnings("default")]

DATA = Path(__file__).parents[2] / "data" / "train"


def tiny(folder: Path, seed: int) -> Path:
    """A BERT of two layers over the characters of one corpus file."""
    folder.mkdir()
    chars = sorted(set((DATA / "t01.jsonl").read_text(encoding="utf-8")) - set(" \n\t"))
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *chars]), encoding="utf-8")
    torch.manual_seed(seed)
    config = transformers.BertConfig(
        vocab_size=len(chars) + 5,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    transformers.BertModel(config).save_pretrained(folder)
    transformers.BertTokenizer(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("hf") / "tiny", 0)


def test_one_unit_vector_a_text(encoder_folder: Path) -> None:
    vectors = HuggingFaceEncoder(encoder_folder).encode(["今天必须还款", "好", "好" * 500])
    assert vectors.shape == (3, 32)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert HuggingFaceEncoder(encoder_folder).encode([]).shape == (0, 32)


def test_a_folder_without_a_model_is_refused_and_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        HuggingFaceEncoder(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match="cannot be loaded"):
        HuggingFaceEncoder(tmp_path)


def test_a_model_is_trained_stored_and_used_with_it(encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("t01", "t02", "t03"):
        (data / f"{name}.jsonl").write_bytes(b"".join((DATA / f"{name}.jsonl").read_bytes().splitlines(keepends=True)[:10]))
    out = tmp_path / "model"
    plan = TrainingPlan((data,), (), out, (), None, encoder_folder, False, None, "writer", None, 1, 1)
    done = run_training(plan, report=lambda _line: None)
    assert done.read_share > 0
    with pytest.raises(ModelError, match="CALLQA_HF_ENCODER"):
        load_model(out)
    monkeypatch.setenv("CALLQA_HF_ENCODER", str(encoder_folder))
    model = load_model(out)
    calls = [call.unlabelled() for call in read_labelled([data / "t01.jsonl"], model.scheme)]
    assert model.tag(calls) == load_model(out, hf=encoder_folder).tag(calls)
    with pytest.raises(ModelError, match="is not the encoder"):
        load_model(out, hf=tiny(tmp_path / "other", 1))
