"""Networks from elsewhere → programs with idiomatic text.

Nothing that is read is executed: genotypes are literals, pickles are read without their callables,
and only `from_module` calls a network, which its caller has made.
"""
