"""The tables of a ledger, as they stand in its file.

Every row ends with a checksum of what comes before it. Programs and scorers are numbered within a
file; another file numbers them otherwise.

facts        what run the ledger belongs to, each value as JSON
scorers      the names of scorers
programs     hash and costs of every program
genomes      the draws of every program: JSON, compressed by zlib where it is long
scores       what a scorer says of a program: no score is minus infinity, no error is infinity;
             `found` is the number of the first proposal
likelihoods  the scorer's log-likelihood of each validation image, float32, least byte first
proposals    which programs were proposed to be scored by a scorer, in their order
measures     other numbers of programs, such as latencies, by name
"""

from __future__ import annotations

import sqlite3
from functools import cache

APPLICATION = 0x534D4C31  # "SML1" in the file's header
VERSION = 1

SCHEMA = """
CREATE TABLE facts (
  name TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE scorers (
  scorer INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, checksum INTEGER NOT NULL
);
CREATE TABLE programs (
  program INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, params INTEGER NOT NULL,
  flops INTEGER NOT NULL, depth INTEGER NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE genomes (
  program INTEGER PRIMARY KEY, genome NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE scores (
  scorer INTEGER NOT NULL, program INTEGER NOT NULL, score REAL, stderr REAL, error REAL,
  images INTEGER NOT NULL, validation_images INTEGER, stage INTEGER NOT NULL,
  seconds REAL NOT NULL, time TEXT NOT NULL, seed INTEGER NOT NULL, found INTEGER NOT NULL,
  checksum INTEGER NOT NULL, PRIMARY KEY (scorer, program)
) WITHOUT ROWID;
CREATE INDEX ranking ON scores (scorer, score DESC, found);
CREATE TABLE likelihoods (
  scorer INTEGER NOT NULL, program INTEGER NOT NULL, likelihoods BLOB NOT NULL,
  checksum INTEGER NOT NULL, PRIMARY KEY (scorer, program)
);
CREATE TABLE proposals (
  scorer INTEGER NOT NULL, number INTEGER NOT NULL, proposer TEXT NOT NULL,
  proposer_number INTEGER NOT NULL, program INTEGER NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (scorer, number)
) WITHOUT ROWID;
CREATE INDEX found_as ON proposals (scorer, program, proposer);
CREATE TABLE measures (
  program INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (program, name)
) WITHOUT ROWID;
"""

Objects = frozenset[tuple[str, str, str, str | None]]


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, and mark it as a ledger."""
    connection.executescript(SCHEMA)
    connection.execute(f"PRAGMA application_id={APPLICATION}")
    connection.execute(f"PRAGMA user_version={VERSION}")


def objects_of(connection: sqlite3.Connection) -> Objects:
    """Everything that a file defines: tables, indices, views and triggers, with their texts."""
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
    return frozenset(found.fetchall())


@cache
def expected_objects() -> Objects:
    """What a ledger defines, and nothing else."""
    connection = sqlite3.connect(":memory:")
    try:
        make_tables(connection)
        return objects_of(connection)
    finally:
        connection.close()
