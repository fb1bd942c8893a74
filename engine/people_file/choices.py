"""Choices of the person who imports a people file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.people_file.statuses import Standing

DateOrder = Literal["dmy", "mdy"]


@dataclass(frozen=True, slots=True)
class Choices:
    """How a file is read and what an import may do. `keep` and `ignore` hold headings as they were typed."""

    deactivate_missing: bool = False
    confirmed: bool = False  # may change who many rows are, or retire more than a tenth
    keep: tuple[str, ...] = ()  # unknown columns that become attributes
    ignore: tuple[str, ...] = ()  # columns that are read as if they were not there
    date_order: DateOrder | None = None  # of 03/04/2019, where the file does not tell
    means: Mapping[str, Standing] = field(default_factory=dict)  # the organisation's own words for a status
