"""Test suites that back ends and user code can inherit: each states a contract as tests."""
