"""Takes a form with files apart as it comes: nothing of a file is held in memory or written elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import NEED_DATA, Data, Event, Field, File, MultipartDecoder

from project.errors import InvalidInputError

# Headers of parts and fields; what belongs to a file passes through.
_MAX_BUFFER_BYTES = 2 * 1024 * 1024
_MAX_FIELD_BYTES = 64 * 1024
_MAX_PARTS = 1000


@dataclass(frozen=True)
class TextPart:
    """A field with a text."""

    name: str
    text: str


@dataclass(frozen=True)
class FilePart:
    """A file by the name that the browser gives it; its blocks are there until the next part is asked for."""

    file_name: str
    blocks: Iterator[bytes]


def parts(blocks: Iterable[bytes], boundary: str) -> Iterator[TextPart | FilePart]:
    """The parts of a form in their order. Raises InvalidInputError where it is none."""
    decoder = MultipartDecoder(boundary.encode(), _MAX_BUFFER_BYTES, max_parts=_MAX_PARTS)
    events = _events(decoder, blocks)
    for event in events:
        if isinstance(event, Field):
            yield TextPart(event.name, _text(_data(events)))
        elif isinstance(event, File):
            content = _data(events)
            yield FilePart(event.filename, content)
            for _ in content:
                pass  # whatever of it was not wanted


def _events(decoder: MultipartDecoder, blocks: Iterable[bytes]) -> Iterator[Event]:
    try:
        for block in blocks:
            decoder.receive_data(block)
            while (event := decoder.next_event()) is not NEED_DATA:
                yield event
        decoder.receive_data(None)
        yield decoder.next_event()
    except ValueError as error:
        raise InvalidInputError("The form cannot be read: it is not whole.") from error


def _data(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, Data):
            if event.data:
                yield event.data
            if not event.more_data:
                return


def _text(blocks: Iterator[bytes]) -> str:
    content = bytearray()
    for block in blocks:
        content += block
        if len(content) > _MAX_FIELD_BYTES:
            raise RequestEntityTooLarge()
    return content.decode(errors="replace")
