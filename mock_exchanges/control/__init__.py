"""The control API: trouble on command over HTTP, for users of any language.

`models` says what passes, `routes` which verbs there are, `desk` answers them without
I/O, `guard` says who may, `client` is the Python client.
"""

# No exchange has a path under it.
PREFIX = "/_mock"
