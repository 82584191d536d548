"""Why an upload was refused, by the code of the refusal: for readers of another language than English.

The media process answers in English, exactly and with numbers; these say the same without the numbers.
`{file}` stands for the file that the answer names first.
"""

from __future__ import annotations

from server.web.words.language import language
from server.web.words.language import say_later as _l

REFUSALS = {
    "empty_file": _l("The file is empty. Choose the right file and upload it again."),
    "too_large": _l("The file is too large. Export it smaller and upload that."),
    "not_media": _l("The file is neither a film, a picture nor sound. Choose another file."),
    "truncated": _l("The file is cut off. Export or download it again and upload the new file."),
    "dolby_vision": _l(
        "This film is in Dolby Vision only, and its colours cannot be shown here. Export it as ordinary HDR or without "
        "HDR, and upload that."
    ),
    "too_long": _l("It lasts too long. Cut it shorter and upload it again."),
    "too_short": _l("It lasts less than a second. Upload a longer film, or a picture."),
    "unreadable_codec": _l("Its encoding cannot be read here. Export it as MP4 (H.264, AAC) and upload that."),
    "too_many_pixels": _l("The picture has too many pixels. Scale it down and upload it again."),
    "picture_too_costly": _l(
        "The picture needs more memory or time to be read than is allowed. Scale it down, save it as JPEG or PNG, and"
        " upload that."
    ),
    "too_thin": _l(
        "On a screen only a thin line would be left of this picture. Cut out the part that people are to see."
    ),
    "pdf_for_one": _l(
        "A PDF becomes a creative for each of its pages, so it cannot take the place of one. Export the page as PNG and"
        " upload that."
    ),
    "pdf_locked": _l("The PDF is protected by a password. Save it without a password and upload that."),
    "pdf_empty": _l("The PDF has no pages. Export it again and upload the new file."),
    "pdf_too_many_pages": _l("The PDF has too many pages. Export those that you want to show as a PDF of their own."),
    "pdf_too_costly": _l(
        "The PDF needs more memory or time to be drawn than is allowed. Export its pages as PNG or JPEG and upload"
        " those."
    ),
    "broken_pdf": _l("The PDF is damaged. Open it, export or print it as a new PDF, and upload that."),
    "document_powerpoint": _l("This is a PowerPoint presentation. Export it as PDF or PNG and upload that."),
    "document_word": _l("This is a Word document. Export it as PDF or PNG and upload that."),
    "document_excel": _l("This is an Excel sheet. Export it as PDF or PNG and upload that."),
    "document_keynote": _l("This is a Keynote, Pages or Numbers document. Export it as PDF or PNG and upload that."),
    "document_opendocument": _l(
        "This is a LibreOffice or OpenOffice document. Export it as PDF or PNG and upload that."
    ),
    "document_svg": _l("This is an SVG drawing. Export it as PDF or PNG and upload that."),
    "document_html": _l("This is a web page. Export it as PDF or PNG and upload that."),
    "document_rtf": _l("This is a text document. Export it as PDF or PNG and upload that."),
    "document_postscript": _l("This is a PostScript or EPS drawing. Export it as PDF or PNG and upload that."),
    "document_photoshop": _l("This is a Photoshop document. Export it as PDF or PNG and upload that."),
    "document_flash": _l("This is a Flash film. Export it as PDF or PNG and upload that."),
    "document_ebook": _l("This is an e-book. Export it as PDF or PNG and upload that."),
    "document_archive": _l("This is an archive. Unpack it and upload the files that are in it."),
    "broken_picture": _l("The picture is damaged. Save it anew as JPEG or PNG and upload that."),
    "too_slow_to_read": _l("Reading the file took too long. Convert it to MP4 (H.264) and upload that."),
    "disk_full": _l("The server's disk is full. Free space in the data folder, then upload again."),
    "body_cut_off": _l("The upload was cut off. Check your network and try again."),
    "game_zip_large": _l("The zip is too large. Scale pictures down, and shorten or leave out sound."),
    "game_zip_damaged": _l(
        "This is no zip that can be read, or one with a comment. Pack the folder again with an ordinary zip program."
    ),
    "game_many_files": _l("The zip has too many files. Join small pictures into one, and scripts into a bundle."),
    "game_locked": _l("“{file}” is locked with a password. Pack the folder without a password."),
    "game_link": _l("“{file}” is a link, not a file. Put the file itself in its place."),
    "game_packing": _l(
        "“{file}” is packed in a way that few programs read. Pack the folder again with an ordinary zip program."
    ),
    "game_path": _l("“{file}” is a path out of the zip's own folder. Pack the files with paths within their folder."),
    "game_name": _l(
        "“{file}” has a name that does not read the same everywhere. Use letters from a to z, digits, “-”, “_” and “.”."
    ),
    "game_large": _l("The files are too large together. Scale pictures down, and shorten or leave out sound."),
    "game_file_large": _l("“{file}” is too large. Scale pictures down, and shorten or leave out sound."),
    "game_bomb": _l(
        "“{file}” unpacks to far more than its packed size. Leave out files that are filled with the same content."
    ),
    "game_alike": _l("“{file}” and another file have the same name on some systems. Rename one of them."),
    "game_no_index": _l("“{file}” is missing. Put the game's page under this name at the top of the zip."),
    "game_no_sdk": _l("“{file}” does not load liftcast.js. Add it before the game's own script."),
    "game_many_pictures": _l(
        "The folder board/ has too many pictures. Move those that only phones show into another folder."
    ),
    "game_nested": _l("“{file}” is an archive within the zip. Unpack it and pack its files instead."),
    "game_type": _l("“{file}” is of a kind that games may not have. Leave it out."),
    "game_content": _l("“{file}” is not what its ending says. Save it anew in the right format, texts in UTF-8."),
    "game_board_picture": _l(
        "“{file}” cannot be shown on the screen. Use PNG, JPEG or WebP of at most 1024 × 1024 pixels."
    ),
    "game_inline_script": _l(
        "“{file}” has a script within the page, which does not run. Move it into a file of its own."
    ),
    "no_call": _l("The screen says nothing about the game. Type what it invites to."),
    "no_most_score": _l("The highest score is not stated. Type the most points that a player can reach."),
    "ticket_expired": _l("This page was open too long. Load it again and repeat the upload."),
}


def refusal_words() -> dict[str, str]:
    """Nothing for English: the answer itself says it better."""
    return {} if language() == "en" else {code: str(words) for code, words in REFUSALS.items()}
