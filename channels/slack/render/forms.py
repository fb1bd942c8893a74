"""Forms as modals. Total: every field has a rendering within Slack's limits.

Block and action carry the field's id, so that answers and errors find their way; `private_metadata` is the token alone.
"""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Mention
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
)
from bot.protocol.turns import Ask
from channels.slack import limits
from channels.slack.render.cards import render_context_block, render_plain_text, render_slack_blocks
from channels.slack.render.mrkdwn import clip_slack_text, measure_slack_text
from channels.slack.types import SlackPayloadJson, is_slack_account

SLACK_TOGGLE_ON = "on"
SHOWN_CALLBACK_ID = "shown"  # the modal that only shows something


def render_slack_form(ask: Ask) -> SlackPayloadJson:
    """Build the modal of a form, filled with the known answers. An error is shown above its field."""
    form = ask.form
    own = {f.id for f in form.fields}
    body = [_section(form.intro)] if form.intro.strip() else []
    body += [_section(f"⚠️ {words}") for name, words in ask.errors.items() if name not in own]
    for f in form.fields:
        body += [render_context_block(f"⚠️ {ask.errors[f.id]}")] if f.id in ask.errors else []
        body.append(_block(f, tuple(ask.known.get(f.id, ()))))
    return {
        "type": "modal",
        "callback_id": form.dialog,
        "title": render_plain_text(form.title, limits.MODAL_TITLE),
        "submit": render_plain_text(form.submit, limits.MODAL_TITLE),
        "private_metadata": ask.token,
        "blocks": body[: limits.VIEW_BLOCKS],
    }


def render_card_modal(card: Card, copy: Copy) -> SlackPayloadJson:
    """Render a card as a modal.

    The card's title becomes the modal's title if it fits, else it stays in the content.
    """
    whole = render_slack_blocks(card, copy, limits.VIEW_BLOCKS)
    fits = measure_slack_text(card.title) <= limits.MODAL_TITLE
    again = fits and whole[0]["type"] == "header" and len(whole) > 1
    title = render_plain_text(card.title if fits else copy.line("slack.modal_title"), limits.MODAL_TITLE)
    return {"type": "modal", "callback_id": SHOWN_CALLBACK_ID, "title": title, "blocks": whole[1:] if again else whole}


def render_waiting_modal() -> SlackPayloadJson:
    """Render a modal without content, for an answer that is still in progress."""
    title = render_plain_text("⏳", limits.MODAL_TITLE)
    return {"type": "modal", "callback_id": SHOWN_CALLBACK_ID, "title": title, "blocks": [_section("⏳")]}


def render_form_errors(ask: Ask) -> dict[str, str]:
    """Build the value for `response_action: errors`: a sentence for each field with an error."""
    return {name: clip_slack_text(words, limits.FIELD_ERROR) for name, words in ask.errors.items()}


def _section(words: str) -> SlackPayloadJson:
    return {"type": "section", "text": render_plain_text(words, limits.TEXT)}


def _block(field: Field, known: Answer) -> SlackPayloadJson:
    element = _element(field, known)
    if element is None:
        return _section(f"{field.label}: –")
    shown = isinstance(field, ToggleField) and _words_of_toggle(field) == field.hint
    hint = {"hint": render_plain_text(field.hint, limits.INPUT_HINT)} if field.hint.strip() and not shown else {}
    return {
        "type": "input",
        "block_id": field.id,
        "optional": not field.required,
        "label": render_plain_text(field.label, limits.INPUT_LABEL),
        "element": element | {"action_id": field.id},
    } | hint


def _element(field: Field, known: Answer) -> SlackPayloadJson | None:
    """Return the input element of the field, or None if there are no options to choose from."""
    match field:
        case PersonField(many=many):
            return _people(known, many)
        case TextField(maximum=maximum, lines=lines):
            return _text(_typed(known), maximum, lines == "several")
        case ChoiceField(options=options, many=many):
            return _choice([_option(o) for o in options if o.value][: limits.OPTIONS * limits.GROUPS], many, known)
        case NumberField(minimum=low, maximum=high):
            return _number(_typed(known), low, high)
        case DateField():
            return _date(_typed(known))
        case ToggleField():
            return _checkboxes([_option(Option(SLACK_TOGGLE_ON, _words_of_toggle(field)))], known)
        case _:
            assert_never(field)


