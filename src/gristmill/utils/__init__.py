"""What pipelines use besides components: JSON-able parameters, messages read from text files."""

from gristmill.utils.json_type import JsonableType
from gristmill.utils.pbtxt import parse_pbtxt_file

__all__ = ["JsonableType", "parse_pbtxt_file"]
