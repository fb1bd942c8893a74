"""Many rows as one parameter: a list in JSON that a statement reads as a table."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, FromClause, String, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB

ColumnTypes = Mapping[str, Any]


def build_json_rows(dialect: str, name: str, rows: Sequence[Mapping[str, Any]], types: ColumnTypes) -> FromClause:
    """Build a table called `name` with the columns `types` from `rows`, however many they are.

    `dialect` is "postgresql" or "sqlite". Types are Integer, String, Date and JSON. A key that a row lacks is NULL.
    """
    given = bindparam(None, json.dumps(rows, ensure_ascii=False, separators=(",", ":")), type_=String, unique=True)
    if dialect == "postgresql":
        columns = [column(key, JSONB if type_ is JSON else type_) for key, type_ in types.items()]
        made = func.jsonb_to_recordset(cast(given, JSONB)).table_valued(*columns)
        return made.render_derived(name=name, with_types=True)
    each = func.json_each(given).table_valued("value", name=f"{name}_json")
    extracted = [func.json_extract(each.c.value, f"$.{key}", type_=type_).label(key) for key, type_ in types.items()]
    return select(*extracted).subquery(name)
