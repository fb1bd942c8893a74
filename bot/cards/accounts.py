"""Cards about a person's accounts: the code, and what became of it."""

from collections.abc import Iterable

from bot.i18n.copy import Copy
from bot.parsing.commands import shown
from bot.protocol.elements import Bold, Button, Card, Quote, Text
from bot.protocol.forms import Form, TextField

CHANNELS = ("slack", "teams", "telegram", "web")  # where people talk

LONGEST_EMAIL = 254  # characters, as everywhere


def told(key: str, copy: Copy, **values: object) -> Card:
    """One sentence about accounts."""
    sentence = copy.spans(key, **values)
    return Card(copy.line("link.title"), copy.line(key, **values), (Text(sentence),), tone="neutral")


def refused(key: str, copy: Copy, own: str = "", **values: object) -> Card:
    """The same, where nothing came of it; with what was typed, where that is worth sending again."""
    sentence = copy.line(key, **values)
    body = (Text((sentence,)), *((Quote(shown(own)),) if own else ()))
    return Card(copy.line("notices.refused"), sentence, body, tone="refusal")


def channel(name: str, copy: Copy) -> str:
    """What people call the channel."""
    key = f"channels.{name}"
    return copy.line(key) if copy.knows(key) else name


def accounts(names: Iterable[str], preferred: str | None, copy: Copy) -> Card:
    """Where the person is known, where direct news go, and how one more account is added."""
    here = copy.names([channel(name, copy) for name in dict.fromkeys(names)])
    news = copy.spans("prefer.is", channel=channel(preferred, copy)) if preferred else copy.spans("prefer.last")
    body = (copy.text("link.accounts", accounts=here), Text(news), copy.text("link.another"))
    return Card(copy.line("link.title"), copy.line("link.accounts", accounts=here), body, tone="neutral")


def code(spelled: str, asking: str, copy: Copy) -> Card:
    """The code, on its way to the one whom it is for."""
    half = len(spelled) // 2
    shown_code = f"{spelled[:half]}-{spelled[half:]}"
    asked = copy.line("link.code_asked", channel=channel(asking, copy))
    send = copy.spans("link.code_send", code=Bold(shown_code), channel=channel(asking, copy))
    return Card(
        copy.line("link.code_title"), asked, (Text((asked,)), Text(send), copy.text("link.code_not_you")), tone="plain"
    )


def used(asking: str, copy: Copy) -> Card:
    """The code was used: whoever got it sees where."""
    return told("link.code_used", copy, channel=channel(asking, copy))


def last_one(asking: str, token: str, copy: Copy) -> Card:
    """Before the last account is let go."""
    sentence = copy.line("unlink.last", channel=channel(asking, copy))
    button = Button(copy.line("unlink.all_the_same"), token, style="danger")
    return Card(copy.line("link.title"), sentence, (Text((sentence,)),), (button,), tone="neutral")


def email_form(copy: Copy) -> Form:
    email = TextField(
        "email", copy.line("link.email"), maximum=LONGEST_EMAIL, lines="one", hint=copy.line("link.email_hint")
    )
    return Form("link", copy.line("link.title"), (email,), copy.line("link.email_submit"), copy.line("link.intro"))


def code_form(sent: str, copy: Copy) -> Form:
    """`sent` says where the code may be."""
    typed = TextField("code", copy.line("link.code"), maximum=40, lines="one")
    return Form("link", copy.line("link.title"), (typed,), copy.line("link.code_submit"), sent)
