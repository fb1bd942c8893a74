"""The icons of the Teams package: of the right size and kind, and drawn by our own script."""

import pytest

from manifest import teams
from manifest.icon_drawing import draw_icon
from manifest.png import decode_png, read_png_size
from manifest.teams import load_teams_icons
from tests.tables import each_row

GREEN = bytes((0x2F, 0x6F, 0x52, 255))


def pixels(name: str) -> list[list[bytes]]:
    rows = decode_png(load_teams_icons()[name])
    return [[row[at : at + 4] for at in range(0, len(row), 4)] for row in rows]


@each_row(("name", "side"), [("color.png", 192), ("outline.png", 32)])
def test_each_has_its_size(name: str, side: int) -> None:
    assert read_png_size(load_teams_icons()[name]) == (side, side)
    assert {len(row) for row in pixels(name)} == {side}


def test_the_coloured_one_is_opaque_to_its_corners() -> None:
    shown = pixels("color.png")
    assert all(pixel[3] == 255 for row in shown for pixel in row)
    assert {shown[y][x] for x in (0, -1) for y in (0, -1)} == {GREEN}


def test_the_outline_is_white_on_nothing() -> None:
    shown = pixels("outline.png")
    assert {pixel[:3] for row in shown for pixel in row if pixel[3]} == {b"\xff\xff\xff"}
    assert {shown[y][x][3] for x in (0, -1) for y in (0, -1)} == {0}
    assert any(pixel[3] == 255 for row in shown for pixel in row)


@each_row("name", teams.TEAMS_ICON_SIZES)
def test_they_are_what_the_script_draws(name: str) -> None:
    assert decode_png(draw_icon(name)) == decode_png(load_teams_icons()[name])


def test_a_file_that_is_no_picture_of_ours_is_known_as_such() -> None:
    assert read_png_size(b"GIF89a") is None
    with pytest.raises(ValueError, match="no PNG of ours"):
        decode_png(b"GIF89a")
