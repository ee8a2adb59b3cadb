"""The list of packages: those below smashdsl, and two top-level folders mapped into it.

`grammar/` and `specs/` stand beside the code because people read them without it; installed, they
are `smashdsl.grammar` and `smashdsl.specs`.
"""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["smashdsl", "smashdsl.*"]),
        "smashdsl.grammar",
        "smashdsl.specs",
    ],
    package_dir={"smashdsl.grammar": "grammar", "smashdsl.specs": "specs"},
)
