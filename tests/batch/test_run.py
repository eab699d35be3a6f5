"""`tag_files`: what a result folder holds, and that every call stands in it once."""

from __future__ import annotations

import gzip
import io
import json
import logging
import shutil
from pathlib import Path

import orjson
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callqa.batch import Options, tag_files
from callqa.errors import InputError, ModelError, OutputError
from tests.batch.folder import FILES, call, contents, lines, quick, rows, write
from tests.batch.rules import load_damaged, load_praising


def test_a_result_folder(tmp_path: Path) -> None:
    source = write(tmp_path / "day.jsonl", call("c1", "您好", "我失业了", "不还就起诉"), call("c2", "您好", "明天还", account_id="=k"))
    summary = tag_files([source], tmp_path / "out", quick())
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert (summary.counts.calls, summary.counts.turns, summary.counts.rejected) == (2, 5, 0)
    tagged = lines(tmp_path / "out/tagged/day.jsonl")
    assert [record["call_id"] for record in tagged] == ["c1", "c2"]
    assert [turn["labels"] for turn in tagged[0]["utterances"]] == [[], ["hardship_disclosure"], ["pressure_tactic"]]
    assert tagged[1]["model"] == "rules" and "score" in tagged[1] and isinstance(tagged[1]["flags"], list)
    table = rows(tmp_path / "out/calls.csv")
    assert [(row["call_id"], row["turns"], row["pressure_tactic_count"]) for row in table] == [("c1", "3", "1"), ("c2", "2", "0")]
    assert table[1]["account_id"] == "'=k"  # no formula in a spreadsheet
    segments = rows(tmp_path / "out/segments.csv")
    assert [(row["call_id"], row["turn"], row["labels"]) for row in segments] == [
        ("c1", "2", "hardship_disclosure"),
        ("c1", "3", "pressure_tactic"),
        ("c2", "2", "ptp_commitment"),
    ]
    assert (segments[0]["before_1"], segments[0]["text"], segments[0]["after_1"]) == ("agent: 您好", "我失业了", "agent: 不还就起诉")
    run = json.loads((tmp_path / "out/run.json").read_bytes())
    assert run["counts"]["calls"] == 2 and run["inputs"][0]["calls"] == 2 and len(run["inputs"][0]["sha256"]) == 64
    assert run["model"]["name"] == "rules" and run["policy"]["sha256"] and run["versions"]["python"] and run["seconds"] > 0


def test_only_the_owner_can_read_results(tmp_path: Path) -> None:
    source = write(tmp_path / "day.jsonl", call("c1", "您好"))
    tag_files([source], tmp_path / "out", quick())
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_gold_fields_are_not_read(tmp_path: Path) -> None:
    gold = call("c1", "您好", party="third_party")
    gold["utterances"][0]["labels"] = ["misconduct"]
    tag_files([write(tmp_path / "gold.jsonl", gold)], tmp_path / "out", quick())  # the double asserts that nothing is labelled
    [record] = lines(tmp_path / "out/tagged/gold.jsonl")
    assert record["party"] == "debtor" and record["utterances"][0]["labels"] == []


def test_chinese_tables(tmp_path: Path) -> None:
    tag_files([write(tmp_path / "day.jsonl", call("c1", "您好", "我失业了"))], tmp_path / "out", quick(lang="zh"))
    assert rows(tmp_path / "out/calls.csv")[0]["通话ID"] == "c1"
    [segment] = rows(tmp_path / "out/segments.csv")
    assert (segment["标签"], segment["说话人"], segment["前1句"]) == ("困难披露", "客户", "坐席：您好")
    assert lines(tmp_path / "out/tagged/day.jsonl")[0]["utterances"][1]["labels"] == ["hardship_disclosure"]


