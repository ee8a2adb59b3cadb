"""Large numbers in few characters."""

from __future__ import annotations

_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def short(number: int) -> str:
    """Three digits and a unit: `36.5M`.

    >>> short(36_479_194), short(295_418), short(512), short(999_999)
    ('36.5M', '295k', '512', '1.00M')
    """
    for size, unit in _UNITS:
        if round(number, -len(str(number)) + 3) >= size:
            scaled = number / size
            whole = len(str(int(float(f"{scaled:.3g}"))))
            return f"{scaled:.{max(3 - whole, 0)}f}{unit}"
    return str(number)


def amounts(bounds: tuple[int, int] | None) -> str:
    """A number, or the two that one lies between; `?` where these are not known."""
    if bounds is None:
        return "?"
    low, high = bounds
    return short(low) if low == high else f"{short(low)}–{short(high)}"


def grouped(programs: str) -> str:
    """How many programs there are, with commas; words stay as they are."""
    return f"{int(programs):,}" if programs.isdecimal() else programs
