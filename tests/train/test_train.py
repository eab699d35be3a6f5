"""Training end to end on small worlds: repeatable, honest folds, a new label without code, a model that loads safely or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest
import yaml

from callqa.errors import CallqaError, InputError, ModelError
from callqa.labels import load_scheme
from callqa.sources import read_labelled
from callqa.taggers.model import load_model
from callqa.train import FOLDS, fold_numbers, folds_of, group_names, read_training
from callqa.training_run import TrainingDone, TrainingPlan, run_training

DATA = Path(__file__).parents[2] / "data"
SEVENTH = "apology"


def plan(
    data: Path, out: Path | None, *, labels: Path | None = None, check: tuple[Path, ...] = (), also: tuple[Path, ...] = ()
) -> TrainingPlan:
    return TrainingPlan(
        data=(data,),
        also=also,
        out=out,
        check=check,
        encoder=None,
        hf=None,
        without_encoder=True,
        labels=labels,
        group="writer",
        name="small",
        seed=1,
        workers=1,
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two writers, twelve calls each, in which an agent's 抱歉 is a seventh label."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("t01", "t02"):
        calls = [json.loads(line) for line in (DATA / "train" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[:12]]
        for call in calls:
            for turn in call["utterances"][::6]:
                if turn["speaker"] == "agent":
                    turn["text"] += "实在抱歉"
                    turn["labels"] = [*turn["labels"], SEVENTH]
        (folder / f"{name}.jsonl").write_bytes(b"".join(orjson.dumps(call) + b"\n" for call in calls))
    return folder


@pytest.fixture(scope="module")
def scheme_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped scheme with a seventh label."""
    source = Path(__file__).parents[2] / "src" / "callqa" / "labels.yaml"
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    data["labels"].append({"name": SEVENTH, "zh": "致歉", "en": "Apology", "role": "agent", "guide": "none", "colour": "CCCCCC"})
    path = tmp_path_factory.mktemp("scheme") / "labels.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(small: Path, scheme_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, TrainingDone]]:
    folder = tmp_path_factory.mktemp("model") / "small"
    yield folder, run_training(plan(small, folder, labels=scheme_file), report=lambda _line: None)


def test_a_seventh_label_needs_no_code(trained: tuple[Path, TrainingDone], small: Path) -> None:
    folder, done = trained
    assert done.full.labels[SEVENTH].f1.value == pytest.approx(1.0, abs=0.15)
    model = load_model(folder)
    call = read_labelled([small / "t01.jsonl"], model.scheme)[0]
    tagged = model.tag([call.unlabelled()])[0]
    assert SEVENTH in tagged.utterances[0].labels
    assert SEVENTH in tagged.utterances[0].scores
    assert "致歉" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_training_is_repeatable_bit_for_bit(trained: tuple[Path, TrainingDone], small: Path, scheme_file: Path, tmp_path: Path) -> None:
    folder, _ = trained
    again = tmp_path / "small"
    run_training(plan(small, again, labels=scheme_file), report=lambda _line: None)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "MODEL_CARD.md":  # which names its folder
            assert path.read_bytes() == (again / path.relative_to(folder)).read_bytes(), path.name


def test_a_loaded_model_tags_as_the_one_in_memory(trained: tuple[Path, TrainingDone], small: Path) -> None:
    folder, done = trained
    calls = [call.unlabelled() for call in read_labelled([small / "t02.jsonl"], done.scheme)]
    assert load_model(folder).tag(calls) == done.model.tag(calls)


def test_gold_is_not_looked_at_and_calls_do_not_mix(trained: tuple[Path, TrainingDone], small: Path) -> None:
    _, done = trained
    gold = read_labelled([small / "t02.jsonl"], done.scheme)
    bare = [call.unlabelled() for call in gold]
    assert done.model.tag(gold) == done.model.tag(bare)
    assert done.model.tag(bare)[3] == done.model.tag([bare[3]])[0]
    assert done.model.tag([]) == []