def test_bad_lines_and_files_become_rejects(tmp_path: Path) -> None:
    day = tmp_path / "day"
    day.mkdir()
    write(day / "a.jsonl", "not json", call("c1", "您好"), {"call_id": "c2", "utterances": []}, "", call("c1", "又是我"))
    (day / "b.jsonl").write_bytes(b"")
    (day / "c.jsonl").write_bytes(json.dumps(call("c3", "您好，我失业了"), ensure_ascii=False).encode("gb18030"))
    summary = tag_files([day], tmp_path / "out", quick())
    rejects = lines(tmp_path / "out/rejects.jsonl")
    assert [(Path(r["file"]).name, r["line"], r["field"]) for r in rejects] == [
        ("a.jsonl", 1, None),
        ("a.jsonl", 3, "utterances"),
        ("a.jsonl", 5, "call_id"),
        ("b.jsonl", None, None),
    ]
    assert [path.name for path in sorted((tmp_path / "out/tagged").iterdir())] == ["a.jsonl", "b.jsonl", "c.jsonl"]
    assert lines(tmp_path / "out/tagged/c.jsonl")[0]["utterances"][0]["text"] == "您好，我失业了"
    assert (summary.counts.calls, summary.counts.rejected) == (2, 4)
    assert "失业" not in (tmp_path / "out/rejects.jsonl").read_text("utf-8")


def test_a_bad_line_takes_no_id(tmp_path: Path) -> None:
    source = write(tmp_path / "day.jsonl", {"call_id": "c1", "utterances": []}, call("c1", "您好"))
    tag_files([source], tmp_path / "out", quick())
    assert [record["call_id"] for record in lines(tmp_path / "out/tagged/day.jsonl")] == ["c1"]


