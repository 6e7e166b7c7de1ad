"""Numbers, dates and periods as Dutch readers write them."""

from __future__ import annotations

from collections.abc import Sequence

MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_LETTERS = (
    "nul", "één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf",
    "twaalf",
)  # fmt: skip


def number(value: float, decimals: int = 0) -> str:
    """A number with a decimal comma and points between thousands: 1.667 and 7,8."""
    text = f"{value:,.{decimals}f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def value(text: str) -> int | float:
    """The number that a text is: '1.667' and '7,8' back again.

    Raises:
        ValueError: it is none.
    """
    plain = text.replace(".", "").replace(",", ".")
    return float(plain) if "," in text else int(plain)


def span(lower: float, upper: float, decimals: int = 1) -> str:
    """A range with a spaced dash: '7,5 – 8,2'."""
    return f"{number(lower, decimals)} – {number(upper, decimals)}"


def date(year: int, month: int, day: int) -> str:
    """'22 november 2026'."""
    return f"{day} {MONTHS[month - 1]} {year}"


def day(iso: str) -> str:
    """'2026-03-01' as '1 maart 2026'."""
    year, month, number_ = (int(part) for part in iso.split("-"))
    return date(year, month, number_)


def years(start: int, end: int) -> str:
    """'2021' or '2021 tot en met 2025'."""
    return str(start) if start == end else f"{start} tot en met {end}"


def days(amount: int) -> str:
    """'1 dag' or '400 dagen'."""
    return f"{number(amount)} {'dag' if amount == 1 else 'dagen'}"


def about(value: float) -> str:
    """A number of one decimal in words that keep its side: 4,7 is 'bijna 5', 6,1 is 'ruim 6'."""
    nearest = round(value)
    if abs(value - nearest) < 0.05:
        return number(nearest)
    return f"{'bijna' if value < nearest else 'ruim'} {number(nearest)}"


def quoted(text: str) -> str:
    """Words of others inside a sentence of ours: '‘De bron vond een fout’', its full stop ours."""
    return f"‘{text.strip().rstrip('.')}’"


def count_words(amount: int) -> str:
    """Small numbers in letters, as a heading needs them."""
    return _LETTERS[amount] if amount < len(_LETTERS) else number(amount)


def listed(names: Sequence[str]) -> str:
    """'a', 'a en b', 'a, b en c'; '' without names."""
    return " en ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
