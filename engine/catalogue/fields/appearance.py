"""What people see of a reward: its message and its icon, checked."""

import re
from pathlib import Path
from typing import Any

from engine.errors import BadInput
from engine.parsing.problems import ParseContext, quote_text, suggest_known_name
from engine.rewards.templates import check_template, list_unknown_fields

STARTER_ICON_FOLDER = Path(__file__).parents[2] / "starter" / "icons"


def parse_message(given: Any, reading: ParseContext) -> Any:
    """Return the message as it is, or None if it is empty. Warn of fields that render empty.

    Raises ValueError for a template that cannot be rendered.
    """
    if isinstance(given, str):
        try:
            check_template(given)
        except BadInput as error:
            raise ValueError(str(error)) from None
        for sentence in list_unknown_fields(given):
            reading.warn(sentence)
    return given or None


def parse_icon(given: Any, reading: ParseContext) -> Any:
    """Parse an icon: a web address, or a product file such as `icons/x.png`, kept as `/icons/x.png`.

    Raises ValueError for other text. A file that does not exist gets a warning.
    """
    if not isinstance(given, str) or re.fullmatch(r"https?://[^\s\"'<>\\]+", given) or not given:
        return given or None
    path = given.removeprefix("/")
    if not re.fullmatch(r"[\w-]+(/[\w-]+)*\.\w{1,5}", path, re.ASCII):
        raise ValueError(f"{quote_text(given)} is no https address and no path such as icons/team-player.png")
    served = [f"icons/{file.name}" for file in STARTER_ICON_FOLDER.iterdir()]
    if path not in served:
        reading.warn(f"icon: there is no file {quote_text(given)}{suggest_known_name(path, served)}")
    return f"/{path}"