def test_an_id_repeated_in_another_file_is_a_reject_that_names_the_first(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a.jsonl", call("c1", "您好")), write(tmp_path / "b.jsonl", call("c1", "您好"))
    summary = tag_files([a, b], tmp_path / "out", quick())
    [reject] = lines(tmp_path / "out/rejects.jsonl")
    assert reject["reason"].endswith(f"{a}:1") and reject["call_id"] == "c1"
    assert summary.counts.rejects == {"call_id: repeats the id of an earlier call": 1}


def test_stems_that_collide_get_numbers(tmp_path: Path) -> None:
    for number, name in enumerate(("x/day.jsonl", "y/day.jsonl", "y/Day.jsonl")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, call(f"c{number}", "您好"))
    tag_files([tmp_path / "x", tmp_path / "y"], tmp_path / "out", quick())
    run = json.loads((tmp_path / "out/run.json").read_bytes())
    assert [entry["part"] for entry in run["inputs"]] == ["day.jsonl", "Day-2.jsonl", "day-3.jsonl"]


def test_packed_files_a_list_and_standard_input(tmp_path: Path) -> None:
    data = [json.dumps(call(f"c{n}", "您好")).encode() for n in range(3)]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data[0]))
    (tmp_path / "b.jsonl.zst").write_bytes(zstandard.compress(data[1]))
    (tmp_path / "list.txt").write_text(f"# tonight\n{tmp_path / 'a.jsonl.gz'}\n\n{tmp_path / '*.zst'}\n", "utf-8")
    tag_files([f"@{tmp_path / 'list.txt'}", "-"], tmp_path / "out", quick(stdin=io.BytesIO(data[2])))
    parts = {path.name: lines(path)[0]["call_id"] for path in (tmp_path / "out/tagged").iterdir()}
    assert parts == {"a.jsonl": "c0", "b.jsonl": "c1", "stdin.jsonl": "c2"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES  # the copy of standard input is gone


def test_other_formats_are_converted_and_keep_their_places(tmp_path: Path) -> None:
    text = "通话ID,角色,文本\nc1,坐席,您好\nc1,客户,我失业了\nc2,坐席,您好\n"
    (tmp_path / "day.csv").write_text(text, "utf-8-sig")
    jsonl = write(tmp_path / "more.jsonl", call("c2", "您好"), call("c3", "您好"))
    tag_files([tmp_path / "day.csv", jsonl], tmp_path / "out", quick())
    [first, second] = lines(tmp_path / "out/tagged/day.jsonl")
    assert [turn["labels"] for turn in first["utterances"]] == [[], ["hardship_disclosure"]]
    assert second["call_id"] == "c2"
    [reject] = lines(tmp_path / "out/rejects.jsonl")
    assert (reject["file"], reject["line"]) == (str(jsonl), 1) and str(tmp_path / "day.csv") in reject["reason"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


def test_urls(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory")
    for number in range(2):
        store.pipe(f"/calls-{tmp_path.name}/{number}.jsonl", json.dumps(call(f"c{number}", "您好")).encode())
    tag_files([f"memory://calls-{tmp_path.name}/*.jsonl"], tmp_path / "out", quick())
    assert [lines(tmp_path / f"out/tagged/{number}.jsonl")[0]["call_id"] for number in range(2)] == ["c0", "c1"]
    with pytest.raises(InputError, match="no such file or folder"):
        tag_files([f"memory://calls-{tmp_path.name}/none"], tmp_path / "out", quick())


def test_contacts_of_a_day_are_counted_over_all_inputs(tmp_path: Path) -> None:
    started = [f"2026-03-05T{hour:02}:00:00+08:00" for hour in range(10, 17)]
    files = [write(tmp_path / f"{n}.jsonl", call(f"c{n}", "您好", account_id="k1", started_at=at)) for n, at in enumerate(started)]
    tag_files(files, tmp_path / "out", quick())
    flagged = [row["call_id"] for row in rows(tmp_path / "out/calls.csv") if "CONTACTS_A_DAY" in row["flags"]]
    assert flagged == ["c5", "c6"]


def test_two_workers_write_the_bytes_of_one(tmp_path: Path) -> None:
    sources = [
        write(tmp_path / f"{n}.jsonl", *(call(f"c{n}-{m}", "您好" * (m % 7 + 1), "我失业了") for m in range(30 * n)), "broken")
        for n in range(4)
    ]
    one = tag_files(sources, tmp_path / "one", quick(chunk_calls=8))
    two = tag_files(sources, tmp_path / "two", quick(chunk_calls=8, workers=2, small_run=0))
    assert (one.workers, two.workers) == (1, 2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@given(
    st.lists(
        st.lists(
            st.one_of(
                st.builds(lambda n: json.dumps(call(f"c{n}", "您好")), st.integers(0, 12)),
                st.sampled_from(['{"call_id": "x"}', "[1]", "{", "null", '"text"', "\ufffd", '{"call_id": 3, "utterances": [{}]}']),
            ),
            max_size=6,
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(1, 3),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_input_is_tagged_plus_rejected(tmp_path: Path, files: list[list[str]], chunk_calls: int) -> None:
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    sources = [write(tmp_path / f"{number}.jsonl", *content) for number, content in enumerate(files)]
    summary = tag_files(sources, tmp_path / "out", quick(chunk_calls=chunk_calls))
    tagged = [record["call_id"] for path in (tmp_path / "out/tagged").iterdir() for record in lines(path)]
    rejected = lines(tmp_path / "out/rejects.jsonl")
    empty = sum(not content for content in files)
    assert len(tagged) == len(set(tagged)) == summary.counts.calls
    assert len(tagged) + len(rejected) == sum(map(len, files)) + empty
    assert [len(lines(tmp_path / f"out/tagged/{number}.jsonl")) for number in range(len(files))] == [
        entry["calls"] for entry in json.loads((tmp_path / "out/run.json").read_bytes())["inputs"]
    ]


def test_a_fault_of_our_own_costs_one_call(tmp_path: Path) -> None:
    source = write(tmp_path / "day.jsonl", call("c1", "您好"), call("c2", "BUG"), call("c3", "您好"))
    tag_files([source], tmp_path / "out", quick())
    assert [record["call_id"] for record in lines(tmp_path / "out/tagged/day.jsonl")] == ["c1", "c3"]
    [reject] = lines(tmp_path / "out/rejects.jsonl")
    assert (reject["line"], reject["call_id"]) == (2, "c2")
    assert "ValueError" in reject["reason"] and "rules.py" in reject["reason"] and "BUG" not in reject["reason"]


def test_a_second_run_replaces_the_first_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    tag_files([write(tmp_path / "a.jsonl", call("c1", "您好"))], out, quick())
    (out / "notes.txt").write_text("mine")
    tag_files([write(tmp_path / "b.jsonl", call("c2", "您好"))], out, quick())
    assert {path.name for path in out.iterdir()} == FILES | {"notes.txt"}
    assert [path.name for path in (out / "tagged").iterdir()] == ["b.jsonl"]


def test_parts_of_unknown_origin_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out/tagged").mkdir(parents=True)
    (tmp_path / "out/tagged/other.jsonl").touch()
    with pytest.raises(OutputError, match=r"other\.jsonl, which no run recorded"):
        tag_files([write(tmp_path / "a.jsonl", call("c1", "您好"))], tmp_path / "out", quick())
    assert (tmp_path / "out/tagged/other.jsonl").exists()


def test_results_cannot_be_tagged_into_their_own_folder(tmp_path: Path) -> None:
    tag_files([write(tmp_path / "a.jsonl", call("c1", "您好"))], tmp_path / "out", quick())
    with pytest.raises(InputError, match="lies in the result folder"):
        tag_files([tmp_path / "out/tagged"], tmp_path / "out", quick())
    assert (tmp_path / "out/tagged/a.jsonl").exists()


def test_a_missing_input_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        tag_files([tmp_path / "nowhere.jsonl"], tmp_path / "out", quick())
    assert not (tmp_path / "out").exists()


def test_a_damaged_model_is_told_once_even_with_workers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "day.jsonl", call("c1", "您好"))
    with pytest.raises(ModelError, match="is damaged"):
        tag_files([source], tmp_path / "out", quick(loader=load_damaged, workers=2, small_run=0))
    assert capfd.readouterr().err == "" and not (tmp_path / "out").exists()


def test_too_many_rejects_stop_a_run(tmp_path: Path) -> None:
    source = write(tmp_path / "day.jsonl", *["broken"] * 9, call("c1", "您好"))
    with pytest.raises(InputError, match=r"more than --max-rejects 3; most often \(4\): is not valid JSON"):
        tag_files([source], tmp_path / "out", quick(chunk_calls=4, max_rejects=3))
    summary = tag_files([source], tmp_path / "out", quick(chunk_calls=4, max_rejects=9, resume=True))
    assert (summary.counts.rejected, summary.counts.calls, summary.resumed) == (9, 1, True)


def test_parquet_tables(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    source = write(tmp_path / "day.jsonl", call("c1", "您好", "=失业"), call("c2", "您好"))
    tag_files([source], tmp_path / "out", quick(parquet=True, lang="zh"))
    calls = parquet.read_table(tmp_path / "out/calls.parquet").to_pylist()
    assert [(row["call_id"], row["turns"]) for row in calls] == [("c1", 2), ("c2", 1)]
    [segment] = parquet.read_table(tmp_path / "out/segments.parquet").to_pylist()
    assert (segment["text"], segment["labels"]) == ("=失业", "hardship_disclosure")


def test_a_seventh_label_gets_its_column(tmp_path: Path) -> None:
    source = write(tmp_path / "day.jsonl", call("c1", "您好"))
    tag_files([source], tmp_path / "out", quick(loader=load_praising))
    assert "praise_count" in rows(tmp_path / "out/calls.csv")[0]


def test_a_file_that_is_not_utf8_is_named_once_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    line = orjson.dumps({"call_id": "c1", "utterances": [{"turn": 1, "speaker": "agent", "text": "您好，请问是王先生吗"}]})
    source = tmp_path / "a.jsonl"
    source.write_bytes(line.decode().encode("gb18030") + b"\n" + line.decode().encode("gb18030") + b"\n")
    with caplog.at_level(logging.WARNING):
        assert tag_files([source], tmp_path / "out", quick()).counts.calls == 1  # the second repeats its id
    assert len([record for record in caplog.records if "is not UTF-8" in record.getMessage()]) == 1


def test_a_fast_run_takes_more_calls_at_a_time() -> None:
    assert Options(fast=True).calls_a_chunk > Options().calls_a_chunk
    assert Options(fast=True, chunk_calls=3).calls_a_chunk == 3
