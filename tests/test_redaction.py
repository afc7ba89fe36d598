"""Secrets in texts are masked, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.redaction import is_secret_name, without_secrets, without_secrets_within


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ada:s3cret@db/taxi", "postgresql://ada:***@db/taxi"),
        ("mysql+pymysql://ada:p@ss:w0rd@db", "mysql+pymysql://ada:***@db"),
        ("s3://key:secret@bucket/data", "s3://key:***@bucket/data"),
        ("host=db password=s3cret user=ada", "host=db password=*** user=ada"),
        ("Uid=ada;Pwd=s3cret;", "Uid=ada;Pwd=***;"),
        ("https://a.blob/data?sig=abc%3D&se=2026", "https://a.blob/data?sig=***&se=2026"),
        ("api_key: 'abc def'", "api_key: ***"),
        ('{"sas_token": "abc"}', '{"sas_token": ***}'),
        ("Authorization: Bearer abcdefgh1234", "Authorization: Bearer ***"),
        ("/data/taxi/trips.csv, line 3: 'n/a'", "/data/taxi/trips.csv, line 3: 'n/a'"),
        ("oov_token=-1, num_tokens=5, passenger=2", "oov_token=-1, num_tokens=5, passenger=2"),
        ("http://host:8080/path", "http://host:8080/path"),
    ],
)
def test_passwords_and_keys_are_masked(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


def test_values_under_secret_names_are_masked_at_any_depth() -> None:
    value = {"db": {"password": "x", "host": "h"}, "secrets": ["a", "b"], "token": 7, "rows": 5, "password": None}
    shown = {"db": {"password": "***", "host": "h"}, "secrets": ["***", "***"], "token": "***", "rows": 5,
             "password": None}  # fmt: skip
    assert without_secrets_within(value) == shown


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("api_key", True),
        ("PASSWORD", True),
        ("auth", True),
        ("num_tokens", False),
        ("author", False),
        ("feature_key", False),
    ],
)
def test_names_tell_what_is_secret(name: str, is_secret: bool) -> None:
    assert is_secret_name(name) is is_secret


@given(st.text(st.characters(blacklist_characters="/'\"", blacklist_categories=["Z", "C"]), min_size=4, max_size=40))
def test_no_password_of_a_url_stays(password: str) -> None:
    shown = without_secrets(f"postgresql://ada:{password}@host/db")
    assert shown == "postgresql://ada:***@host/db"
