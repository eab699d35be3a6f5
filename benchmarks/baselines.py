"""What callqa is measured against: processor seconds of each part, as JSON by ``python -m benchmarks.baselines NAME WORKLOAD``.

Each runs in a process of its own, on one thread. Training and loading are not counted; for `callqa tag` they are.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

import orjson

from benchmarks.workload import labelled_turns, read_texts


def tutorial(workload: Path) -> float:
    """jieba words, TF-IDF, one-vs-rest logistic regression: predict only."""
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MultiLabelBinarizer

    jieba.setLogLevel("ERROR")
    texts, labels = labelled_turns()
    model = make_pipeline(
        TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None),
        OneVsRestClassifier(LogisticRegression(class_weight="balanced", max_iter=1000)),
    )
    model.fit(texts, MultiLabelBinarizer().fit_transform(labels))
    unseen = read_texts(workload)
    start = process_time()
    model.predict(unseen)
    return process_time() - start


def fasttext(workload: Path) -> float:
    """fastText (`callqa[bench]`), one vector a character, texts ready cut: predict only."""
    import fasttext as library

    texts, labels = labelled_turns()
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, names in zip(texts, labels, strict=True):
            file.write(" ".join(f"__label__{name}" for name in names or ["none"]) + " " + " ".join(text) + "\n")
        file.flush()
        model = library.train_supervised(file.name, loss="ova", dim=50, epoch=3, wordNgrams=3, bucket=200_000, thread=1, verbose=0)
    cut = [" ".join(text) + "\n" for text in read_texts(workload)]
    # The wrapper's predict() asks numpy for a view that numpy 2 no longer gives; this is the call it makes below that.
    predict = model.f.predict
    start = process_time()
    for text in cut:
        predict(text, 5, 0.5, "strict")
    return process_time() - start


def json_io(workload: Path) -> float:
    """orjson: read every call of a file and write it again."""
    start = process_time()
    with workload.open("rb") as source, tempfile.TemporaryFile() as target:
        for line in source:
            target.write(orjson.dumps(orjson.loads(line), option=orjson.OPT_APPEND_NEWLINE))
        target.flush()
    return process_time() - start


BASELINES: dict[str, Callable[[Path], float]] = {"tutorial": tutorial, "fasttext": fasttext, "orjson": json_io}

if __name__ == "__main__":
    print(orjson.dumps({"seconds": BASELINES[sys.argv[1]](Path(sys.argv[2]))}).decode())
