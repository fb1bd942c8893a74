"""Cards about a person's accounts: the code, and what became of it."""

from collections.abc import Iterable

from bot.i18n.copy import Copy
from bot.parsing.commands import shorten_typed_text
from bot.protocol.elements import Bold, Button, Card, Quote, Text
from bot.protocol.forms import Form, TextField

CHAT_CHANNELS = ("slack", "teams", "telegram", "web")  # where people talk

MAX_TYPED_EMAIL_LENGTH = 254  # characters, as everywhere


def build_account_notice_card(key: str, copy: Copy, **values: object) -> Card:
    """One sentence about accounts."""
    sentence = copy.spans(key, **values)
    return Card(copy.line("link.title"), copy.line(key, **values), (Text(sentence),), tone="neutral")


def build_account_refusal_card(key: str, copy: Copy, own: str = "", **values: object) -> Card:
    """The same, where nothing came of it; with what was typed, where that is worth sending again."""
    sentence = copy.line(key, **values)
    body = (Text((sentence,)), *((Quote(shorten_typed_text(own)),) if own else ()))
    return Card(copy.line("notices.refused"), sentence, body, tone="refusal")


def get_channel_label(name: str, copy: Copy) -> str:
    """What people call the channel."""
    key = f"channels.{name}"
    return copy.line(key) if copy.knows(key) else name


def build_accounts_card(names: Iterable[str], preferred: str | None, copy: Copy) -> Card:
    """Where the person is known, where direct news go, and how one more account is added."""
    here = copy.names([get_channel_label(name, copy) for name in dict.fromkeys(names)])
    news = (
        copy.spans("prefer.is", channel=get_channel_label(preferred, copy)) if preferred else copy.spans("prefer.last")
    )
    body = (copy.text("link.accounts", accounts=here), Text(news), copy.text("link.another"))
    return Card(copy.line("link.title"), copy.line("link.accounts", accounts=here), body, tone="neutral")


def build_link_code_card(spelled: str, asking: str, copy: Copy) -> Card:
    """The code, on its way to the one whom it is for."""
    half = len(spelled) // 2
    shown_code = f"{spelled[:half]}-{spelled[half:]}"
    asked = copy.line("link.code_asked", channel=get_channel_label(asking, copy))
    send = copy.spans("link.code_send", code=Bold(shown_code), channel=get_channel_label(asking, copy))
    return Card(
        copy.line("link.code_title"), asked, (Text((asked,)), Text(send), copy.text("link.code_not_you")), tone="plain"
    )


def build_code_used_card(asking: str, copy: Copy) -> Card:
    """The code was used: whoever got it sees where."""
    return build_account_notice_card("link.code_used", copy, channel=get_channel_label(asking, copy))


def build_last_account_card(asking: str, token: str, copy: Copy) -> Card:
    """Before the last account is let go."""
    sentence = copy.line("unlink.last", channel=get_channel_label(asking, copy))
    button = Button(copy.line("unlink.all_the_same"), token, style="danger")
    return Card(copy.line("link.title"), sentence, (Text((sentence,)),), (button,), tone="neutral")


def build_email_form(copy: Copy) -> Form:
    email = TextField(
        "email", copy.line("link.email"), maximum=MAX_TYPED_EMAIL_LENGTH, lines="one", hint=copy.line("link.email_hint")
    )
    return Form("link", copy.line("link.title"), (email,), copy.line("link.email_submit"), copy.line("link.intro"))


def build_code_form(sent: str, copy: Copy) -> Form:
    """`sent` says where the code may be."""
    typed = TextField("code", copy.line("link.code"), maximum=40, lines="one")
    return Form("link", copy.line("link.title"), (typed,), copy.line("link.code_submit"), sent)
