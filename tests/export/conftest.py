"""Tagged calls that the export tests share."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from callqa.call import Call, Flag, FlagHit, PartyChange, Promise, Utterance

CHINA = timezone(timedelta(hours=8))


@pytest.fixture
def tagged() -> list[tuple[str, Call]]:
    """Two calls: an agent presses a debtor who promises, and leaks to a third party before the phone is handed over."""
    first = Call(
        "c1",
        (
            Utterance(1, "agent", "您好，王小明先生吗"),
            Utterance(2, "customer", "是我"),
            Utterance(
                3,
                "agent",
                "=今天必须还，不然曝光你",
                labels=("pressure_tactic",),
                subtypes={"pressure_tactic": ("ultimatum", "public_exposure")},
                scores={"pressure_tactic": 0.97},
                evidence={"pressure_tactic": ((3, 5), (9, 11))},
            ),
            Utterance(
                4,
                "customer",
                "明天还五百",
                labels=("ptp_commitment",),
                subtypes={"ptp_commitment": ("firm",)},
                ptp=Promise(datetime(2026, 3, 6, tzinfo=CHINA).date(), Decimal("500.00"), "app"),
            ),
        ),
        started_at=datetime(2026, 3, 5, 10, 12, tzinfo=CHINA),
        agent_id="a1",
        party="debtor",
        flags=(
            Flag("public_exposure", "violation", 10, (FlagHit(3, ((9, 11),)),), name_zh="曝光威胁", name_en="Exposure", advice_zh="停用"),
        ),
        model="m",
        labelled=True,
    )
    second = Call(
        "c2",
        (
            Utterance(1, "agent", "嗯那个您好", labels=("filler_words",), fillers=((0, 1), (1, 3))),
            Utterance(2, "agent", "她欠款", labels=("third_party_leak",), subtypes={"third_party_leak": ("debt_existence",)}),
            Utterance(3, "customer", "我来了，没钱", labels=("hardship_disclosure",), subtypes={"hardship_disclosure": ("cash_shortage",)}),
        ),
        started_at=datetime(2026, 3, 7, 23, 30, tzinfo=CHINA),
        agent_id="a2",
        party="third_party",
        party_from=(PartyChange(3, "debtor"),),
        model="m",
        labelled=True,
    )
    return [("day.jsonl", first), ("day.jsonl", second)]
