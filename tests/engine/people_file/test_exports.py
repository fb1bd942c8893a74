"""The people file as other systems export it: their headings, rows of our own making."""

from datetime import date
from pathlib import Path

import pytest

from engine.db.connection import SessionFactory
from engine.errors import BadInput
from engine.people.models import Person
from tests.importing import Importer, everybody, importing, reasons
from tests.workbooks import write_workbook

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # what is read, not how it is stored

GOOGLE = (
    "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],"
    "Password Hash Function [UPLOAD ONLY],Org Unit Path [Required],New Primary Email [UPLOAD ONLY],Status [READ ONLY],"
    "Last Sign In [READ ONLY],Recovery Email,Home Secondary Email,Work Secondary Email,"
    "Recovery Phone [MUST BE IN THE E.164 FORMAT],Work Phone,Employee ID,Employee Type,Employee Title,Manager Email,"
    "Department,Cost Center,2sv Enrolled [READ ONLY],New Status [UPLOAD ONLY]\n"
    "Ana,Torres,ana@x.test,****,,/Sales,,Active,2026/01/02 09:00:00,me@home.test,,,,,0017,Full Time,Seller,bob@x.test,"
    "Sales,,True,\n"
    "Bob,Miller,bob@x.test,****,,/,,Suspended,Never logged in,,,,,,18,,,,,,False,\n"
    "Cy,Old,cy@x.test,****,,/,,Archived,,,,,,,19,,,,,,False,\n"
)
SLACK = (
    "username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname,expiration-timestamp\n"
    "ana,ana@x.test,Member,1,1,0,U01AAAAAA,Ana Torres,Anita,\n"
    "bob,bob@x.test,Deactivated,0,0,0,U02BBBBBB,Bob Miller,,\n"
    "helper,helper@x.test,Bot,0,0,0,U03CCCCCC,Helper,,\n"
    "gus,gus@x.test,Single-Channel Guest,1,0,0,U04DDDDDD,Gus Guest,,1767225600\n"
    "eve,eve@x.test,Primary Owner,1,1,0,U05EEEEEE,Eve Boss,,\n"
    "max,max@x.test,Multi-Channel Guest,1,0,0,U06FFFFFF,Max Guest,,\n"
)
OKTA = (
    "login,firstName,lastName,email,employeeNumber,title,department,managerId,manager,userType,status,timezone\n"
    "ana@x.test,Ana,Torres,ana@x.test,0017,Seller,Sales,18,Bob Miller,Employee,ACTIVE,Europe/Madrid\n"
    "bob@x.test,Bob,Miller,,18,Boss,Sales,,,Contractor,PASSWORD_EXPIRED,\n"
    "cy@x.test,Cy,Old,cy@x.test,19,,,,,,DEPROVISIONED,\n"
    "di@x.test,Di,New,di@x.test,20,,,,,,STAGED,\n"
)
ENTRA = (
    "userPrincipalName,displayName,surname,mail,givenName,objectId,userType,jobTitle,department,accountEnabled,"
    "usageLocation,employeeId,employeeType,invitationState,createdDateTime,employeeHireDate\n"
    "ana@x.test,Ana Torres,Torres,ana@x.test,Ana,1-a,Member,Seller,Sales,True,ES,17,Employee,,2020-01-02T10:00:00Z,"
    "2020-01-02T00:00:00Z\n"
    "bob@x.test,Bob Miller,Miller,,Bob,1-b,Member,,,False,,18,,,,\n"
    "gus_y.test#EXT#@x.onmicrosoft.com,Gus,,gus@y.test,,1-c,Guest,,,True,,,,Accepted,,\n"
)
ACTIVE_DIRECTORY = (
    '#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser\n"Name","GivenName","Surname","mail","SamAccountName",'
    '"Enabled","userAccountControl","Title","whenCreated"\n'
    '"Torres, Ana","Ana","Torres","ana@x.test","atorres","True","512","Seller","1/2/2020 10:00:00 AM"\n'
    '"Miller, Bob","Bob","Miller","bob@x.test","bmiller","False","514","","1/2/2020 10:00:00 AM"\n'
)
WORKDAY = (
    "All workers,,,,,,,,,,\nEmployee ID,Worker,Legal First Name,Legal Last Name,Preferred First Name,"
    "Email - Primary Work,"
    "Business Title,Supervisory Organization,Manager ID,Worker Type,Hire Date,Termination Date,Active Status\n"
    "17,Ana Torres,Anastasia,Torres,Ana,ana@x.test,Seller,Sales,18,Employee,03/14/2019,,Yes\n"
    "18,Bob Miller,Robert,Miller,,bob@x.test,Boss,Sales,,Contingent Worker,01/02/2018,12/31/2099,Yes\n"
    "19,Cy Old,Cy,Old,,cy@x.test,,,,Employee,01/02/2018,02/28/2026,No\n"
)
BAMBOO = (
    "Employee #,First Name,Last Name,Work Email,Home Email,Hire Date,Birth Date,Job Title,Department,Reporting to,"
    "Supervisor EID,Employment Status,Status,Termination Date,Pay Rate,SSN,\n"
    "17,Ana,Torres,ana@x.test,me@home.test,2019-03-14,1990-06-17,Seller,Sales,Bob Miller,18,Full-Time,"
    "Active,,90000,1,\n"
    "18,Bob,Miller,bob@x.test,,2018-01-02,,Boss,Sales,,,Part-Time,Active,0000-00-00,1,1,\n"
    "19,Cy,Old,cy@x.test,,2018-01-02,,,,,,Terminated,Inactive,2025-12-31,,,\n"
    "20,Di,Back,di@x.test,,2026-01-05,,,,,,Contractor,Active,2024-12-31,,,\n"
)
PERSONIO = (
    "sep=;\nFirst name;Last name;Email;Status;Employment type;Hire date;Contract end date;Date of birth;"
    "Supervisor email\n"
    "Ana;Torres;ana@x.test;active;internal;14.03.2019;;17.06.1990;bob@x.test\n"
    "Bob;Miller;bob@x.test;leave;external;02.01.2018;31.12.2030;;\n"
    "Cy;Old;cy@x.test;inactive;internal;02.01.2018;28.02.2026;;\n"
    "Di;New;di@x.test;onboarding;internal;01.05.2026;;;\n"
)
SUCCESSFACTORS = (
    "STATUS,USERID,USERNAME,FIRSTNAME,LASTNAME,MI,GENDER,EMAIL,MANAGER,HR,DEPARTMENT,JOBCODE,TIMEZONE,HIREDATE\n"
    "STATUS,USERID,Username,First Name,Last Name,Middle Name,Gender,Email,Manager,Human Resource,Department,Job Code,"
    "Time Zone,Hire Date\n"
    "active,17,atorres,Ana,Torres,,F,ana@x.test,18,NO_HR,Sales,S-1,US/Eastern,03/14/2019\n"
    "active,18,bmiller,Bob,Miller,,M,bob@x.test,NO_MANAGER,NO_HR,Sales,S-2,US/Eastern,01/02/2018\n"
    "inactive,19,cold,Cy,Old,,M,cy@x.test,18,NO_HR,,,,\n"
)
ADP = (
    "Associate ID,Legal First Name,Legal Last Name,Work Contact: Work Email,Position Status,Hire Date,Termination Date,"
    "Reports To Associate ID,Home Department Description,Job Title Description,"
    "Worker Category Description,Tax ID (SSN)\n"
    "17,Ana,Torres,ana@x.test,Active,03/14/2019,,18,Sales,Seller,Full Time,1\n"
    "18,Bob,Miller,bob@x.test,Leave,01/02/2018,,,Sales,Boss,Regular Part-Time,1\n"
    "19,Cy,Old,cy@x.test,Terminated,01/02/2018,02/28/2026,,,,Full Time,1\n"
    "20,Di,Gone,di@x.test,Deceased,01/02/2018,,,,,Full Time,1\n"
)
RIPPLING = (
    "Employee name,Work email,Title,Department,Manager - Work email,Employment type,Employment status,"
    "Start date,End date\n"
    'Ana Torres,ana@x.test,Seller,Sales,bob@x.test,"Salaried, full-time",Active,"Mar 14, 2019",\n'
    'Bob Miller,bob@x.test,Boss,Sales,,Contractor,Active,"Jan 2, 2018",\n'
    'Cy Old,cy@x.test,,,,"Hourly, part-time",Terminated - Voluntary,"Jan 2, 2018","Feb 28, 2026"\n'
)
HIBOB = (
    "Display name,Email,Work: Title,Department,Reports to email,Lifecycle status,Start date,Termination date,Status\n"
    "Ana Torres,ana@x.test,Seller,Sales,bob@x.test,Employed,14/03/2019,,Active\n"
    "Bob Miller,bob@x.test,Boss,Sales,,Garden leave,02/01/2018,,Active\n"
    "Cy Old,cy@x.test,,,,Terminated,02/01/2018,28/02/2026,Inactive\n"
)
SPANISH = (
    "Número de empleado;Nombre;Apellidos;Correo electrónico;Puesto;Departamento;Correo del jefe;Fecha de ingreso;"
    "Fecha de nacimiento;Tipo de contrato;Estatus;Fecha de baja;Sueldo;CURP;;\n"
    "17;Ana;Torres;ana@x.test;Vendedora;Ventas;bob@x.test;14/03/2019;17 de junio de 1990;Indefinido;Alta;;9;X;;\n"
    "18;Bob;Millér;bob@x.test;Jefe;Ventas;;02/01/2018;;Tiempo completo;Activo;;9;X;;\n"
    "19;Cy;Old;cy@x.test;;;;02/01/2018;;Becario;Baja voluntaria;28/02/2026;9;X;;\n"
).encode("cp1252")
UKG = (
    "Employee Number\tEmployee Name\tEmail Address\tJob\tSupervisor ID\tEmployee Status\tEmployee Type\t"
    "Date of Hire (DD/MM/YYYY)\n"
    "17\tAna Torres\tana@x.test\tSeller\t18\tA\tRegular Full Time\t04/03/2019\n"
    "18\tBob Miller\tbob@x.test\tBoss\t\tLOA\tPer Diem\t02/01/2018\n"
    "19\tCy Old\tcy@x.test\t\t\tTerminated\tSeasonal\t02/01/2018\n"
).encode("utf-16")

