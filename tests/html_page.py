"""A strict reader of HTML: every element closed, and nothing asked for from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr"}
FETCHING = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}
ACTIVE = {"script", "iframe", "object", "embed", "link", "base", "form", "img", "foreignobject"}


class Page(HTMLParser):
    """The elements of a page: `tags` counts them, `words` is the text that is shown."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: dict[str, int] = {}
        self.outside: list[str] = []
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"
        self.words = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        if tag in ACTIVE:
            self.outside.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or (
                name in FETCHING and not re.fullmatch(r"#[\w-]+", value or "")
            ):
                self.outside.append(f"{tag} {name}={value}")
            if re.search(r"url\((?!#)|javascript:|@import", value or "", re.IGNORECASE):
                self.outside.append(f"{tag} {name}={value}")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.outside += re.findall(r"url\([^#][^)]*\)|@import[^;]*|https?:[^;]*", data)
        else:
            self._words.append(data)
