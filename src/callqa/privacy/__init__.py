"""Personal data in transcripts: finding it, masking it, replacing it by tokens that only a key file turns back."""

from callqa.privacy.mask import mask_call, mask_text
from callqa.privacy.recognise import Personal, find_personal

__all__ = ["Personal", "find_personal", "mask_call", "mask_text"]
