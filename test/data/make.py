"""Writes fixtures/rows.npz and fixtures/packed.npz: what NumPy itself makes of the rows of formats.test.ts."""
from pathlib import Path

import numpy as np

folder = Path(__file__).parent / "fixtures"
folder.mkdir(exist_ok=True)
k = np.arange(12)
columns = {"x": np.stack([k / 4, -k, k % 3], axis=1), "kind": (k % 3).astype(np.int64), "count": (k - 5).astype(np.int16)}
np.savez(folder / "rows.npz", **columns)
np.savez_compressed(folder / "packed.npz", **columns)
np.savez(folder / "fortran.npz", **{**columns, "x": np.asfortranarray(columns["x"])})
