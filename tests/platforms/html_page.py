"""A page as a tree, its forms as a browser would send them, and every text of it that a person sees or hears."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "path", "rect", "source", "wbr"})
INLINE = frozenset({"a", "b", "bdi", "em", "i", "small", "span", "strong", "time"})
UNSEEN = frozenset({"script", "style", "svg"})
SPOKEN = ("aria-label", "title", "placeholder", "alt")
SCRIPTED = ("data-offline", "data-again", "data-nobody")  # what the page's own script shows
BETWEEN = "\u200b"  # stands where two inline elements meet: nothing to see, and no word reaches across


@dataclass(eq=False)
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def is_a(self, tag: str, **wanted: str) -> bool:
        """Whether it has that tag ("" for any) and those attributes; of `class_` and its like one word is enough."""
        return (not tag or self.tag == tag) and all(
            value in self.get(name.rstrip("_")).split() for name, value in wanted.items()
        )

    def each(self, tag: str = "", **wanted: str) -> Iterator["Element"]:
        """Every element below, in the order of the page."""
        for child in self.children:
            if isinstance(child, Element):
                if child.is_a(tag, **wanted):
                    yield child
                yield from child.each(tag, **wanted)

    def first(self, tag: str = "", **wanted: str) -> "Element | None":
        return next(self.each(tag, **wanted), None)

    @property
    def words(self) -> str:
        """Its text as it is read aloud."""
        return " ".join("".join(_texts(self)).replace(BETWEEN, "").split())


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("page")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.open[-1].tag != tag:
            raise AssertionError(f"</{tag}> closes <{self.open[-1].tag}>")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(html: str) -> Element:
    """The page. AssertionError where an element is not closed as it was opened."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert len(builder.open) == 1, [element.tag for element in builder.open]
    return builder.open[0]


def visible(element: Element, *without: str) -> list[str]:
    """Each block of text, and each text that is spoken, shown in an empty field or kept for the page's script.

    What stands in elements of the tags `without` is left out.
    """
    texts: list[str] = []
    _gather(element, UNSEEN.union(without), texts, [""])
    return texts


def _gather(element: Element, unseen: frozenset[str], texts: list[str], line: list[str]) -> None:
    """Add what the element shows to `texts`; `line` holds the text of the block that is not ended yet."""
    if element.tag in unseen:
        return
    texts += [text for name in (*SPOKEN, *SCRIPTED) if (text := element.get(name).strip())]
    if element.tag == "input" and element.get("type") in ("text", "search"):
        texts += [element.get("value")]
    inline = element.tag in INLINE
    _end(inline, texts, line)
    for child in element.children:
        if isinstance(child, str):
            line[0] += child
        else:
            _gather(child, unseen, texts, line)
    _end(inline, texts, line)


def _end(inline: bool, texts: list[str], line: list[str]) -> None:
    if inline:
        line[0] += BETWEEN
        return
    if text := " ".join(line[0].split()).strip(BETWEEN + " "):
        texts.append(text)
    line[0] = ""


def _texts(element: Element) -> Iterator[str]:
    for child in element.children:
        if isinstance(child, str):
            yield child
        elif child.tag not in UNSEEN and child.get("aria-hidden") != "true":
            yield from _texts(child)


def sent(form: Element) -> list[tuple[str, str]]:
    """What a browser would send of the form as it stands, without any of its buttons."""
    out = []
    for control in form.each():
        name, kind = control.get("name"), control.get("type")
        if not name or control.tag not in ("input", "textarea", "select"):
            continue
        if control.tag == "input" and (kind not in ("checkbox", "radio") or "checked" in control.attributes):
            out.append((name, control.get("value")))
        elif control.tag == "textarea":
            out.append((name, "".join(_texts(control)).removeprefix("\n")))
        elif control.tag == "select":
            out.append((name, _selected(control)))
    return out


def _selected(select: Element) -> str:
    options = list(select.each("option"))
    chosen = [option for option in options if "selected" in option.attributes] or options[:1]
    return chosen[0].get("value") if chosen else ""
