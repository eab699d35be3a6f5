"""Call, Utterance, Promise, Flag: the small frozen types that every stage takes and returns.

Labelled data and tagged output share one schema (labelling guide, section 6), so the same types carry both: a transcript has
empty annotation fields, gold data and results have them filled. `Call.unlabelled` takes them off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, make_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, ParamSpec, TypeVar, cast

Speaker = Literal["agent", "customer"]
Party = Literal["debtor", "third_party", "unknown"]
PARTIES: tuple[Party, ...] = ("debtor", "third_party", "unknown")
Span = tuple[int, int]  # [start, end) in characters of the turn's text as it came
Amount = Decimal | Literal["minimum", "full"]
# One shared empty mapping. A plain dict, since calls travel between processes and a mappingproxy cannot be pickled;
# its type forbids writing to it.
EMPTY: Mapping[str, Any] = {}
_Frozen = TypeVar("_Frozen")
_Given = ParamSpec("_Given")


def _empty() -> Mapping[str, Any]:
    return EMPTY


def maker(cls: Callable[_Given, _Frozen]) -> Callable[_Given, _Frozen]:
    """What makes instances of a frozen dataclass in a third of the time: for the few places that make one of every turn.

    A frozen dataclass sets each field through ``object.__setattr__``. Here an instance is filled while it is one of a twin class that
    is not frozen, and then becomes what it is.

    Examples
    --------
    >>> maker(PartyChange)(3, "debtor")
    PartyChange(turn=3, party='debtor')
    """
    frozen: Any = cls
    same = [(one.name, one.type, field(default=one.default, default_factory=one.default_factory)) for one in fields(frozen)]
    twin: Any = make_dataclass(frozen.__name__, same, slots=True, repr=False, eq=False)

    def make(*values: Any, **named: Any) -> Any:
        made = twin(*values, **named)
        made.__class__ = cls
        return made

    return cast("Callable[_Given, _Frozen]", make)


@dataclass(frozen=True, slots=True)
class SlotSource:
    """Where a promise slot came from, or why it is empty."""

    turn: int | None = None  # the turn that names it: this one, or the agent's proposal it accepts
    span: Span | None = None  # its characters there
    reason: str | None = None  # a short code why the slot is null, where it is


@dataclass(frozen=True, slots=True)
class Promise:
    """Slots of a promise to pay (guide, section 4).

    ``amount`` is yuan to the cent, or ``"minimum"``/``"full"`` as said. ``sources`` says per slot where it stands.
    """

    date: date | None = None
    amount: Amount | None = None
    method: str | None = None
    sources: Mapping[str, SlotSource] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True)
class PartyChange:
    """From ``turn`` on, ``party`` holds the line."""

    turn: int
    party: Party


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of one speaker.

    ``labels`` in the order of the label scheme; ``subtypes`` {label: names}; ``fillers`` spans of filler words;
    ``scores`` {label: calibrated probability}; ``evidence`` {label: spans that spoke for it}.
    """

    turn: int
    speaker: Speaker
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    labels: tuple[str, ...] = ()
    subtypes: Mapping[str, tuple[str, ...]] = field(default_factory=_empty)
    fillers: tuple[Span, ...] = ()
    ptp: Promise | None = None
    scores: Mapping[str, float] = field(default_factory=_empty)
    evidence: Mapping[str, tuple[Span, ...]] = field(default_factory=_empty)
    extra: Mapping[str, Any] = field(default_factory=_empty)  # fields of the input that callqa does not know, kept as they came


@dataclass(frozen=True, slots=True)
class FlagHit:
    """One place that triggered a flag: a turn and, where words did it, their spans in its text."""

    turn: int
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """One QA finding on a call: the rule's code, how grave, what it costs and the turns that show it."""

    code: str
    severity: str
    points: float = 0.0
    hits: tuple[FlagHit, ...] = ()
    label: str | None = None  # the label it rests on, where it rests on one
    name_zh: str = ""
    name_en: str = ""
    advice_zh: str = ""
    advice_en: str = ""
    needs_review: bool = False
    detail: Mapping[str, Any] = field(default_factory=_empty)  # figures behind the finding (counts, rates, dates), JSON values only

    @property
    def turns(self) -> tuple[int, ...]:
        """Turns that show it, in order."""
        return tuple(sorted({hit.turn for hit in self.hits}))


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its turns in order and what is known of it.

    ``party`` is who is on the line at first, ``party_from`` the hand-overs after (guide, section 1).
    """

    call_id: str
    utterances: tuple[Utterance, ...]
    started_at: datetime | None = None  # with its UTC offset; the call's local date is its date()
    agent_id: str | None = None
    account_id: str | None = None
    due: Decimal | None = None  # all that is overdue, yuan
    minimum_due: Decimal | None = None  # the least that cures the account, yuan
    party: Party | None = None
    party_from: tuple[PartyChange, ...] = ()
    flags: tuple[Flag, ...] = ()
    score: float | None = None
    promise: Mapping[str, Any] = field(default_factory=_empty)  # the call's standing promise, as results write it
    model: str | None = None  # name and version of the model that tagged it
    labelled: bool = False  # the record came with gold or predicted labels
    extra: Mapping[str, Any] = field(default_factory=_empty)  # unknown fields (team, product, …), kept

    def unlabelled(self) -> Call:
        """The bare transcript: every gold or predicted field taken off.

        Examples
        --------
        >>> call = Call("c1", (Utterance(1, "agent", "嗯那个", fillers=((1, 3),)),), party="debtor")
        >>> call.unlabelled().party is None, call.unlabelled().utterances[0].fillers
        (True, ())
        """
        bare = tuple(
            Utterance(u.turn, u.speaker, u.text, u.start_ms, u.end_ms, extra=u.extra) for u in self.utterances
        )
        return replace(
            self, utterances=bare, party=None, party_from=(), flags=(), score=None, promise=EMPTY, model=None, labelled=False
        )

    def party_at(self, turn: int) -> Party | None:
        """Who holds the line at ``turn``, ``None`` where nobody has said.

        Examples
        --------
        >>> call = Call("c1", (), party="third_party", party_from=(PartyChange(7, "debtor"),))
        >>> call.party_at(6), call.party_at(7)
        ('third_party', 'debtor')
        """
        party = self.party
        for change in self.party_from:
            if change.turn <= turn:
                party = change.party
        return party


make_utterance = maker(Utterance)