ANA, BOB, LEAVER = ("ana@x.test", "employee", True), ("bob@x.test", "employee", True), ("cy@x.test", "employee", False)
BOB_LEFT = ("bob@x.test", "employee", False)
DI_NOT_HERE = ("di@x.test", "employee", False)

EXPORTS: tuple[tuple[str, str | bytes, list[tuple[str, str, bool]]], ...] = (
    ("google", GOOGLE, [ANA, BOB_LEFT, LEAVER]),
    (
        "slack",
        SLACK,
        [ANA, BOB_LEFT, ("eve@x.test", "employee", True), ("gus@x.test", "guest", True), ("helper@x.test", "bot", True),
         ("max@x.test", "guest", True)],
    ),
    ("okta", OKTA, [ANA, BOB, LEAVER, DI_NOT_HERE]),
    ("entra", ENTRA, [ANA, BOB_LEFT, ("gus@y.test", "guest", True)]),
    ("active directory", ACTIVE_DIRECTORY, [ANA, BOB_LEFT]),
    ("workday", WORKDAY, [ANA, BOB, LEAVER]),
    ("bamboo", BAMBOO, [ANA, BOB, LEAVER, ("di@x.test", "employee", True)]),
    ("personio", PERSONIO, [ANA, BOB, LEAVER, DI_NOT_HERE]),
    ("successfactors", SUCCESSFACTORS, [ANA, BOB, LEAVER]),
    ("adp", ADP, [ANA, BOB, LEAVER, DI_NOT_HERE]),
    ("rippling", RIPPLING, [ANA, BOB, LEAVER]),
    ("hibob", HIBOB, [ANA, BOB, LEAVER]),
    ("spanish", SPANISH, [ANA, BOB, LEAVER]),
    ("ukg", UKG, [ANA, BOB, LEAVER]),
)  # fmt: skip

