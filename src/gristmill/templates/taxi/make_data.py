"""Writes a made-up CSV of taxi trips: the columns, types, gaps and skews of the City of Chicago's public data.

    python make_data.py [FILE] [ROWS]

The same seed gives the same file. Tips follow a rule that a model can learn: who pays by card tips by hour and fare.
"""

import csv
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

ROWS = 15_000
SEED = 7

# (community area, latitude, longitude, share of the trips): the centre of town, the north side, the two airports …
AREAS = [
    (8, 41.8996, -87.6334, 0.34), (32, 41.8789, -87.6251, 0.22), (28, 41.8742, -87.6634, 0.10),
    (6, 41.9440, -87.6540, 0.09), (7, 41.9227, -87.6495, 0.07), (76, 41.9803, -87.9090, 0.06),
    (24, 41.9012, -87.6764, 0.05), (33, 41.8571, -87.6203, 0.03), (56, 41.7859, -87.7509, 0.02),
    (3, 41.9658, -87.6559, 0.01), (77, 41.9867, -87.6634, 0.01),
]  # fmt: skip
COMPANIES = [
    ("", 0.34), ("Lakeshore Cab Affiliation", 0.34), ("Dispatch Union", 0.11), ("Blue Heron Taxi", 0.07),
    ("Windy Choice Taxi", 0.06), ("Prairie Management LLC", 0.04), ("Cottonwood Cab", 0.02), ("Topmost Taxi", 0.01),
    ("1085 - N. Bell", 0.004), ("2733 - B. Jonas", 0.003), ("3201 - C & D Cabs", 0.003),
]  # fmt: skip
PAYMENTS = [
    ("Cash", 0.66), ("Credit Card", 0.329), ("No Charge", 0.006), ("Unknown", 0.003), ("Dispute", 0.001),
    ("Pcard", 0.001),
]  # fmt: skip
HOURS = [40, 36, 28, 19, 13, 10, 13, 20, 35, 44, 46, 41, 50, 47, 49, 48, 51, 55, 63, 67, 64, 56, 56, 49]
TRACT = 17_031_000_000  # Cook County's prefix of census tracts
METERED_SHARE = 0.73  # the rest of the taximeters report a distance of zero

COLUMNS = [
    "pickup_community_area", "fare", "trip_start_month", "trip_start_hour", "trip_start_day", "trip_start_timestamp",
    "pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude", "trip_miles", "pickup_census_tract",
    "dropoff_census_tract", "payment_type", "company", "trip_seconds", "dropoff_community_area", "tips",
]  # fmt: skip


def pick(rng: np.random.Generator, choices: list[tuple[str, float]]) -> str:
    names, weights = zip(*choices, strict=True)
    return str(rng.choice(names, p=np.array(weights) / sum(weights)))


def tip(rng: np.random.Generator, payment: str, fare: float, hour: int) -> float:
    """By card, most riders add more than a fifth of the fare: in the evening and on short trips more of them."""
    if payment != "Credit Card":
        return 0.0
    chance = 0.9 - 0.012 * fare + (0.08 if hour >= 18 or hour <= 2 else -0.04)
    share = rng.uniform(0.205, 0.30) if rng.random() < chance else rng.uniform(0.0, 0.195)
    return round(fare * share, 2)


def trip(rng: np.random.Generator) -> dict[str, object]:
    weights = np.array([area[3] for area in AREAS])
    start, stop = (AREAS[i] for i in rng.choice(len(AREAS), size=2, p=weights / weights.sum()))
    spots = [(a[1] + rng.normal(0, 0.006), a[2] + rng.normal(0, 0.006)) for a in (start, stop)]
    miles = 1.3 * np.hypot(69.0 * (spots[0][0] - spots[1][0]), 51.5 * (spots[0][1] - spots[1][1]))
    seconds = int(60 * np.ceil((2 + 3.2 * miles) * rng.lognormal(0, 0.3)))
    fare = round(4 * (3.25 + 1.9 * miles + 0.004 * seconds)) / 4
    hour = int(rng.choice(24, p=np.array(HOURS) / sum(HOURS)))
    when = datetime(2013, 1, 1, tzinfo=UTC) + timedelta(days=int(rng.integers(4 * 365)), hours=hour)
    when += timedelta(minutes=15 * int(rng.integers(4)))
    payment = pick(rng, PAYMENTS)
    known = rng.random() >= 0.032  # where the trip ended is not always known
    return {
        "pickup_community_area": start[0],
        "fare": fare,
        "trip_start_month": when.month,
        "trip_start_hour": hour,
        "trip_start_day": when.isoweekday() % 7 + 1,
        "trip_start_timestamp": int(when.timestamp()),
        "pickup_latitude": round(spots[0][0], 9),
        "pickup_longitude": round(spots[0][1], 9),
        "dropoff_latitude": round(spots[1][0], 9) if known else "",
        "dropoff_longitude": round(spots[1][1], 9) if known else "",
        "trip_miles": round(float(miles), 1) if rng.random() < METERED_SHARE else 0.0,
        "pickup_census_tract": "",
        "dropoff_census_tract": TRACT + stop[0] * 10_000 + int(rng.integers(5)) * 100 if rng.random() < 0.72 else "",
        "payment_type": payment,
        "company": pick(rng, COMPANIES),
        "trip_seconds": seconds if rng.random() > 0.0004 else "",
        "dropoff_community_area": stop[0] if known else "",
        "tips": tip(rng, payment, fare, hour),
    }


def write_trips(path: Path, rows: int = ROWS, seed: int = SEED) -> None:
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in range(rows):
            line = trip(rng)
            if row == rows // 2:  # one taxi in all these years reported where it was hailed
                line["pickup_census_tract"] = TRACT + 81_500
            writer.writerow(line)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data" / "trips.csv"
    write_trips(target, int(sys.argv[2]) if len(sys.argv) > 2 else ROWS)
    print(f"wrote {target}")
