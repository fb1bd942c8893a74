"""Error messages of commands: one plain sentence, without a trace and without values that may be secret."""

import socket

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.i18n.copy import Copy
from engine.errors import BadInput, Refused
from engine.parsing.pydantic_errors import describe_error, get_error_path

EXPECTED_ERRORS = (BadInput, Refused, ValidationError, SQLAlchemyError, OSError, UnicodeDecodeError)

MESSAGES_BY_CODE = {  # by the beginning of PostgreSQL's SQLSTATE or SQLite's error name
    "3D000": "the database that DATABASE_URL names does not exist: create it, or name another one",
    "28": "the database refuses the user or the password in DATABASE_URL",
    "42501": "the user in DATABASE_URL may not do this in the database: it needs the right to make and change tables",
    "25006": "the database in DATABASE_URL can only be read; Laurel has to write to it",
    "53300": "the database in DATABASE_URL takes no more connections",
    "SQLITE_READONLY": "the SQLite file in DATABASE_URL can only be read; Laurel has to write to it and to its folder",
    "SQLITE_CANTOPEN": "the SQLite file in DATABASE_URL cannot be opened: is it a file, and may it be written?",
    "SQLITE_NOTADB": "the file in DATABASE_URL is no SQLite database",
    "SQLITE_CORRUPT": "the SQLite file in DATABASE_URL is damaged",
    "SQLITE_BUSY": "the SQLite file in DATABASE_URL is held by another program",
    "SQLITE_FULL": "there is no room on the disk for the SQLite file in DATABASE_URL",
}

DATABASE_SILENT_MESSAGE = (
    "the database does not answer: is the server running, and are host and port in DATABASE_URL right?"
)


def explain_error(problem: Exception) -> str:
    """Return the sentence for one of EXPECTED_ERRORS, or a line for each invalid variable."""
    if isinstance(problem, ValidationError):
        faults = problem.errors(include_input=False, include_url=False)
        return "\n".join(describe_error(fault, get_error_path(fault).upper()) for fault in faults)
    if isinstance(problem, Refused):
        return Copy("en").line(f"refusals.{problem.reason}", **problem.details)
    if isinstance(problem, UnicodeDecodeError):
        return "the .env file is not written in UTF-8"
    if isinstance(problem, SQLAlchemyError):
        return _of_the_database(problem)
    if isinstance(problem, OSError):
        return _of_the_system(problem)
    return str(problem)


def _of_the_database(problem: SQLAlchemyError) -> str:
    cause = problem.orig if isinstance(problem, DBAPIError) else None
    code = str(getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or type(problem).__name__)
    for beginning, sentence in MESSAGES_BY_CODE.items():
        if code.startswith(beginning):
            return sentence
    return f"the database in DATABASE_URL does not answer as it should ({code})"


def _of_the_system(problem: OSError) -> str:
    if isinstance(problem, socket.gaierror):
        return "the host in DATABASE_URL cannot be found"
    if isinstance(problem, ConnectionError) and "SSL" in str(problem):
        return "DATABASE_URL asks for an encrypted connection (sslmode), and the database offers none"
    if isinstance(problem, ConnectionError | TimeoutError):
        return DATABASE_SILENT_MESSAGE
    return f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem)