WITHOUT = {  # what a system does not export, or exports in another way
    "slack": {"employee_id", "title", "department", "manager", "start_date"},
    "google": {"start_date"},
    "okta": {"start_date"},
    "entra": {"manager"},
    "active directory": {"employee_id", "department", "manager", "start_date"},
    "personio": {"employee_id", "title", "department"},
    "rippling": {"employee_id"},
    "hibob": {"employee_id", "title"},
    "ukg": {"department"},
    "successfactors": {"title"},
}
OTHERWISE = {  # a cell of the export that is not what the others say
    "google": {"employee_id": "0017"}, "okta": {"employee_id": "0017"}, "slack": {"display_name": "Anita"},
    "active directory": {"display_name": "Torres, Ana"}, "entra": {"start_date": date(2020, 1, 2)},
    "spanish": {"title": "Vendedora", "department": "Ventas"}, "ukg": {"start_date": date(2019, 3, 4)},
}  # fmt: skip
EXPECTED = {
    "display_name": "Ana Torres", "employee_id": "17", "title": "Seller", "department": "Sales",
    "manager": "bob@x.test", "start_date": date(2019, 3, 14),
}  # fmt: skip


async def test_exports_are_understood(bring: Importer, writing: SessionFactory) -> None:
    faults = []
    for system, export, people in EXPORTS:
        async with writing.begin() as session:
            await session.execute(Person.__table__.delete())
        report = await bring(export)
        found = await everybody(writing)
        standing = sorted((email, person.kind, person.active) for email, person in found.items())
        if report.problems or standing != people:
            faults.append((system, reasons(report), standing))
            continue
        ana = found["ana@x.test"]
        by_id = {person.id: email for email, person in found.items()}
        stored = {name: getattr(ana, name) for name in EXPECTED if name != "manager"}
        stored["manager"] = by_id.get(ana.manager_id or 0)
        wanted = EXPECTED | dict.fromkeys(WITHOUT.get(system, ())) | OTHERWISE.get(system, {})
        faults += [(system, name, stored[name]) for name in EXPECTED if stored[name] != wanted[name]]
        faults += [(system, "attributes", person.attributes) for person in found.values() if person.attributes]
    assert faults == []