def _words_of_toggle(field: ToggleField) -> str:
    """Return the text beside the box: the hint if it fits, because the label is already above; else the label."""
    return field.hint if field.hint.strip() and measure_slack_text(field.hint) <= limits.OPTION_LABEL else field.label


def _typed(known: Answer) -> str:
    return " ".join(part if isinstance(part, str) else part.name for part in known)


def _people(known: Answer, many: bool) -> SlackPayloadJson:
    accounts = [part.account for part in known if isinstance(part, Mention) and is_slack_account(part.account)]
    names = ", ".join(part if isinstance(part, str) else part.name for part in known)
    element: SlackPayloadJson = {"type": "multi_users_select" if many else "users_select"}
    if accounts:
        first = {"initial_users": list(dict.fromkeys(accounts))} if many else {"initial_user": accounts[0]}
        return element | first
    return element | ({"placeholder": render_plain_text(names, limits.PLACEHOLDER)} if names.strip() else {})


def _text(typed: str, maximum: int, several: bool) -> SlackPayloadJson:
    """Build the text input of a field. Typed text stays even if it is too long, so that the person can shorten it."""
    most = min(max(maximum, measure_slack_text(typed), 1), limits.INPUT_TEXT)
    initial = {"initial_value": clip_slack_text(typed, most)} if typed else {}
    return {"type": "plain_text_input", "multiline": several, "max_length": most} | initial


def _number(typed: str, low: int, high: int) -> SlackPayloadJson:
    bounds = {"type": "number_input", "is_decimal_allowed": False, "min_value": str(low), "max_value": str(high)}
    try:
        value = int(typed)
    except ValueError:
        return bounds
    return bounds | ({"initial_value": str(value)} if low <= value <= high else {})


def _date(typed: str) -> SlackPayloadJson:
    try:
        return {"type": "datepicker", "initial_date": date.fromisoformat(typed).isoformat()}
    except ValueError:
        return {"type": "datepicker"}


def _option(option: Option) -> SlackPayloadJson:
    detail = {"description": render_plain_text(option.detail, limits.OPTION_LABEL)} if option.detail.strip() else {}
    return {
        "text": render_plain_text(option.label, limits.OPTION_LABEL),
        "value": option.value[: limits.OPTION_VALUE],
    } | detail


def _choice(options: list[SlackPayloadJson], many: bool, known: Answer) -> SlackPayloadJson | None:
    if not options:
        return None
    if many and len(options) <= limits.CHECKBOXES:
        return _checkboxes(options, known)
    chosen = [o for o in options if o["value"] in known]
    initial = {"initial_options": chosen} if many else {"initial_option": chosen[0]} if chosen else {}
    return (
        {"type": "multi_static_select" if many else "static_select"} | _choices(options) | (initial if chosen else {})
    )


def _choices(options: list[SlackPayloadJson]) -> SlackPayloadJson:
    """Return the options, or groups of them if there are too many for one list.

    A group is named after its first and last option.
    """
    if len(options) <= limits.OPTIONS:
        return {"options": options}
    groups = [options[at : at + limits.OPTIONS] for at in range(0, len(options), limits.OPTIONS)]
    return {"option_groups": [{"label": _range(group), "options": group} for group in groups]}


def _range(group: Sequence[SlackPayloadJson]) -> SlackPayloadJson:
    first, last = (
        clip_slack_text(option["text"]["text"], limits.GROUP_LABEL // 2 - 2) for option in (group[0], group[-1])
    )
    return render_plain_text(f"{first} – {last}", limits.GROUP_LABEL)


def _checkboxes(options: list[SlackPayloadJson], known: Answer) -> SlackPayloadJson:
    chosen = [o for o in options if o["value"] in known]
    return {"type": "checkboxes", "options": options} | ({"initial_options": chosen} if chosen else {})
