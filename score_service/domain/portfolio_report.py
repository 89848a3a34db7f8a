"""What became of a portfolio's file. It stands apart from the module that scores one, which needs numpy and Arrow."""

from dataclasses import dataclass, field

# So many faults are told one by one; of the others only how many there are.
FAULTS_TOLD = 20
# Of so many values, more than half beyond the bounds are no accident.
CONCLUSIVE = 10


class BadFile(Exception):  # noqa: N818 - a message for whoever gave the file
    """The file as a whole cannot be scored. `values` are what the message's `{name}`s stand for."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.values = values


@dataclass(frozen=True, slots=True)
class MalformedLine:
    """A line of a CSV that is no row: `number` counts lines as rows, 1 after the header."""

    number: int
    cells: int
    expected: int


@dataclass(slots=True)
class Clipped:
    """Of one column: how many values there are, and how many of them count as the bound that they lie beyond."""

    given: int = 0
    beyond: int = 0

    @property
    def is_most(self) -> bool:
        """Whether the column must be in another unit: 8 of 10 people do not owe more than twice their limits.

        One person in a file of three may well be that far over; of fewer than ten values nothing is concluded.
        """
        return self.given >= CONCLUSIVE and 2 * self.beyond > self.given


@dataclass(slots=True)
class Report:
    """Rows written, how many of them have no score and the first reasons by row number; lines that were no rows.

    `clipped` tells of every column in which a scored row has a value beyond a bound.
    """

    rows: int = 0
    unscored: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)
    malformed: list[MalformedLine] = field(default_factory=list)
    clipped: dict[str, Clipped] = field(default_factory=dict)

    def number_of(self, position: int) -> int:
        """Return the number of the row read at `position` (0 the first): malformed lines before it count too.

        With line 2 malformed, the rows read at 0 and 1 are the file's rows 1 and 3.
        """
        number = position + 1
        for line in self.malformed:  # in the order of the file
            number += line.number <= number
        return number
