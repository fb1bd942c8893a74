"""Draws the icons of the Teams package from the web chat's own drawing: `python -m manifest.drawing`."""

import re
from collections.abc import Iterator
from math import cos, hypot, radians, sin
from pathlib import Path

import channels
from manifest.png import encode_png
from manifest.teams import TEAMS_ICON_FOLDER, TEAMS_ICON_SIZES

LOGO_FILE = Path(channels.__file__).parent / "web" / "static" / "laurel.svg"

DRAWING_SIZE = 64  # of the drawing

SAMPLES_PER_PIXEL = 4  # samples of a pixel, each way

STEM_THICKNESS = 1.1  # half of a stem

GREEN, CREAM, GOLD, WHITE = (0x2F, 0x6F, 0x52), (0xF4, 0xF7, 0xEA), (0xF2, 0xC1, 0x4E), (255, 255, 255)

LEAF_PATTERN = re.compile(r"translate\((\S+) (\S+)\) rotate\((\S+)\) scale\((\S+)\)")

STEM_PATTERN = re.compile(r'd="M(\S+) (\S+)C(\S+) (\S+) (\S+) (\S+) ([\d.]+) ([\d.]+)M')

STAR_PATTERN = re.compile(r'd="m([^"]*)z"')

NUMBER_PATTERN = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")

Point = tuple[float, float]

Shape = tuple[Point, ...]

Colour = tuple[int, int, int]


def draw_icon(name: str) -> bytes:
    """The icon as a PNG: in colour on the drawing's own ground, or white on nothing."""
    wreath, star = parse_logo_shapes(LOGO_FILE.read_text(encoding="utf-8"))
    if name == "color.png":
        ground: Shape = ((0, 0), (DRAWING_SIZE, 0), (DRAWING_SIZE, DRAWING_SIZE), (0, DRAWING_SIZE))
        layers = [([ground], GREEN), (wreath, CREAM), ([star], GOLD)]
        return _painted(layers, TEAMS_ICON_SIZES[name], inset=0.0)
    return _painted([([*wreath, star], WHITE)], TEAMS_ICON_SIZES[name], inset=6.0)


def parse_logo_shapes(drawing: str) -> tuple[list[Shape], Shape]:
    """The stems and leaves of the wreath, and the star in it, in the drawing's own measure."""
    stem = _stem(list(map(float, STEM_PATTERN.findall(drawing)[0])))
    wreath: list[Shape] = [stem, tuple((DRAWING_SIZE - x, y) for x, y in stem)]
    for found in LEAF_PATTERN.findall(drawing):
        x, y, turn, scale = map(float, found)
        wreath.append(tuple(_placed(point, (x, y), radians(turn), scale) for point in _leaf()))
    steps = list(map(float, NUMBER_PATTERN.findall(STAR_PATTERN.findall(drawing)[-1])))
    star, at = [], (0.0, 0.0)
    for dx, dy in zip(steps[::2], steps[1::2], strict=True):
        at = (at[0] + dx, at[1] + dy)
        star.append(at)
    return wreath, tuple(star)


def _stem(numbers: list[float]) -> Shape:
    """The curve as a band around the drawing's middle, a little thicker than it is drawn: icons are small."""
    begin, pull, push, end = zip(numbers[::2], numbers[1::2], strict=True)
    along = list(_curve(begin, pull, push, end))
    outer, inner = ([_further(point, by) for point in along] for by in (STEM_THICKNESS, -STEM_THICKNESS))
    return (*outer, *reversed(inner))


def _further(point: Point, by: float) -> Point:
    """The point moved away from the drawing's middle."""
    x, y = point[0] - DRAWING_SIZE / 2, point[1] - DRAWING_SIZE / 2
    grown = 1 + by / hypot(x, y)
    return DRAWING_SIZE / 2 + x * grown, DRAWING_SIZE / 2 + y * grown


def _leaf() -> Iterator[Point]:
    """Two curves between the stalk and the tip."""
    yield from _curve((0, 0), (2, -3.6), (7, -4.2), (10.5, 0))
    yield from _curve((10.5, 0), (7, 4.2), (2, 3.6), (0, 0))


def _curve(a: Point, b: Point, c: Point, d: Point, steps: int = 12) -> Iterator[Point]:
    for step in range(steps):
        t = step / steps
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
        yield x, y


def _placed(point: Point, to: Point, turn: float, scale: float) -> Point:
    x, y = point[0] * scale, point[1] * scale
    return to[0] + x * cos(turn) - y * sin(turn), to[1] + x * sin(turn) + y * cos(turn)


def _painted(layers: list[tuple[list[Shape], Colour]], side: int, inset: float) -> bytes:
    """The layers one over the other; `inset` of the drawing is left out at every side."""
    scale = side * SAMPLES_PER_PIXEL / (DRAWING_SIZE - 2 * inset)
    pixels = [[(0.0, 0.0, 0.0, 0.0)] * side for _ in range(side)]
    for drawn, colour in layers:
        fitted = [tuple(((x - inset) * scale, (y - inset) * scale) for x, y in shape) for shape in drawn]
        for y, row in enumerate(_covered(fitted, side)):
            pixels[y] = [_over(below, colour, share) for below, share in zip(pixels[y], row, strict=True)]
    return encode_png([bytes(value for pixel in row for value in _bytes(pixel)) for row in pixels], side)


def _covered(drawn: list[Shape], side: int) -> Iterator[list[float]]:
    """For each row of pixels, how much of each the shapes cover: from 0 to 1."""
    for y in range(side):
        samples = [0] * side
        for line in range(SAMPLES_PER_PIXEL):
            for at in _inside(drawn, y * SAMPLES_PER_PIXEL + line + 0.5, side * SAMPLES_PER_PIXEL):
                samples[at // SAMPLES_PER_PIXEL] += 1
        yield [count / SAMPLES_PER_PIXEL**2 for count in samples]


def _inside(drawn: list[Shape], y: float, width: int) -> set[int]:
    """The samples of one line that lie in a shape."""
    found: set[int] = set()
    for shape in drawn:
        edges = zip(shape, (*shape[1:], shape[0]), strict=True)
        cuts = sorted(a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1]) for a, b in edges if (a[1] > y) != (b[1] > y))
        for begin, end in zip(cuts[::2], cuts[1::2], strict=True):
            found.update(x for x in range(max(round(begin), 0), min(round(end), width)))
    return found


def _over(below: tuple[float, ...], colour: Colour, share: float) -> tuple[float, float, float, float]:
    alpha = share + below[3] * (1 - share)
    if not alpha:
        return 0.0, 0.0, 0.0, 0.0
    red, green, blue = (
        (c * share + b * below[3] * (1 - share)) / alpha for c, b in zip(colour, below[:3], strict=True)
    )
    return red, green, blue, alpha


def _bytes(pixel: tuple[float, ...]) -> tuple[int, int, int, int]:
    red, green, blue = (round(value) for value in pixel[:3])
    return red, green, blue, round(pixel[3] * 255)


if __name__ == "__main__":
    for icon in TEAMS_ICON_SIZES:
        (TEAMS_ICON_FOLDER / icon).write_bytes(draw_icon(icon))