@pytest.mark.parametrize("name", ["arrays.npz", "weights.zst", "deciders.json", "labels.yaml", "fillers/fillers.crf", "curves.npz"])
def test_a_changed_or_missing_file_is_refused_by_name(trained: tuple[Path, TrainingDone], tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(trained[0], folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(ModelError, match=Path(name).name):
        load_model(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=Path(name).name):
        load_model(folder)


def test_other_formats_extra_files_and_ways_out_are_refused(trained: tuple[Path, TrainingDone], tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(trained[0], folder)
    (folder / "more.pkl").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"more\.pkl"):
        load_model(folder)
    (folder / "more.pkl").unlink()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for change, field in (({"format": 99}, "format"), ({"files": {**manifest["files"], "../x": "0"}}, "files"), ({"files": None}, "files")):
        (folder / "manifest.json").write_text(json.dumps({**manifest, **change}), encoding="utf-8")
        with pytest.raises(ModelError, match=field):
            load_model(folder)
    with pytest.raises(ModelError, match=r"manifest\.json"):
        load_model(tmp_path / "nothing")


def test_arrays_with_objects_are_not_unpickled(trained: tuple[Path, TrainingDone], tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(trained[0], folder)
    with (folder / "arrays.npz").open("wb") as file:
        np.savez(file, vocabulary=np.array([{"a": 1}], dtype=object))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["arrays.npz"] = hashlib.sha256((folder / "arrays.npz").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelError):
        load_model(folder)


def test_an_operating_point_moves_the_thresholds(trained: tuple[Path, TrainingDone]) -> None:
    model = trained[1].model
    strict, loose = model.at("precision=0.99"), model.at("recall=0.95")
    for label in ("pressure_tactic", "hardship_disclosure"):
        assert strict.thresholds[label] >= loose.thresholds[label]


def test_folds_keep_writers_whole() -> None:
    writers = [f"w{index % 9}" for index in range(90)]
    folds = folds_of(writers)
    assert set(folds.tolist()) == set(range(FOLDS))
    assert all(len({fold for fold, name in zip(folds, writers, strict=True) if name == writer}) == 1 for writer in set(writers))


def test_calls_that_are_also_learned_from_count_in_no_figure(small: Path, scheme_file: Path, tmp_path: Path) -> None:
    more = tmp_path / "w01.jsonl"
    more.write_bytes(b"\n".join((DATA / "train" / "t03.jsonl").read_bytes().splitlines()[:12]))
    with_more = run_training(plan(small, tmp_path / "model", also=(more,), labels=scheme_file), report=lambda _line: None)
    without = run_training(plan(small, None, labels=scheme_file), report=lambda _line: None)
    assert {name: figure.support for name, figure in with_more.full.labels.items()} == {
        name: figure.support for name, figure in without.full.labels.items()
    }
    assert len(with_more.model.linear.vocabulary.sizes) > len(without.model.linear.vocabulary.sizes)
    card = (tmp_path / "model" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "36 labelled calls" in card
    assert "24 of them" in card
    assert f"--also {more}" in card


def test_folds_of_more_calls_are_those_of_the_counted(small: Path, scheme_file: Path, tmp_path: Path) -> None:
    for name in ("w01", "w02", "w03"):
        (tmp_path / f"{name}.jsonl").write_bytes((DATA / "train" / f"t0{name[-1]}.jsonl").read_bytes().splitlines()[20] + b"\n")
    data = read_training([small], load_scheme(scheme_file), [tmp_path])
    folds = fold_numbers(data, "writer").tolist()
    assert data.counted == 24
    assert folds == [0] * 12 + [1] * 12 + [0, 0, 1]


def test_one_writer_is_split_by_call(tmp_path: Path) -> None:
    lines = (DATA / "train" / "t01.jsonl").read_bytes().splitlines()[:4]
    (tmp_path / "one.jsonl").write_bytes(b"\n".join(lines))
    data = read_training([tmp_path], load_scheme())
    assert len(set(group_names(data, "writer"))) == len(data.calls) == 4


def test_calls_twice_or_in_both_are_refused(small: Path, tmp_path: Path) -> None:
    twice = tmp_path / "twice"
    twice.mkdir()
    line = (DATA / "train" / "t01.jsonl").read_bytes().splitlines()[0]
    for name in ("a", "b"):
        (twice / f"{name}.jsonl").write_bytes(line + b"\n")
    with pytest.raises(InputError, match="twice"):
        read_training([twice], load_scheme())
    with pytest.raises(InputError, match="among the training"):
        run_training(plan(DATA / "train" / "t01.jsonl", None, check=(twice / "a.jsonl",)), report=lambda _line: None)


def test_training_needs_calls(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_bytes((DATA / "train" / "t01.jsonl").read_bytes().splitlines()[0] + b"\n")
    with pytest.raises(CallqaError, match="two"):
        read_training([tmp_path], load_scheme())
