"""E92x files that are written, E93x data, E94x runs."""

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
        "E930",
        "no such data",
        "`--data` takes `digits` (scikit-learn's handwritten digits, which need no download)\n"
        "or the path of a parquet file or of a folder with `train-*.parquet`.",
    ),
    Entry(
        "E931",
        "no parquet files that can be read",
        "A folder of images needs files whose names, or whose folder's name, start with\n"
        "`train`; a `test-*` or `valid*` file beside them is the test set, and without one a\n"
        "fifth of the examples is held out. One path must lead to one data set.",
    ),
    Entry(
        "E932",
        "columns that cannot be images or labels",
        "A data set needs one column of images and one of integers that number the classes,\n"
        "called `label` where there are several. Images are a struct with a field `bytes`\n"
        "that holds a JPEG or PNG, as the Hugging Face hub has them, or voxel grids of fixed\n"
        "size, one byte a voxel, with their shape in the file's metadata (`shape: 32,32,32`).",
    ),
    Entry(
        "E933",
        "an image that cannot be decoded",
        "The row named in the message holds no image, a damaged one, or one of a kind that is\n"
        "not supported (more than 8 bits a channel, more than 16 million pixels).",
    ),
    Entry(
        "E934",
        "images of several sizes",
        "All images of a data set must have the same size, in every split. Resize them first.",
    ),
    Entry(
        "E935",
        "a label out of range",
        "Labels count the classes from 0. Every row needs one, and where the file names its\n"
        "classes none may be beyond them.",
    ),
    Entry(
        "E936",
        "too few examples",
        "Examples for validation, and for testing where the set has no test files, are taken\n"
        "from every class in proportion, so every class needs at least two examples for each\n"
        "cut.",
    ),
    Entry(
        "E937",
        "data that do not fit the network",
        "The images' shape and the number of classes must be those that the program or space\n"
        "declares with `input` and `classes`. Change the file, or use other data.",
    ),
    Entry(
        "E938",
        "a package for reading data is missing",
        "Reading images needs packages that the language itself does not: scikit-learn for\n"
        "`digits`, pyarrow and pillow for parquet files. Install the one the message names.",
    ),
    Entry(
        "E939",
        "data too large for memory",
        "Images are kept in memory, and these need more than 4 GiB even before they become\n"
        "floating-point numbers. Read fewer of them, or smaller ones.",
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
        "E947",
        "processes that do not find each other",
        "Several processes train together when a launcher such as `torchrun` starts them and\n"
        "tells each, in environment variables, who it is and where the first one listens.\n"
        "These variables are incomplete, the first process cannot be reached, one of them has\n"
        "ended, or they do not go on from one and the same checkpoint.",
    ),
)
