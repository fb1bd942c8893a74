"""Any part of a name by an index: its grams, the runs of three characters that it has.

PostgreSQL keeps them as a text search vector, so neither an extension nor a superuser is needed, and a part may be of
one letter and in any script. SQLite, which is not for a directory that large, reads the names one after another.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import DDL, Boolean, ColumnElement, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

GRAM_LENGTH = 3  # characters
MOST_GRAMS = 16  # that are looked up at once; the parts themselves are compared after that

# Of the name as it is shown, and of the first and last names that are not in it. In plpgsql, which takes a quarter of
# the time that a query for each name would. Its cost keeps the planner from calling it row by row; as it is "unsafe" no
# parallel workers are started, which would take longer than the query.
CREATE_NAME_GRAMS = DDL(  # type: ignore[no-untyped-call] # as SQLAlchemy has it
    """
CREATE OR REPLACE FUNCTION name_grams(name varchar, first_name varchar, last_name varchar) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL UNSAFE COST 4000 AS $$
DECLARE
    shown text := ' ' || name || ' ';
    names text := shown;
    grams text[];
BEGIN
    IF strpos(shown, ' ' || lower(first_name) || ' ') = 0 THEN names := names || lower(first_name) || ' '; END IF;
    IF strpos(shown, ' ' || lower(last_name) || ' ') = 0 THEN names := names || lower(last_name) || ' '; END IF;
    FOR at IN 1..length(names) LOOP grams[at] := substr(names, at, 3); END LOOP;
    RETURN array_to_tsvector(grams);
END $$
"""
).execute_if(dialect="postgresql")


class HasGrams(FunctionElement[bool]):
    """Whether the names have the grams of a text search query, the last clause; true on SQLite, which has no index."""

    name = "has_grams"
    type = Boolean()
    inherit_cache = True


@compiles(HasGrams, "postgresql")
def _compile_for_postgresql(element: HasGrams, compiler: Any, **options: Any) -> str:
    *names, query = (compiler.process(clause, **options) for clause in element.clauses)
    return f"name_grams({', '.join(names)}) @@ CAST({query} AS tsquery)"


@compiles(HasGrams, "sqlite")
def _compile_for_sqlite(_element: HasGrams, _compiler: Any, **_options: Any) -> str:
    return "1"


class HasBeginning(FunctionElement[bool]):
    """Whether a column begins with a text, by its index over `varchar_pattern_ops`; its clauses are a column and the
    two ends of a range. With LIKE PostgreSQL finds no index once it has planned the statement for any text.
    """

    name = "has_beginning"
    type = Boolean()
    inherit_cache = True


@compiles(HasBeginning)
def _compile_range(element: HasBeginning, compiler: Any, **options: Any) -> str:
    column, first, end = (compiler.process(clause, **options) for clause in element.clauses)
    tilde = "~" if compiler.dialect.name == "postgresql" else ""
    return f"({column} {tilde}>={tilde} {first} AND {column} {tilde}<{tilde} {end})"


class CharacterOrder(FunctionElement[str]):
    """To order by a column as `HasBeginning` compares it: so a limit reads the first ones of the index, and no more."""

    name = "character_order"
    type = String()
    inherit_cache = True


@compiles(CharacterOrder)
def _compile_order(element: CharacterOrder, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"{column} USING ~<~" if compiler.dialect.name == "postgresql" else str(column)


def begins(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Build the condition that the column begins with the text, character by character."""
    return HasBeginning(column, literal(text), literal(f"{text}\U0010ffff"))


def grams_query(parts: Iterable[str]) -> str:
    """Build the text search query for the grams of all parts.

    A part that is shorter than a gram matches any gram that begins with it.
    """
    grams: dict[str, None] = {}
    for part in parts:
        if len(part) < GRAM_LENGTH:
            grams[f"{_quote(part)}:*"] = None
        grams |= dict.fromkeys(_quote(part[at : at + GRAM_LENGTH]) for at in range(len(part) - GRAM_LENGTH + 1))
    return " & ".join(list(grams)[:MOST_GRAMS])


def _quote(gram: str) -> str:
    return "'" + gram.replace("\\", "\\\\").replace("'", "''") + "'"
