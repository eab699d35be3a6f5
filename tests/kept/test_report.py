"""From a result folder and payments to the figures, in the library and at the command line."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callqa.call import Call, Utterance
from callqa.cli.kept import app
from callqa.errors import InputError
from callqa.kept import Figures, kept_promises, report_record, wilson, write_outcomes
from callqa.promise import fill_promises
from callqa.sources import call_to_line

PAYMENTS = "account_id,paid_at,amount\nk1,2026-03-06 09:00,500\nk2,2026-03-06,100\nk9,2026-03-31,1\nk1,2026-03-06,zero\n"


def made(call_id: str, agent: str | None, team: str | None, account: str, *words: str) -> Call:
    turns = tuple(Utterance(number, "customer", text, labels=("ptp_commitment",)) for number, text in enumerate(words, 1))
    return Call(
        call_id,
        turns,
        started_at=datetime.fromisoformat("2026-03-05T10:12:00+08:00"),
        agent_id=agent,
        account_id=account,
        extra={"team": team} if team else {},
    )


@pytest.fixture
def out(tmp_path: Path) -> Path:
    calls = [
        made("c1", "a1", "north", "k1", "我明天用微信还五百"),
        made("c2", "a1", "north", "k2", "我明天还五百"),
        made("c3", "a2", "south", "k3", "我先还", "我后天还三百"),
        made("c4", "a2", "south", "k4", "发了工资就还"),
        replace(made("c5", "a2", "south", "k5"), utterances=(Utterance(1, "customer", "没钱"),)),
    ]
    folder = tmp_path / "out" / "tagged"
    folder.mkdir(parents=True)
    folder.joinpath("day.jsonl").write_bytes(b"".join(call_to_line(fill_promises(call)) for call in calls))
    (tmp_path / "p.csv").write_text(PAYMENTS, encoding="utf-8")
    return tmp_path / "out"


def test_figures_by_agent_and_team(out: Path) -> None:
    report = kept_promises(out, out.parent / "p.csv")
    assert report.as_of == date(2026, 3, 31)
    total = report.total
    assert (total.calls, total.promises, total.complete) == (5, 4, 1)
    assert (total.kept, total.partly, total.broken, total.not_due, total.unmatched) == (1, 1, 1, 0, 1)
    assert (total.promised, total.recovered) == (Decimal(1300), Decimal(600))
    assert total.rate == pytest.approx(1 / 3)
    by_agent = {key: (one.calls, one.promises, one.kept, one.due) for key, one in report.agents.items()}
    assert by_agent == {"a1": (2, 2, 1, 2), "a2": (3, 2, 0, 1)}
    assert list(report.teams) == ["north", "south"]
    assert [(reject.line, reject.field) for reject in report.rejects] == [(5, "amount")]
    assert (report.payments, report.payments_used) == (3, 2)


def test_every_promise_is_traceable_to_its_call_and_turn(out: Path) -> None:
    report = kept_promises(out, out.parent / "p.csv")
    third = next(one for one in report.outcomes if one.call_id == "c3")
    assert (third.turn, third.date_turn, third.amount_turn) == (2, 2, 2)
    assert (third.status, third.shortfall) == ("broken", Decimal(300))
    fourth = next(one for one in report.outcomes if one.call_id == "c4")
    assert (fourth.status, fourth.reason) == ("unmatched", "no_date")


def test_csv_and_json(out: Path, tmp_path: Path) -> None:
    report = kept_promises(out, out.parent / "p.csv")
    write_outcomes(report, tmp_path / "p_en.csv", "en")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "p_en.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["call_id"], row["status"], row["promised"], row["payment_lines"]) for row in rows][:2] == [
        ("c1", "kept", "500", "2"),
        ("c2", "partly", "500", "3"),
    ]
    write_outcomes(report, tmp_path / "p_zh.csv", "zh")
    chinese = list(csv.DictReader(io.StringIO((tmp_path / "p_zh.csv").read_text(encoding="utf-8-sig"))))
    assert chinese[1]["结果"] == "部分履约"
    assert chinese[3]["无法核对原因"] == "无日期"
    write_outcomes(report, tmp_path / "p.json", "en")
    assert json.loads((tmp_path / "p.json").read_text(encoding="utf-8")) == report_record(report)
    with pytest.raises(InputError, match=r"\.csv or \.json"):
        write_outcomes(report, tmp_path / "p.txt", "en")


def test_what_a_person_types_is_no_formula(tmp_path: Path, out: Path) -> None:
    report = kept_promises(out, out.parent / "p.csv")
    evil = replace(report, outcomes=[replace(report.outcomes[0], account_id="=1+1")])
    write_outcomes(evil, tmp_path / "p.csv", "en")
    assert ",'=1+1," in (tmp_path / "p.csv").read_text(encoding="utf-8-sig")


def test_no_folder_no_payments(out: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no result folder"):
        kept_promises(tmp_path / "nowhere", out.parent / "p.csv")
    empty = tmp_path / "empty.csv"
    empty.write_text("account_id,paid_at,amount\n", encoding="utf-8")
    with pytest.raises(InputError, match="no usable payment"):
        kept_promises(out, empty)
    assert kept_promises(out, empty, as_of=date(2026, 4, 1)).total.broken == 3


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    # Newcombe (1998), Two-sided confidence intervals for the single proportion, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_against_published_values(hits: int, trials: int, low: float, high: float) -> None:
    assert wilson(hits, trials) == pytest.approx((low, high), abs=5e-5)


def test_no_rate_while_nothing_is_due() -> None:
    assert Figures(calls=3).rate is None
    assert Figures(calls=3).interval is None


def test_at_the_command_line(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLQA_LANG", "en")
    payments = str(out.parent / "p.csv")
    shown = CliRunner().invoke(app, [str(out), payments])
    assert shown.exit_code == 0
    assert "33.3%" in shown.stdout
    assert "p.csv:5: amount: is not a number" in shown.stderr
    as_json = CliRunner().invoke(app, [str(out), payments, "--json", "--as-of", "2026-03-06"])
    assert json.loads(as_json.stdout)["total"]["not_due"] == 2
    written = CliRunner().invoke(app, [str(out), payments, "-o", str(out.parent / "x.csv"), "--grace-days", "1"])
    assert written.exit_code == 0
    assert (out.parent / "x.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert CliRunner().invoke(app, [str(out), payments, "-o", "x.txt"]).exit_code == 2
    assert CliRunner().invoke(app, [str(out), payments, "--grace-days", "-1"]).exit_code == 2
