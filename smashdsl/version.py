"""The versions of the package (the build reads it from here), the language and the encoding."""

__version__ = "0.1.0"
LANGUAGE = 1
ENCODING = 2
