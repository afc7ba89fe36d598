"""Writes a made-up CSV of pebbles from a beach: four measurements each, and which of three stones it is.

    python make_data.py [FILE] [ROWS]

The same seed gives the same file.
"""

import csv
import sys
from pathlib import Path

import numpy as np

ROWS = 600
SEED = 7

# For each kind of stone: mean length, width and height in mm, and density in g/cm³.
STONES = [(34.0, 26.0, 19.0, 2.65), (30.0, 27.0, 8.0, 2.78), (24.0, 19.0, 15.0, 2.20)]  # granite, slate, pumice-like
COLUMNS = ["length_mm", "width_mm", "height_mm", "mass_g", "kind"]


def pebble(rng: np.random.Generator) -> list[float]:
    kind = int(rng.integers(len(STONES)))
    length, width, height = (mean * rng.lognormal(0, 0.12) for mean in STONES[kind][:3])
    volume_cm3 = np.pi / 6 * length * width * height / 1000  # an ellipsoid
    mass = volume_cm3 * STONES[kind][3] * rng.lognormal(0, 0.05)
    return [*(round(float(x), 1) for x in (length, width, height)), round(float(mass), 2), kind]


def write_pebbles(path: Path, rows: int = ROWS, seed: int = SEED) -> None:
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(pebble(rng) for _ in range(rows))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data" / "pebbles.csv"
    write_pebbles(target, int(sys.argv[2]) if len(sys.argv) > 2 else ROWS)
    print(f"wrote {target}")
