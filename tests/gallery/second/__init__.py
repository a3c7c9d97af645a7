"""Second implementations: right adapters written by other hands, with other libraries.

None of them imports the reference adapters. Each names the points of fairness it stands for
in its docstring (tests/meta/test_fairness.py).
"""
