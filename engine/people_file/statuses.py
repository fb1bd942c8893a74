"""Meaning of a status or worker type, in English and Spanish: works here or not; employee, guest or bot.

A cell may combine known phrases ("Regular, full-time"; "Terminated - voluntary"). One unknown word makes the whole cell
unknown, so that a misunderstood word cannot make a person an active colleague.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.people.names import fold_name


@dataclass(frozen=True, slots=True)
class Standing:
    """What one cell says. None is "does not say"."""

    active: bool | None = None
    kind: str | None = None  # employee, guest or bot


HERE, GONE = Standing(active=True), Standing(active=False)
EMPLOYEE, GUEST, BOT = Standing(kind="employee"), Standing(kind="guest"), Standing(kind="bot")
RESTRICTIVE = ("bot", "guest", "employee")  # the first that is said counts

WORDS: Mapping[Standing, str] = {
    HERE: """
        active, enabled, current, currently employed, employed, working, here, yes, true, 1, y, a, in service,
        activo, activa, habilitado, habilitada, vigente, en activo, empleado activo, alta, dado de alta, si,
        verdadero, provisioned, recovery, password expired, password reset, locked out, pending user action,
        invited, not suspended, on leave, leave, leave of absence, loa, paid leave, unpaid leave, leave with
        pay, leave without pay, furlough, parental leave, maternity leave, paternity leave, sick leave, medical
        leave, family leave, military leave, sabbatical, garden leave, notice period, on notice, probation, in
        probation, probationary, excedencia, baja medica, baja por enfermedad, baja maternal, baja por
        maternidad, baja paternal, vacaciones, licencia, permiso, de permiso, en licencia, periodo de prueba
    """,
    GONE: """
        inactive, not active, no longer employed, not employed, unemployed, terminated, termination, terminate,
        deactivated, deprovisioned, suspended, disabled, not enabled, archived, deleted, removed, revoked,
        blocked, left, leaver, departed, former, ex, alumni, alumnus, retired, retiree, deceased, resigned,
        resignation, dismissed, discharged, separated, offboarded, laid off, redundant, quit, contract ended,
        end of contract, expired, ended, withdrawn, discarded, dormant, no, false, 0, n, i, no show, staged,
        onboarding, pre hire, prehire, preboarding, hired, accepted, offer accepted, offer, future hire, not
        started, pending start, future dated, inactivo, inactiva, no activo, no activa, desactivado,
        desactivada, suspendido, suspendida, deshabilitado, deshabilitada, archivado, archivada, eliminado,
        eliminada, borrado, baja, dado de baja, dada de baja, baja voluntaria, baja definitiva, cesado, cesada,
        despedido, despedida, finalizado, finalizada, jubilado, jubilada, fallecido, fallecida, terminado,
        terminada, retirado, retirada, exempleado, exempleada, ex empleado, falso, bloqueado, bloqueada,
        renuncia, renuncio
    """,
    EMPLOYEE: """
        employee, employees, internal, staff, worker, member, full member, regular member, regular, person,
        individual, admin, owner, primary owner, org owner, org admin, workspace owner, workspace admin,
        workspace primary owner, full time, fulltime, part time, parttime, ft, pt, fte, permanent, indefinite,
        temporary, temp, fixed term, limited term, seasonal, casual, hourly, salaried, salary, exempt, non
        exempt, nonexempt, per diem, on call, zero hours, contractor, independent contractor, contingent,
        contingent worker, contract, consultant, freelancer, freelance, external, agency, vendor, supplier,
        subcontractor, outsourced, secondee, expatriate, expat, volunteer, w2, 1099, intern, internship,
        trainee, apprentice, apprenticeship, student, working student, graduate, fellow, executive, manager,
        director, board member, mini job, minijob, professional, empleado, empleada, trabajador, trabajadora,
        interno, interna, externo, externa, personal, fijo, fija, indefinido, indefinida, temporal, eventual,
        contratista, contrato, consultor, consultora, autonomo, autonoma, becario, becaria, practicante,
        pasante, aprendiz, tiempo completo, tiempo parcial, jornada completa, jornada parcial, media jornada,
        planta, por obra, obra y servicio, honorarios, voluntario, voluntaria, miembro, en practicas,
        discontinuo
    """,
    GUEST: """
        guest, visitor, single channel guest, multi channel guest, restricted, ultra restricted, external guest,
        guest user, invitado, invitada, huesped, visitante
    """,
    BOT: """
        bot, robot, app, application, integration, service account, system account, service, shared mailbox,
        shared account, room, equipment, workflow bot, service principal, functional account, resource account,
        test account, cuenta de servicio, buzon compartido, aplicacion, integracion, sala
    """,
}  # fmt: skip

FILLERS = frozenset(
    [
        "user",
        "account",
        "status",
        "type",
        "voluntary",
        "involuntary",
        "voluntarily",
        "and",
        "or",
        "y",
        "e",
        "de",
        "the",
        "a",
        "usuario",
        "cuenta",
    ]
)

PHRASES: Mapping[str, Standing] = {
    " ".join(phrase.split()): standing for standing, phrases in WORDS.items() for phrase in phrases.split(",")
}

LONGEST_PHRASE = max(len(phrase.split()) for phrase in PHRASES)  # words
MAX_STATUS_LENGTH = 100  # characters


@lru_cache(maxsize=4096)
def plain_words(text: str) -> str:
    """Return the words of a text, without case, accents and signs.

    For example, "Single-Channel Guest" becomes "single channel guest".
    """
    return " ".join(re.findall(r"[^\W_]+", fold_name(text)))


def read_standing(text: str, own: Mapping[str, Standing]) -> Standing | None:
    """Return what a cell means, or None if a word is unknown.

    The organisation's own phrases come first, then Laurel's.
    """
    phrase = plain_words(text[:MAX_STATUS_LENGTH])
    found = own.get(phrase) or PHRASES.get(phrase)
    return found or _combine(phrase.split())


@lru_cache(maxsize=4096)
def join_standings(standings: tuple[Standing, ...]) -> Standing:
    """Join several standings into one.

    Inactive wins over active, bot over guest, and guest over employee.
    """
    said = {standing.active for standing in standings}
    kinds = {standing.kind for standing in standings}
    active = False if False in said else True if True in said else None
    return Standing(active, next((kind for kind in RESTRICTIVE if kind in kinds), None))


def _combine(words: list[str]) -> Standing | None:
    """Read the longest known phrase at each place."""
    found: list[Standing] = []
    at = 0
    while at < len(words):
        for length in range(LONGEST_PHRASE, 0, -1):
            if standing := PHRASES.get(" ".join(words[at : at + length])):
                found.append(standing)
                at += length
                break
        else:
            if words[at] not in FILLERS:
                return None
            at += 1
    return join_standings(tuple(found)) if found else None
