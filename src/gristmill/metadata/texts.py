"""Texts that callers give: what no database and no message holds is refused before it goes anywhere."""

from __future__ import annotations

from gristmill.metadata import errors

__all__ = ["HALF_A_PAIR", "HALF_A_PAIR_HINT", "check_texts", "half_a_pair"]

HALF_A_PAIR = "half of a surrogate pair is no character"
HALF_A_PAIR_HINT = (
    "it stands for a byte that is not UTF-8, as in the names of some files: rename the file, or leave the byte out."
)


def check_texts(*texts: str | None) -> None:
    """Refuses halves of surrogate pairs, which Python's strings hold and UTF-8 does not.

    Raises:
        InvalidArgumentError: a text has one.
    """
    for text in texts:
        try:
            (text or "").encode()
        except UnicodeEncodeError as error:
            raise half_a_pair(error) from None


def half_a_pair(error: UnicodeEncodeError) -> errors.InvalidArgumentError:
    """What to tell a caller whose text cannot be encoded."""
    return errors.InvalidArgumentError(HALF_A_PAIR, value=error.object, hint=HALF_A_PAIR_HINT)
