"""The words of headings: how the systems that export people name their columns, in English and Spanish.

A list of words is parted by commas, and looked up without case, accents, spaces and signs.
"""

from collections.abc import Mapping
from typing import Literal

SYNONYMS: Mapping[str, str] = {
    "email": """
        mail, email address, mail address, work email, work email address, email work, business email, business
        email address, company email, corporate email, primary email, primary email address, primary work email,
        email primary work, work contact work email, user email, correo, correo electronico, direccion de
        correo, email corporativo, direccion de correo electronico, correo corporativo, correo electronico
        corporativo, correo de trabajo
    """,
    "employee_id": """
        employee number, employee no, employee num, employee code, emp id, emp no, personnel number, personnel
        no, personnel id, staff id, staff number, worker id, associate id, file number, numero de empleado, no
        de empleado, num de empleado, id de empleado, id empleado, codigo de empleado, clave de empleado,
        legajo, numero de personal
    """,
    "first_name": """
        given name, given names, forename, first names, preferred first name, nombre de pila, nombres, primer
        nombre
    """,
    "last_name": """
        surname, family name, last names, preferred last name, apellido, apellidos, primer apellido
    """,
    "display_name": """
        name, full name, employee name, worker, worker name, preferred full name, employee full name, real name,
        nombre, nombre completo, nombre y apellidos, nombre para mostrar, empleado, nombre del empleado,
        colaborador, trabajador
    """,
    "job_code": "job id, job profile id, job profile code, codigo de puesto, codigo del puesto",
    "title": """
        job title, position, position title, business title, employee title, job, role title, job position, job
        title description, puesto, cargo, puesto de trabajo, titulo del puesto, titulo de puesto
    """,
    "department": """
        dept, department name, work department, home department, home department description, departamento,
        supervisory organization, area
    """,
    "groups": "group, grupos, grupo",
    "programs": "program, programme, programmes, programas, programa",
    "manager": """
        supervisor, reports to, reporting to, line manager, direct manager, reporting manager, supervisora, jefe
    """,
    "start_date": """
        hire date, date of hire, date hired, employee hire date, joining date, date of joining, entry date,
        employment start date, latest hire date, fecha de ingreso, fecha de alta, fecha de contratacion, fecha
        de inicio, fecha de incorporacion, fecha ingreso, fecha alta
    """,
    "birthday": """
        birth date, date of birth, dob, fecha de nacimiento, fecha nacimiento, cumpleanos, nacimiento
    """,
    "timezone": "tz, iana timezone, zona horaria, huso horario",
    "locale": "language, preferred language, idioma, idioma preferido",
    "worker_type": """
        employee type, employment type, worker category, contract type, type of employment, worker category
        description, employee class, staff type, tipo de empleado, tipo de contrato, tipo de trabajador, tipo de
        empleo
    """,
}  # fmt: skip

BEFORE: Mapping[str, str] = {  # what counts before the column's own name: a manager who is named by a key is found
    "manager": """
        manager email, manager work email, manager email address, managers email, supervisor email, supervisor
        work email, reports to email, reporting manager email, line manager email, correo del jefe, correo del
        responsable, correo jefe, email del jefe, manager id, manager employee id, manager employee number,
        manager number, manager user id, supervisor id, supervisor eid, supervisor employee id, reports to id,
        reports to associate id, line manager id, id del jefe, id jefe, numero de empleado del jefe
    """,
}  # fmt: skip

FILL_INS: Mapping[str, str] = {  # what is taken where the better cell is empty, or no better column is there
    "email": "user principal name, upn, login, best email",
    "first_name": "legal first name, legal given name, preferred given name",
    "last_name": "legal last name, legal family name, legal surname",
    "start_date": "original hire date",
    "display_name": "full name, real name, name, nombre completo, nombre",
    "manager": "jefe directo, responsable, responsable directo, gerente, superior",
}

BESIDE: Mapping[str, tuple[str, str]] = {  # a heading that means the first where the second is among the columns
    "nombre": ("first_name", "last_name"),
    "userid": ("employee_id", "manager"),  # SuccessFactors names managers by it; Slack's is an account of Slack's own
}

Sign = Literal["status", "type", "flag", "end_date", "account_control"]

SIGNS: Mapping[Sign, str] = {  # columns that say who works here; there may be several
    "status": """
        active, is active, enabled, account enabled, is enabled, currently active, currently employed, active
        status, activo, habilitado, status, estado, estatus, situacion, situacion laboral, worker status,
        employee status, user status, employment status, position status, account status, member status,
        lifecycle status, life cycle status, lifecycle state, hr status, work status, assignment status, estado
        laboral, estado del empleado
    """,
    "type": "user type, member type",
    "flag": """
        suspended, is suspended, disabled, is disabled, account disabled, block credential, archived, is
        archived, deleted, is deleted, terminated, is terminated, deactivated, is deactivated, suspendido,
        eliminado, is bot, is app, bot, is guest, is restricted, is ultra restricted
    """,
    "end_date": """
        end date, termination date, term date, contract end date, contract end, last day, last day of work, last
        working day, leave date, leaving date, date left, exit date, separation date, employee leave date time,
        employee leave date, employment end date, offboarding date, fecha de baja, fecha baja, fecha de fin,
        fecha fin, fecha de salida, fecha de termino, fecha de terminacion, fecha de cese, fecha de fin de
        contrato, fecha fin de contrato, fin de contrato
    """,
    "account_control": "user account control",
}  # fmt: skip

NEVER_STORED_PARTS = """
    password passwd passphrase passcode contrasen secret salar compensation compensacion socialsecurity
    segurosocial nationalid nationalinsurance taxid taxpayer passport pasaporte iban bankaccount accountnumber
    routingnumber sortcode creditcard cardnumber apikey accesskey privatekey payrate basepay cuentabancaria
    tarjeta remuneraci driverlicen driverslicen credential securityquestion securityanswer recoverycode annualpay
    hourlyrate paygrade
"""  # of a heading without its spaces

NEVER_STORED_WORDS = """
    pwd pass token tokens secret ssn nss sin nin itin tin dni nif nie curp rfc cpf cuil cuit rut pin cvv cvc otp
    totp mfa wage wages sueldo sueldos payroll pay bonus nomina bank banco banking clabe swift bic hash
"""
