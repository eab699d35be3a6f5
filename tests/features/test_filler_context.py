"""Features of filler candidates: what they say, and that hashes say the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.features.columns import Hashes
from callqa.features.filler_candidates import find_candidates
from callqa.features.filler_context import CLASSES, hashed_features, written_features
from callqa.features.filler_turns import CandidateTurn
from callqa.features.word_classes import WordClasses

WORDS = {
    "账户": "n",
    "的": "u",
    "您": "r",
    "还": "d",
    "谢谢": "v",
    "不是": "c",
    "先": "d",
    "您好": "l",
    "人民银行": "N",
    "一": "m",
    "看": "v",
}
KNOWN = WordClasses(WORDS, CLASSES)

# What a model was learned from: (text, the turn before) → per candidate the features of its kind, those learned for all kinds first.
LEARNED = {
    ("不是催您，就是登记一下那个账户", "您是谁呀？"): [
        "a， b您， c催您， d您 e登 f登记 g登记一 h登记一下 i记 j记一 k，登 l您，登 m，登记 n? o?? pb qb? r登 s$ t$ u记 v$b wb?? x??M "
        "bc A0 B8 C04 D1 E2 F2 GFalse H2 I登 I记 I一 I下 I那 I个 I账 I户 L那个 TTrue U4 V您 W不 W是 W催 W您",
        "a下 b一下 c记一下 d一 e账 f账户 g账户$ h账户$$ i户 j户$ k下账 l一下账 m下账户 nn on$ p? q?n r账户 s下 tM u$ vM? w?n$ xn$$ "
        "cc A6 B2 C31 D3 E0 F2 GFalse H2 I账 I户 J就 J是 J登 J记 J一 J下 K就是",
    ],
    ("然后先还三千，再看", "好"): [
        "a^ b^^ c^^^ d^ e先 f先还 g先还三 h先还三千 i还 j还三 k^先 l^^先 m^先还 nd odd p^ q^d r先 s$ t$ u还 v$^ w^dd xddM "
        "^c A0 B4 C02 D0 E2 F1 GFalse H1 I先 I还 I三 I千 O好 P好 Q0 R^cFalse XFalseTrue1 YFalse",
    ],
    ("不还的话就看人民银行", ""): [
        "a还 b不还 c^不还 d不 e就 f就看 g就看人 h就看人民 i看 j看人 k还就 l不还就 m还就看 n? o?v pd qd? r就 s还 t不 u看 v?d wd?v x?vN "
        "cc A2 B6 C23 D0 E2 F1 GFalse H1 I就 I看 I人 I民 I银 I行 J不 J还 O P Q0 RccFalse XTrue YTrue",
    ],
    ("您您好，谢谢谢谢呃呃那个", ""): [
        "a^ b^^ c^^^ d^ e好 f好， g好，谢 h好，谢谢 i， j，谢 k^好 l^^好 m^好， n? o?$ p^ q^? r好 s$ t$ u$ v$^ w^?$ x?$$ "
        "^c A0 B1 C00 D0 E3 F2 GFalse H4 I好 Lrepeat1 L呃+ L那个 O P Q0 R^cFalse Xpronoun YFalse ZpronounFalse 02 1Truel",
        "a， b好， c您好， d好 e呃 f呃呃 g呃呃那 h呃呃那个 i呃 j呃那 k，呃 l好，呃 m，呃呃 n? o?? pb qb? r呃 s$ t$ u呃 v$b wb?? x??? "
        "bc A0 B4 C02 D1 E1 F2 GFalse H4 I呃 I那 I个 Krepeat1 L呃+ N呃+ L那个 TFalse U3 V好 W您 W好 X? YFalse Z?False 04 1False?",
        "a谢 b谢谢 c谢谢谢 d谢 e那 f那个 g那个$ h那个$$ i个 j个$ k谢那 l谢谢那 m谢那个 n? o?? pv qv? r那 s谢谢 t谢谢 u个 vvv wv?? x??$ "
        "cc A4 B2 C31 D2 E0 F2 GFalse H4 I那 I个 J谢 Krepeat1 Krepeat1 Mrepeat1 L那个 N那个",
        "a呃 b呃呃 c谢呃呃 d呃 e$ f$$ g$$$ h$$$$ i$ j$$ k呃$ l呃呃$ m呃$$ n$ o$$ p? q?$ r$ s呃 t呃 u$ v?? w?$$ x$$$ "
        "c$ A6 B0 C30 D3 E0 F2 GFalse H4 J谢 J呃 Krepeat1 Krepeat1 K呃+ M呃+",
    ],
}

TURNS = st.lists(
    st.tuples(
        st.text(alphabet="那个就是然后的话呃谢您我账户不还三千，。？ 先再吗😀\n^$", max_size=18).filter(find_candidates),
        st.text(alphabet="您好吗，？三", max_size=12),
    ),
    min_size=1,
    max_size=4,
)


def turn(text: str, previous: str) -> CandidateTurn:
    return CandidateTurn(text, previous, find_candidates(text))


@pytest.mark.parametrize("said", LEARNED)
def test_features_are_those_that_the_shipped_model_was_learned_from(said: tuple[str, str]) -> None:
    one = turn(*said)
    [found] = written_features([one], KNOWN)
    for candidate, names, own in zip(one.candidates, found, LEARNED[said], strict=True):
        kind, values = candidate.kind, own.split(" ")
        assert names == ["=" + candidate.surface, "=" + kind, *("*" + value for value in values[:18]), *(kind + value for value in values)]


@given(TURNS)
@settings(deadline=None)
def test_hashes_are_those_of_the_names_and_turns_do_not_run_into_each_other(said: list[tuple[str, str]]) -> None:
    turns = [turn(*one) for one in said]
    written = written_features(turns, KNOWN)
    assert written == [found for one in turns for found in written_features([one], KNOWN)]
    rows, hashes = hashed_features(turns, KNOWN)
    for row, names in enumerate(names for of_turn in written for names in of_turn):
        assert hashes[rows == row].tolist() == Hashes.of(names).values.tolist()
