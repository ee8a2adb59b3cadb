"""Diagnostics as text for people.

error[E203]: there is no op called `cnv`
 --> resnet.smash:5:10
  |
5 |   stem { cnv(16, 3) }
  |          ^^^
  |
  = help: did you mean `conv`?
"""

from __future__ import annotations

from smashdsl.diagnostics.diagnostic import Diagnostic, Note, Severity
from smashdsl.diagnostics.excerpt import Line, excerpt, printable
from smashdsl.diagnostics.span import Span

_BOLD, _RED, _YELLOW, _BLUE, _CYAN, _RESET = (
    f"\x1b[{code}m" for code in ("1", "1;31", "1;33", "1;34", "1;36", "0")
)
_HEADS = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW}


def render_text(diagnostic: Diagnostic, *, color: bool = False) -> str:
    """One diagnostic as lines of text, without a line end after the last.

    Args:
        diagnostic: what is to be said.
        color: whether to use ANSI colours.
    """
    return _Page(diagnostic, color).text()


class _Page:
    """The lines of one diagnostic, all with one gutter."""

    def __init__(self, diagnostic: Diagnostic, color: bool) -> None:
        self.diagnostic = diagnostic
        self.color = color
        self.accent = _HEADS[diagnostic.severity]
        notes = [note.span for note in diagnostic.notes if note.span]
        spans = [*notes, diagnostic.span] if diagnostic.span else notes
        numbers = [line.number for span in spans for line in excerpt(span)]
        self.gutter = len(str(max(numbers, default=1)))

    def text(self) -> str:
        found = self.diagnostic
        head = self._paint(f"{found.severity.value}[{found.code}]", self.accent)
        lines = [head + self._paint(": " + self._message(found.message), _BOLD)]
        if found.span:
            lines += self._place(found.span, found.label, "^", self.accent)
        placeless = [note for note in found.notes if not note.span]
        if found.span and (placeless or found.helps):
            lines.append(self._rule())
        lines += [self._remark("note", note.message) for note in placeless]
        lines += [self._remark("help", message) for message in found.helps]
        for note in found.notes:
            lines += self._placed_note(note)
        return "\n".join(lines)

    def _placed_note(self, note: Note) -> list[str]:
        if note.span is None:
            return []
        head = self._paint("note", _CYAN) + self._paint(": " + self._message(note.message), _BOLD)
        return [head, *self._place(note.span, "", "-", _BLUE)]

    def _place(self, span: Span, label: str, mark: str, accent: str) -> list[str]:
        arrow = self._paint(" " * self.gutter + "-->", _BLUE)
        lines = [f"{arrow} {printable(str(span))}", self._rule()]
        shown = excerpt(span)
        for index, line in enumerate(shown):
            if index and line.number > shown[index - 1].number + 1:
                lines.append(self._paint("...", _BLUE))
            number = self._paint(f"{line.number:>{self.gutter}} |", _BLUE)
            lines.append(f"{number} {line.text}".rstrip())
            said = label if line is shown[-1] else ""
            lines.append(f"{self._rule()} {self._marks(line, mark, said, accent)}")
        return lines

    def _marks(self, line: Line, mark: str, label: str, accent: str) -> str:
        marks = " " * line.first + self._paint(mark * line.length, accent)
        if not label:
            return marks
        return f"{marks} {self._paint(self._message(label), accent)}"

    def _remark(self, kind: str, message: str) -> str:
        sign = self._paint(" " * self.gutter + " =", _BLUE)
        return f"{sign} {self._paint(kind, _CYAN)}: {self._message(message)}"

    def _rule(self) -> str:
        return self._paint(" " * self.gutter + " |", _BLUE)

    def _message(self, text: str) -> str:
        """The text with lines after the first under the first, escapes made visible."""
        indent = "\n" + " " * (self.gutter + 3)
        return indent.join(printable(line) for line in text.split("\n"))

    def _paint(self, text: str, style: str) -> str:
        return f"{style}{text}{_RESET}" if self.color else text
