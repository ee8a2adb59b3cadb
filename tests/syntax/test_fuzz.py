"""Whatever the text, there is a tree or a `SmashError`."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smashdsl.diagnostics import SmashError, Source, render_text
from smashdsl.syntax import format_source, load_source, parse
from smashdsl.syntax.compare import same_meaning
from smashdsl.syntax.lexer import scan
from smashdsl.syntax.tokens import KEYWORDS

_SIGNS = "-> { } ( ) [ ] , ; : = == .. + * ** / - < <= # ' \" & | ! . @ \n"
SIGNS = _SIGNS.split(" ")
WORDS = ["x", "b", "conv", "sum", "relu", "3", "0.5", "4M", "3x5", "elif", "10px", "é", "1e999"]
tokens = st.sampled_from([*sorted(KEYWORDS), *SIGNS, *WORDS])


def survives(text: str) -> bool:
    """Parse a text; if that goes well format it, else show what is wrong with it."""
    source = Source("t", text)
    try:
        file = parse(source)
    except SmashError as error:
        check_report(error, len(text))
        return False
    again = Source("t", format_source(source))
    assert same_meaning(parse(again), file)
    assert format_source(again) == again.text
    return True


def check_report(error: SmashError, length: int) -> None:
    assert 0 < len(error.diagnostics) <= 20
    for found in error.diagnostics:
        assert found.span is not None
        assert 0 <= found.span.start <= found.span.end <= length
        assert render_text(found, color=False)


@settings(deadline=None, max_examples=300)
@given(st.text())
def test_any_text(text: str) -> None:
    survives(text)


@settings(deadline=None, max_examples=300)
@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    if b"\0" in data or data.decode(errors="ignore").encode() != data:
        with pytest.raises(SmashError):
            load_source("-", stdin=io.BytesIO(data))
    else:
        survives(load_source("-", stdin=io.BytesIO(data)).text)


@settings(deadline=None, max_examples=500)
@given(st.lists(tokens, max_size=40))
def test_any_tokens(parts: list[str]) -> None:
    survives(" ".join(parts))
    survives(f"program p {{ input 3x8\n{' '.join(parts)}\n}}")


def mutated(text: str, random_: random.Random) -> str:
    """The text with some characters or tokens left out, doubled, swapped or put in."""
    for _ in range(random_.randint(1, 3)):
        spans = [(token.start, token.end) for token in scan(text)]
        if random_.random() < 0.3:
            at = random_.randrange(len(text))
            spans = [(at, at + 1)]
        (a, b), (c, d) = sorted((random_.choice(spans), random_.choice(spans)))
        text = random_.choice(
            [
                text[:a] + text[b:],
                text[:b] + " " + text[a:b] + text[b:],
                text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:] if b <= c else text,
                f"{text[:a]} {random_.choice([*SIGNS, *WORDS, *sorted(KEYWORDS)])} {text[a:]}",
            ]
        )
    return text


@pytest.mark.parametrize("seed", range(4))
def test_corpus_with_mistakes(corpus: Path, seed: int) -> None:
    random_ = random.Random(seed)
    good = bad = 0
    for path in sorted(corpus.glob("*/*.smash")):
        text = load_source(path).text
        for _ in range(10):
            if survives(mutated(text, random_)):
                good += 1
            else:
                bad += 1
    assert good > 5
    assert bad > 10


@pytest.mark.parametrize("seed", range(4))
def test_corpus_with_comments_anywhere(corpus: Path, seed: int) -> None:
    random_ = random.Random(seed)
    tried = 0
    for path in sorted((corpus / "valid").glob("*.smash")):
        original = load_source(path)
        for _ in range(10):
            text = commented(original.text, random_)
            try:
                file = parse(Source("t", text))
            except SmashError:
                continue  # a line that breaks there changes what is meant
            tried += 1
            result = format_source(Source("t", text))
            assert same_meaning(parse(Source("t", result)), file)
            assert format_source(Source("t", result)) == result
            assert sorted(marks(result)) == sorted(marks(text))
    assert tried > 20


def commented(text: str, random_: random.Random) -> str:
    starts = [token.start for token in scan(text)]
    for number, at in enumerate(sorted(random_.sample(starts, 3), reverse=True)):
        blank = random_.choice(["", " ", "\n", "\n\n", "   "])
        text = f"{text[:at]}{blank}# mark {number}\n{text[at:]}"
    return text


def marks(text: str) -> list[str]:
    return [line.partition("#")[2].strip() for line in text.splitlines() if "#" in line]
