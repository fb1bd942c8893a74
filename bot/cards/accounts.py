"""Cards about a person's accounts: the code, and what became of it."""

from collections.abc import Iterable

from bot.i18n.copy import Copy
from bot.parsing.commands import shorten_typed_text
from bot.protocol.elements import Bold, Button, Card, Quote, Text
from bot.protocol.forms import Form, TextField

CHAT_CHANNELS = ("slack", "teams", "telegram", "web")  # where people talk
MAX_TYPED_EMAIL_LENGTH = 254  # characters, as everywhere


def build_account_notice_card(key: str, copy: Copy, **values: object) -> Card:
    """Build a card with one sentence about accounts: the copy's sentence `key`, filled with `values`."""
    sentence = copy.spans(key, **values)
    return Card(copy.line("link.title"), copy.line(key, **values), (Text(sentence),), tone="neutral")


def build_account_refusal_card(key: str, copy: Copy, own: str = "", **values: object) -> Card:
    """Build a refusal about accounts: the copy's sentence `key`, filled with `values`.

    `own` is the text the person typed, to be quoted for sending again; "" leaves it out.
    """
    sentence = copy.line(key, **values)
    body = (Text((sentence,)), *((Quote(shorten_typed_text(own)),) if own else ()))
    return Card(copy.line("notices.refused"), sentence, body, tone="refusal")


def get_channel_label(name: str, copy: Copy) -> str:
    """Return the name that people use for the channel, or `name` itself if the copy has none."""
    key = f"channels.{name}"
    return copy.line(key) if copy.knows(key) else name


def build_accounts_card(names: Iterable[str], preferred: str | None, copy: Copy) -> Card:
    """Build the list of a person's linked channels.

    It also says where direct messages go first and how to add one more account.
    """
    here = copy.names([get_channel_label(name, copy) for name in dict.fromkeys(names)])
    news = (
        copy.spans("prefer.is", channel=get_channel_label(preferred, copy)) if preferred else copy.spans("prefer.last")
    )
    body = (copy.text("link.accounts", accounts=here), Text(news), copy.text("link.another"))
    return Card(copy.line("link.title"), copy.line("link.accounts", accounts=here), body, tone="neutral")


def build_link_code_card(spelled: str, asking: str, copy: Copy) -> Card:
    """Build the card that carries a link code to the person it was requested for.

    `asking` is the channel of the account that asks to be linked.
    """
    half = len(spelled) // 2
    shown_code = f"{spelled[:half]}-{spelled[half:]}"
    asked = copy.line("link.code_asked", channel=get_channel_label(asking, copy))
    send = copy.spans("link.code_send", code=Bold(shown_code), channel=get_channel_label(asking, copy))
    return Card(
        copy.line("link.code_title"), asked, (Text((asked,)), Text(send), copy.text("link.code_not_you")), tone="plain"
    )


def build_code_used_card(asking: str, copy: Copy) -> Card:
    """Build the notice that a link code was used, naming the channel of the linked account.

    It replaces the code, so that its receiver sees a misuse.
    """
    return build_account_notice_card("link.code_used", copy, channel=get_channel_label(asking, copy))


def build_last_account_card(asking: str, token: str, copy: Copy) -> Card:
    """Build the warning before the last accounts of a person are unlinked, with a button to confirm."""
    sentence = copy.line("unlink.last", channel=get_channel_label(asking, copy))
    button = Button(copy.line("unlink.all_the_same"), token, style="danger")
    return Card(copy.line("link.title"), sentence, (Text((sentence,)),), (button,), tone="neutral")


def build_email_form(copy: Copy) -> Form:
    email = TextField(
        "email", copy.line("link.email"), maximum=MAX_TYPED_EMAIL_LENGTH, lines="one", hint=copy.line("link.email_hint")
    )
    return Form("link", copy.line("link.title"), (email,), copy.line("link.email_submit"), copy.line("link.intro"))


def build_code_form(sent: str, copy: Copy) -> Form:
    """Build the form for a link code. `sent` is the sentence that says where the code may have been sent."""
    typed = TextField("code", copy.line("link.code"), maximum=40, lines="one")
    return Form("link", copy.line("link.title"), (typed,), copy.line("link.code_submit"), sent)
