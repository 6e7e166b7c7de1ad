"""Linear programs for HiGHS, and which cells hang together: arithmetic, no idea of disclosure."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Row = Sequence[tuple[int, float]]
"""Columns with their weights."""


def program(
    lower: Floats,
    upper: Floats,
    rows: Sequence[Row],
    least: Floats,
    most: Floats,
    *,
    cost: Floats | None = None,
    whole: bool = False,
    maximize: bool = False,
    **options: float | bool | str,
) -> highspy.Highs:
    """A program over columns within bounds, with weighted sums between ``least`` and ``most``.

    Args:
        lower, upper: of each column, shape (n,).
        rows, least, most: one sum each, shape (m,).
        cost: of each column, by default none.
        whole: columns are whole numbers.
        options: of HiGHS; one thread and a fixed seed, so that each run gives the same.
    """
    model = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy types no constructor
    for option, value in {"output_flag": False, "threads": 1, "random_seed": 1, **options}.items():
        model.setOptionValue(option, value)
    stated = highspy.HighsLp()
    stated.num_col_, stated.num_row_ = len(lower), len(rows)
    stated.col_cost_ = np.zeros(len(lower)) if cost is None else cost
    stated.col_lower_, stated.col_upper_ = lower, upper
    stated.row_lower_, stated.row_upper_ = least, most
    if whole:
        stated.integrality_ = [highspy.HighsVarType.kInteger] * len(lower)
    if maximize:
        stated.sense_ = highspy.ObjSense.kMaximize
    matrix = stated.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    matrix.index_ = np.array([column for row in rows for column, _ in row], dtype=np.int32)
    matrix.value_ = np.array([weight for row in rows for _, weight in row], dtype=np.float64)
    model.passModel(stated)
    return model


def solved(model: highspy.Highs) -> Floats | None:
    """Run; the columns of the best answer, or None where there is none (or no time was left)."""
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(model.getSolution().col_value)


def set_whole(model: highspy.Highs, size: int, *, whole: bool) -> None:
    """Whether all columns are whole numbers."""
    kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
    model.changeColsIntegrality(size, np.arange(size, dtype=np.int32), np.array([kind] * size))


def hang_together(
    size: int, row_of: NDArray[np.int64], cell_of: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Number of the group of each of ``size`` cells: cells of one row are of one group.

    Args:
        row_of, cell_of: of each cell in a row, the number of the row and that of the cell.
    """
    rows = int(row_of.max(initial=-1)) + 1
    graph = csr_array(
        (np.ones(len(row_of)), (cell_of, row_of + size)), shape=(size + rows, size + rows)
    )
    return connected_components(graph, directed=False)[1][:size].astype(np.int64)


def entries(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of cells as ``hang_together`` takes them."""
    row_of = np.repeat(np.arange(len(rows)), [len(row) for row in rows]).astype(np.int64)
    return row_of, np.array([cell for row in rows for cell in row], dtype=np.int64)
