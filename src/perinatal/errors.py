"""Errors, grouped by what the reader can do about them; each group has its own exit code."""

from __future__ import annotations

from collections.abc import Sequence


class PerinatalError(Exception):
    """Base of every error that the project raises on purpose."""

    exit_code = 1

    def __reduce__(self) -> tuple[object, ...]:
        # between processes: as it is, not made anew from its message
        return _again, (type(self), self.args, self.__dict__)


def _again(
    kind: type[PerinatalError], args: tuple[object, ...], facts: dict[str, object]
) -> PerinatalError:
    error = kind.__new__(kind, *args)
    error.__dict__ |= facts
    return error


class UserError(PerinatalError):
    """Something that the user can mend: shown without a traceback."""

    exit_code = 2


class CatalogError(UserError):
    """One or more faults in the catalogue; all of them are listed."""

    exit_code = 3

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class RejectedDelivery(UserError):
    """A file that does not keep its contract; nothing of it was loaded.

    ``place`` says where (a column, a line), ``expected`` what should stand there and ``remedy``
    what to do. None of them may hold a value from the file: the message travels by mail.
    """

    exit_code = 4

    def __init__(
        self, file: str, place: str, problem: str, expected: str, remedy: str, rule: str
    ) -> None:
        self.file, self.place, self.problem = file, place, problem
        self.expected, self.remedy, self.rule = expected, remedy, rule
        super().__init__(f"{file}: {place}: {problem} Expected: {expected} {remedy}")


class RetriableError(PerinatalError):
    """Something that may go well the next time."""

    exit_code = 6


class StoreBusy(RetriableError):
    """Another process is writing to the store."""


class IntegrityError(PerinatalError):
    """A promise of our own is broken: stop, publish nothing."""

    exit_code = 7
