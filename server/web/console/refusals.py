"""Why an upload was refused, by the code of the refusal: for readers of another language than English.

The media process answers in English, exactly and with numbers; these say the same without the numbers.
"""

from __future__ import annotations

from server.web.language import language
from server.web.language import say_later as _l

REFUSALS = {
    "empty_file": _l("The file is empty. Choose the right file and upload it again."),
    "too_large": _l("The file is too large. Export it smaller and upload that."),
    "not_media": _l("The file is neither a film, a picture nor sound. Choose another file."),
    "truncated": _l("The file is cut off. Export or download it again and upload the new file."),
    "animated_picture": _l(
        "An animated picture of this kind cannot be shown. Save it as a film (MP4) and upload that."
    ),
    "too_long": _l("It lasts too long. Cut it shorter and upload it again."),
    "too_short": _l("It lasts less than a second. Upload a longer film, or a picture."),
    "unreadable_codec": _l("Its encoding cannot be read here. Export it as MP4 (H.264, AAC) and upload that."),
    "too_many_pixels": _l("The picture has too many pixels. Scale it down and upload it again."),
    "picture_too_costly": _l(
        "The picture needs more memory or time to be read than is allowed. Scale it down, save it as JPEG or PNG, and"
        " upload that."
    ),
    "broken_picture": _l("The picture is damaged. Save it anew as JPEG or PNG and upload that."),
    "too_slow_to_read": _l("Reading the file took too long. Convert it to MP4 (H.264) and upload that."),
    "disk_full": _l("The server's disk is full. Free space in the data folder, then upload again."),
    "body_cut_off": _l("The upload was cut off. Check your network and try again."),
    "ticket_expired": _l("This page was open too long. Load it again and repeat the upload."),
}


def refusals_told() -> dict[str, str]:
    """Nothing for English: the answer itself says it better."""
    return {} if language() == "en" else {code: str(words) for code, words in REFUSALS.items()}
