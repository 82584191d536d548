from __future__ import annotations

from contextlib import ExitStack

import pytest

from server.files.upload_places import UploadPlaces, UploadsBusy


def taken(stack: ExitStack, places: UploadPlaces, person: str, address: str) -> bool:
    try:
        stack.enter_context(places.place(person_id=person, address=address))
    except UploadsBusy:
        return False
    return True


@pytest.mark.parametrize(
    ("uploads", "got"),
    [
        ([("a", "1"), ("a", "2"), ("a", "3"), ("b", "1")], [True, True, False, True]),  # two of one person
        ([("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")], [True, True, True, False]),  # three from one address
        ([("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "5")], [True, True, True, True, False]),
    ],
)
def test_uploads_are_bounded_in_all_by_person_and_by_address(uploads: list[tuple[str, str]], got: list[bool]) -> None:
    places = UploadPlaces(most=4, of_person=2, of_address=3)
    with ExitStack() as stack:
        assert [taken(stack, places, *upload) for upload in uploads] == got


def test_a_place_is_free_again_when_its_upload_ends_however_it_ends() -> None:
    places = UploadPlaces(most=1)
    for _ in range(3):
        with pytest.raises(KeyError), places.place(person_id="a", address="1"):
            raise KeyError
    with ExitStack() as stack:
        assert taken(stack, places, "a", "1")
        assert not taken(stack, places, "b", "2")
