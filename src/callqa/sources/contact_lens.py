"""Amazon Connect Contact Lens: ``Transcript`` with a participant each; offsets in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from callqa.sources.raw import RawCall, RawTurn, as_list, as_text, milliseconds

NAME = "contact-lens"
_SILENT_ROLES = {"SYSTEM", "CUSTOM_BOT"}  # announcements: nobody of the call speaks


def fits(data: dict[str, Any]) -> bool:
    """Whether a JSON object is an analysed contact."""
    return "Transcript" in data


def read(data: dict[str, Any], name: str) -> Iterator[RawCall]:
    """The call of one contact; it is called by its contact id, else ``name``.

    What a participant's role says wins over its id: ids of chats are opaque.
    """
    roles = {
        str(item.get("ParticipantId")): str(item.get("ParticipantRole"))
        for item in as_list(data.get("Participants", []), "Participants")
        if item.get("ParticipantRole")
    }
    turns = []
    for index, item in enumerate(as_list(data["Transcript"], "Transcript")):
        at = f"Transcript[{index}]"
        participant = as_text(item.get("ParticipantId"), f"{at}.ParticipantId")
        role = str(item.get("ParticipantRole") or roles.get(participant, participant))
        if role in _SILENT_ROLES:
            continue
        start, end = (milliseconds(item.get(key), f"{at}.{key}") for key in ("BeginOffsetMillis", "EndOffsetMillis"))
        extra = {"sentiment": item["Sentiment"]} if isinstance(item.get("Sentiment"), str) else {}
        turns.append(RawTurn(role, as_text(item.get("Content"), f"{at}.Content"), start, end, extra))
    metadata = data.get("CustomerMetadata")
    contact = metadata.get("ContactId") if isinstance(metadata, dict) else None
    yield RawCall(str(contact or data.get("ContactId") or name), tuple(turns))
