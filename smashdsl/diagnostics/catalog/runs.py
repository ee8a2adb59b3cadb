"""E92x files that are written, E94x runs."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E920",
        "the file cannot be written",
        "The operating system refused to write there; the message says why. Files are written\n"
        "whole or not at all, so an older file of that name is unharmed.",
    ),
    Entry(
        "E921",
        "a folder is in the way",
        "A file was to be written where a folder is. Name a file inside that folder, or\n"
        "another name.",
    ),
    Entry(
        "E922",
        "no space is left",
        "The disk is full, or a quota is used up. Nothing was half-written: an older file of\n"
        "that name is unharmed. Free some space, or write to another disk, and run the\n"
        "command again.",
    ),
    Entry(
        "E923",
        "a file of a run cannot be read",
        "A settings file, a genome or a checkpoint is missing, is a folder, may not be read,\n"
        "or is far too large to be what it should be. The message says which.",
    ),
    Entry(
        "E924",
        "not JSON",
        "The file should hold JSON but does not; the message says where it breaks. The tool\n"
        "writes such files whole or not at all, so it was probably edited or comes from\n"
        "elsewhere.",
    ),
    Entry(
        "E940",
        "a damaged checkpoint",
        "The file is no checkpoint, is cut off, or lacks parts. Checkpoints are written whole\n"
        "or not at all, so it was probably damaged later. Delete it to start again.",
    ),
    Entry(
        "E941",
        "a checkpoint of something else",
        "The checkpoint was written for another space, network, data set or other settings,\n"
        "or by a version with another encoding; the message says what differs. Going on from\n"
        "it would mix two runs. Use another run directory, or the settings of that run.",
    ),
    Entry(
        "E942",
        "training diverged",
        "The loss became infinite or not a number. Usually the learning rate is too high.",
    ),
    Entry(
        "E943",
        "a folder that holds no run",
        "The folder was not made by `search` or `train`: it has no description of a run.\n"
        "Name the folder that was given as `--run`, or start one with `smashdsl search`.",
    ),
    Entry(
        "E944",
        "a run that is damaged",
        "A file of the run is missing, changed, or belongs to another run; the message names\n"
        "it. What is whole in the folder is left as it is.",
    ),
    Entry(
        "E945",
        "a step that comes too early",
        "A run goes through its steps in order: train, rank, fit, export. The help line names\n"
        "the command for the step that is missing.",
    ),
    Entry(
        "E946",
        "a run in use by another process",
        "Several processes may read a run at the same time, and one may write it: another one\n"
        "trains, ranks or fits in the same folder, or writes scores for so long that this one\n"
        "gave up waiting. Nothing is lost: what each had written before is there. Wait until the\n"
        "other has ended; the same command then goes on where that one stopped.",
    ),
    Entry(
        "E947",
        "processes that do not find each other, or lose one",
        "Several processes train together when a launcher such as `torchrun` starts them and\n"
        "tells each, in environment variables, who it is and where the first one listens.\n"
        "These variables are incomplete, the first process cannot be reached, one of them has\n"
        "ended, or they do not go on from one and the same checkpoint. When one ends early, the\n"
        "others end too; started again, they go on from the last checkpoint.",
    ),
    Entry(
        "E948",
        "a file that is no ledger",
        "Scores are kept in a SQLite file with certain tables and no others, and with a mark in\n"
        "its header. The file named in the message is something else, was changed by another\n"
        "program, or was written by a version of smashdsl whose tables are others. Nothing in it\n"
        "was used, and it is left as it is.",
    ),
    Entry(
        "E949",
        "a file of another version",
        "A checkpoint or the description of a run is whole, but not as this version of smashdsl\n"
        "writes it: its format, its settings or its tensors have other names or shapes. The\n"
        "message says which. Nothing in it was used. Go on with the version that wrote it, which\n"
        "`run.json` names under `environments`, or start again.",
    ),
)
