"""Draw the icons of the Teams package from the web chat's own logo: `python -m manifest.icon_drawing`."""

from pathlib import Path

import resvg_py

import channels
from manifest.teams import TEAMS_ICON_FOLDER, TEAMS_ICON_SIZES

LOGO_FILE = Path(channels.__file__).parent / "web" / "static" / "laurel.svg"
GROUND_COLOUR = "#2f6f52"
OUTLINE_STYLE = """
rect { display: none }
g, path { fill: #fff }
path[fill="none"] { fill: none; stroke: #fff; stroke-width: 2.2 }
"""


def draw_icon(name: str) -> bytes:
    """Return the icon as a PNG: "color.png" on the logo's ground, "outline.png" in white and transparent."""
    logo, side = LOGO_FILE.read_text(encoding="utf-8"), TEAMS_ICON_SIZES[name]
    if name == "color.png":
        return resvg_py.svg_to_bytes(svg_string=logo, width=side, background=GROUND_COLOUR)
    # Teams wants no margin around the outline, and a stem of the colour icon's width would vanish at 32 pixels.
    cropped = logo.replace('viewBox="0 0 64 64"', 'viewBox="6 6 52 52"')
    return resvg_py.svg_to_bytes(svg_string=cropped, width=side, style_sheet=OUTLINE_STYLE)


if __name__ == "__main__":
    for icon in TEAMS_ICON_SIZES:
        (TEAMS_ICON_FOLDER / icon).write_bytes(draw_icon(icon))
