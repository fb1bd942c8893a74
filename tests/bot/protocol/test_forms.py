"""What will do for a field, and what will not."""

from bot.protocol.elements import Mention
from bot.protocol.forms import (
    Answer,
    ChoiceField,
    DateField,
    Field,
    NumberField,
    Option,
    PersonField,
    TextField,
    ToggleField,
    find_answer_fault,
)
from tests.tables import each_row

ANA = Mention("Ana", account="U1")
PICK = ChoiceField("c", "C", (Option("a", "A"), Option("b", "B")), many=True)


@each_row(
    ("field", "answer", "fault"),
    [
        (TextField("t", "T", maximum=3), ("abc",), None),
        (TextField("t", "T", maximum=3), ("abcd",), "too_long"),
        (TextField("t", "T"), (), "required"),
        (TextField("t", "T"), ("  \n",), "required"),
        (TextField("t", "T", required=False), (), None),
        (PersonField("p", "P"), (ANA,), None),
        (PersonField("p", "P"), (ANA, "Bob"), "only_one"),
        (PersonField("p", "P", many=True), (ANA, "Bob"), None),
        (PICK, ("a", "b"), None),
        (PICK, ("z",), "not_an_option"),
        (NumberField("n", "N", 1, 5), ("5",), None),
        (NumberField("n", "N", 1, 5), ("6",), "number"),
        (NumberField("n", "N", 1, 5), ("five",), "number"),
        (DateField("d", "D"), ("2026-02-28",), None),
        (DateField("d", "D"), ("2026-02-30",), "date"),
        (ToggleField("y", "Y"), (), None),
        (ToggleField("y", "Y"), ("on",), None),
    ],
)
def test_answers(field: Field, answer: Answer, fault: str | None) -> None:
    found = find_answer_fault(field, answer)
    assert (found.key if found else None) == fault
