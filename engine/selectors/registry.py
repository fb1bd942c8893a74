"""Every selector, by the name that catalogues use."""

from collections.abc import Mapping

from engine.selectors.random_users import draw_random_users
from engine.selectors.selector import Selector

SELECTORS: Mapping[str, Selector] = {"RandomUsers": draw_random_users}
