"""Masking and pseudonyms on any text: nothing changes its length, nothing is lost on the way back."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.call import Call, Utterance
from callqa.privacy import find_personal, mask_call, mask_text
from callqa.privacy.pseudonyms import Pseudonyms, pseudonymise_call, reveal_call

PIECES = (
    "王|先生|女士|我姓|我叫|小明|本人|请问是|13800001234|幺三八|零零零零|幺二三四|，| |-|电话|身份证|11010519491231002X|卡号"
    "|4111111111111111|粤B|12345|a.b|@|example.com|人民路|8号|3栋|501|[name:|]"
)
pieces = st.sampled_from(PIECES.split("|"))
texts = st.one_of(st.lists(pieces, max_size=12).map("".join), st.text(max_size=40))


@settings(max_examples=600, deadline=None, database=None, derandomize=True)
@given(texts)
def test_a_mask_keeps_the_length_and_hides_only_what_was_found(text: str) -> None:
    masked = mask_text(text)
    hidden = {index for item in find_personal(text) for index in item.hidden}
    assert len(masked) == len(text)
    assert all((masked[i] == "*") if i in hidden else (masked[i] == text[i]) for i in range(len(text)))
    found = find_personal(text)
    assert all(before.end <= after.start for before, after in pairwise(found))


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.lists(texts, min_size=1, max_size=4))
def test_pseudonyms_turn_back_to_every_text_as_it_was(said: list[str]) -> None:
    call = Call("c1", tuple(Utterance(n, "agent", text, fillers=((0, 1),) if text else ()) for n, text in enumerate(said, 1)))
    names = Pseudonyms(b"k" * 32)
    hidden = pseudonymise_call(call, names)
    assert [turn.text for turn in reveal_call(hidden, names).utterances] == said
    assert [len(turn.text) for turn in mask_call(call).utterances] == [len(text) for text in said]
