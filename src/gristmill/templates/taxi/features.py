"""Which column is treated how. Preprocessing and model both read from here."""

NUMBERS = ["trip_miles", "fare", "trip_seconds"]
BUCKETED = ["pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude"]
BUCKETS = 10
WORDS = ["payment_type", "company"]
VOCABULARY_SIZE = 1000
OOV_BUCKETS = 10
# Whole numbers that name something, with one more than the largest of them.
CATEGORIES = {"trip_start_hour": 24, "trip_start_day": 8, "trip_start_month": 13, "pickup_community_area": 78}

FARE, TIPS = "fare", "tips"
LABEL = "big_tipper"


def transformed(name: str) -> str:
    return name + "_xf"
