"""The icons of the Teams package: of the right size and kind, and drawn from the logo."""

from io import BytesIO

from PIL import Image

from manifest.icon_drawing import draw_icon
from manifest.png import read_png_size
from manifest.teams import TEAMS_ICON_SIZES, load_teams_icons

GREEN = (0x2F, 0x6F, 0x52, 255)


def open_icon(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png)).convert("RGBA")


def pixels(icon: Image.Image) -> list[tuple[int, int, int, int]]:
    raw = icon.tobytes()
    return [(raw[at], raw[at + 1], raw[at + 2], raw[at + 3]) for at in range(0, len(raw), 4)]


def corners(icon: Image.Image) -> set[object]:
    return {icon.getpixel((x, y)) for x in (0, icon.width - 1) for y in (0, icon.height - 1)}


def test_each_has_its_size_and_is_what_the_script_draws() -> None:
    assert TEAMS_ICON_SIZES == {"color.png": 192, "outline.png": 32}
    for name, side in TEAMS_ICON_SIZES.items():
        stored = load_teams_icons()[name]
        assert read_png_size(stored) == open_icon(stored).size == (side, side)
        assert pixels(open_icon(draw_icon(name))) == pixels(open_icon(stored))


def test_the_coloured_one_is_opaque_to_its_corners() -> None:
    icon = open_icon(load_teams_icons()["color.png"])
    assert {pixel[3] for pixel in pixels(icon)} == {255}
    assert corners(icon) == {GREEN}


def test_the_outline_is_white_on_nothing() -> None:
    icon = open_icon(load_teams_icons()["outline.png"])
    assert {pixel[:3] for pixel in pixels(icon) if pixel[3]} == {(255, 255, 255)}
    assert {pixel[3] for pixel in pixels(icon)} >= {0, 255}
    assert corners(icon) == {(0, 0, 0, 0)}


def test_a_file_that_is_no_png_is_known_as_such() -> None:
    assert read_png_size(b"GIF89a") is None
