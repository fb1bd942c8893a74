"""Forms as dialog cards. Each error stands under its field, and what was typed is kept."""

from typing import Any, assert_never

from adaptivecards.elements import TextBlock

from bot.protocol.elements import Mention
from bot.protocol.forms import (
    Answer,
    ChoiceField,
    DateField,
    Field,
    Form,
    NumberField,
    Option,
    PersonField,
    TextField,
    ToggleField,
)
from bot.protocol.turns import Ask
from channels.teams import limits
from channels.teams.inbound.activities import UNKNOWN_NAME
from channels.teams.render.cards import escape_markdown
from channels.teams.render.elements import (
    AdaptiveCardJson,
    CardMentions,
    mark_input_required,
    neutralize_teams_text,
    render_adaptive_card,
    render_choice_input,
    render_people_input,
    render_submit_action,
    render_text_input,
)

TEAMS_TOGGLE_OFF = "off"  # Teams would return an empty value as "false"


def render_teams_form(ask: Ask, required_message: str) -> AdaptiveCardJson:
    """Render the form with its known answers and errors.

    The client shows `required_message` at an empty required field.
    """
    form = ask.form
    body: list[Any] = [TextBlock(text=escape_markdown(form.intro), wrap=True)] if form.intro else []
    for field in form.fields:
        body.append(_input(field, ask.known.get(field.id, ()), required_message))
        if field.hint and not isinstance(field, TextField):
            body.append(TextBlock(text=escape_markdown(field.hint), wrap=True, isSubtle=True, size="small"))
        if error := ask.errors.get(field.id):
            body.append(TextBlock(text=escape_markdown(error), wrap=True, color="attention", weight="bolder"))
    data = {"dialog": form.dialog, "ask": ask.token} | _kinds(form)
    return render_adaptive_card(body, [render_submit_action(form.submit, data)], CardMentions(), form.title)


def _kinds(form: Form) -> AdaptiveCardJson:
    """Return which answers are lists with commas and which are toggles, because the answers do not show it."""
    return {
        "people": [field.id for field in form.fields if isinstance(field, PersonField)],
        "choices": [field.id for field in form.fields if isinstance(field, ChoiceField) and field.many],
        "toggles": [field.id for field in form.fields if isinstance(field, ToggleField)],
    }


def clip_dialog_title(title: str) -> str:
    return title if len(title) <= limits.DIALOG_TITLE else title[: limits.DIALOG_TITLE - 1] + "…"


def _input(field: Field, known: Answer, required_message: str) -> AdaptiveCardJson:
    element = _element(field, known)
    return mark_input_required(element, required_message) if field.required else element


def _element(field: Field, known: Answer) -> AdaptiveCardJson:
    first = next((part for part in known if isinstance(part, str)), "")
    match field:
        case PersonField(id=name, label=label, many=many):
            people = [part for part in known if isinstance(part, Mention) and part.account]
            choices = [
                {"title": neutralize_teams_text(p.name), "value": p.account} for p in people if p.name != UNKNOWN_NAME
            ]
            return render_people_input(name, label, choices, ",".join(str(p.account) for p in people), many)
        case TextField(id=name, label=label, maximum=maximum, lines=lines, hint=hint):
            return render_text_input(name, label, first, maximum, lines == "several", hint)
        case ChoiceField(id=name, label=label, options=options, many=many):
            value = ",".join(part for part in known if isinstance(part, str))
            return render_choice_input(name, label, _choices(options), value, many)
        case NumberField(id=name, label=label, minimum=low, maximum=high):
            number = {"value": int(first)} if first.lstrip("-").isdecimal() else {}
            return {"type": "Input.Number", "id": name, "label": label, "min": low, "max": high} | number
        case DateField(id=name, label=label):
            return {"type": "Input.Date", "id": name, "label": label} | ({"value": first} if first else {})
        case ToggleField(id=name, label=label):
            on = {"valueOn": "on", "valueOff": TEAMS_TOGGLE_OFF, "value": "on" if first else TEAMS_TOGGLE_OFF}
            return {"type": "Input.Toggle", "id": name, "title": label} | on
        case _:
            assert_never(field)


def _choices(options: tuple[Option, ...]) -> list[AdaptiveCardJson]:
    shown = options[: limits.CHOICES]
    return [{"title": f"{o.label} · {o.detail}" if o.detail else o.label, "value": o.value} for o in shown]