async def test_secrets_of_exports_are_named_and_not_stored(bring: Importer) -> None:
    secret = {system: (await bring(export, confirmed=True)).secret for system, export, _ in EXPORTS}
    assert {system: names for system, names in secret.items() if names} == {
        "google": {"Password [Required]", "Password Hash Function [UPLOAD ONLY]"},
        "bamboo": {"Pay Rate", "SSN"},
        "adp": {"Tax ID (SSN)"},
        "spanish": {"Sueldo", "CURP"},
    }


async def test_a_workbook_is_read_as_a_table(writing: SessionFactory, tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    start = date(2019, 3, 14)
    write_workbook(
        file,
        [
            ("All people", None, None, None, None),
            ("Email", "Employee ID", "Hire Date", "Active", "Full name"),
            ("ana@x.test", 17, start, True, "Ana Ñandú"),
            ("bob@x.test", "0018", None, False, "Bob"),
            (None, None, None, None, None),
            ("cy at x", 19, None, True, "Cy"),
        ],
    )
    report = await importing(writing, file)
    assert reasons(report) == [(6, "email: 'cy at x' is no e-mail address")]
    found = await everybody(writing)
    assert [(p.employee_id, p.start_date, p.active, p.display_name) for p in found.values()] == [
        ("17", start, True, "Ana Ñandú"),
        ("0018", None, False, "Bob"),
    ]
    giant = tmp_path / "giant.xlsx"
    write_workbook(giant, [("email",)], far="XFD1048576")
    (tmp_path / "none.xlsx").write_bytes(b"PK\3\4 no workbook")
    for name, said in (("giant", "is too large; save it as CSV"), ("none", "is no .xlsx workbook")):
        with pytest.raises(BadInput, match=said):
            await importing(writing, tmp_path / f"{name}.xlsx")


async def test_signs_that_contradict_each_other_are_refused(bring: Importer, writing: SessionFactory) -> None:
    report = await bring(
        "email,status,enabled,end date,start date,suspended,kind\n"
        "a@x.test,active,false,,,,\n"
        "b@x.test,active,,2026-03-01,2020-01-01,,\n"
        "c@x.test,active,,2026-03-02,2020-01-01,,\n"
        "d@x.test,active,yes,2019-12-31,2020-01-01,no,\n"
        "e@x.test,leaver,,,,yes,\n"
        "f@x.test,bot,,,,,employee\n"
        "g@x.test,guest,,9999-12-31,,,\n"
    )
    both = "status says that this person works here, and {} that they do not"
    assert reasons(report) == [(2, both.format("enabled")), (3, both.format("end date"))]
    assert {email: (person.active, person.kind) for email, person in (await everybody(writing)).items()} == {
        "c@x.test": (True, "employee"),
        "d@x.test": (True, "employee"),
        "e@x.test": (False, "employee"),
        "f@x.test": (True, "employee"),
        "g@x.test": (True, "guest"),
    }


async def test_a_file_that_would_change_who_people_are_asks_first(bring: Importer, writing: SessionFactory) -> None:
    names = ("Ana Torres", "Bob Miller", "Cy Stone", "Di Young", "Eve Bloom", "Fay Short")
    rows = [(f"p{at}@x.test", f"{at}", name) for at, name in enumerate(names)]
    header = "email,employee_id,name\n"
    await bring(header + "\n".join(map(",".join, rows)))
    before = await everybody(writing)
    moved = {
        "e-mails": [(f"q{at}@x.test", number, name) for at, (_, number, name) in enumerate(rows)],
        "numbers": [(email, f"9{number}", name) for email, number, name in rows],
        "names": [(email, number, names[at - 1]) for at, (email, number, _) in enumerate(rows)],
    }
    faults = []
    for what, changed in moved.items():
        try:
            await bring(header + "\n".join(map(",".join, changed)))
            faults.append(what)
        except BadInput as refusal:
            if "6 people would become somebody else" not in str(refusal) or "--yes" not in str(refusal):
                faults.append(str(refusal))
    assert faults == []
    after = await everybody(writing)
    assert {email: (p.id, p.employee_id, p.display_name) for email, p in before.items()} == {
        email: (p.id, p.employee_id, p.display_name) for email, p in after.items()
    }
    report = await bring(header + "\n".join(map(",".join, [*moved["numbers"][:3], *rows[3:]])))
    assert report.updated == 3  # a few are nothing strange
    assert (await bring(header + "\n".join(map(",".join, moved["e-mails"][3:])), confirmed=True)).updated == 3


async def test_a_status_that_retires_more_than_a_tenth_asks_first(bring: Importer, writing: SessionFactory) -> None:
    people = [f"p{at}@x.test" for at in range(20)]
    await bring("email,status\n" + "".join(f"{email},active\n" for email in people))
    assert (await bring("email,status\np0@x.test,terminated\np1@x.test,suspended\n")).updated == 2
    with pytest.raises(BadInput, match="nothing was changed: 2 of 18 active people would be retired"):
        await bring("email,status\np18@x.test,left\np19@x.test,left\n")
    assert sum(person.active for person in (await everybody(writing)).values()) == 18


@pytest.fixture
def bring(writing: SessionFactory, tmp_path: Path) -> Importer:
    return Importer(writing, tmp_path)
