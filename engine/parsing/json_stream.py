"""A JSON list of any length, read item by item: only a window of it is in memory."""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from engine.errors import BadInput
from engine.parsing.json_values import build_json_object

READ_CHUNK_BYTES = 65_536  # bytes


def _no_such_number(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON, and no database stores them as such


class JsonList:
    """Iterate over (line, item) of the one JSON list in `stream`. An item has at most `longest` characters.

    Raises BadInput if the stream is anything else.
    """

    def __init__(self, stream: BinaryIO, longest: int) -> None:
        self._stream, self._longest = stream, longest
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._parse = json.JSONDecoder(object_pairs_hook=build_json_object, parse_constant=_no_such_number).raw_decode
        self._window, self._at, self._line = "", 0, 1

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        self._expect("[")
        if self._next() == "]":
            return self._finish()
        while True:
            self._next()
            yield self._line, self._item()
            if self._next() != ",":
                return self._finish()
            self._move(self._at + 1)

    def _finish(self) -> None:
        self._expect("]")
        if self._next():
            raise self._broken()

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            raise self._broken()
        self._move(self._at + 1)

    def _broken(self) -> BadInput:
        return BadInput(f"line {self._line}: this is no JSON list of objects: [{{…}}, {{…}}]")

    def _next(self) -> str:
        """Skip white space and return the next character without consuming it; empty at the end."""
        while True:
            rest = self._window[self._at : self._at + 1]
            if rest and not rest.isspace():
                return rest
            if rest:
                self._move(self._at + 1)
            elif not self._fill():
                return ""

    def _item(self) -> Any:
        while True:
            try:
                item, end = self._parse(self._window, self._at)
            except (ValueError, RecursionError):
                if len(self._window) - self._at > self._longest or not self._fill():
                    raise self._broken() from None
                continue
            if end == len(self._window) and self._fill():
                continue  # a number may go on
            self._move(end)
            return item

    def _move(self, to: int) -> None:
        self._line += self._window.count("\n", self._at, to)
        self._at = to

    def _fill(self) -> bool:
        chunk = self._stream.read(READ_CHUNK_BYTES)
        try:
            text = self._decode.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            raise BadInput(f"after line {self._line} the file is not UTF-8") from None
        self._window, self._at = self._window[self._at :] + text, 0
        return bool(chunk)
