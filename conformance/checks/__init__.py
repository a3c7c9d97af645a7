"""The checks, one module per area. None of them knows an exchange by name."""
