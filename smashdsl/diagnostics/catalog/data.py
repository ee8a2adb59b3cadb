"""E93x and E95x: data."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E930",
        "no such data",
        "`--data` takes `digits` (scikit-learn's handwritten digits, which need no download),\n"
        "the name of a known set such as `cifar10`, `hub:OWNER/SET`, or a path: of a parquet\n"
        "file, of an .npz archive, or of a folder of parquet files or of images. What was given\n"
        "is none of these; a path is relative to the current folder.",
    ),
    Entry(
        "E931",
        "no data set in this place",
        "A folder needs files whose names, or whose folder's name, start with `train`, or a\n"
        "folder `train` with a folder of images for each class; a `test` and a `validation`\n"
        "beside it are used, and what is missing is held out. One path must lead to one data\n"
        "set, and its files must be readable.",
    ),
    Entry(
        "E932",
        "columns that cannot be images or labels",
        "A table needs one column of images and one of integers that number the classes. Where\n"
        "there are several, those with a usual name are taken (`image`, `img`; `label`,\n"
        "`fine_label`), or those that follow the path: `PATH?image=photo&label=breed`. Images\n"
        "are a struct with a field `bytes` that holds a JPEG or PNG, as the Hugging Face hub has\n"
        "them, binary values, or voxel grids of fixed size, one byte a voxel, with their shape\n"
        "in the file's metadata (`shape: 32,32,32`).",
    ),
    Entry(
        "E933",
        "an image that cannot be decoded",
        "The row or file named in the message holds no image, a damaged one, or one of a kind\n"
        "that is not supported (more than 8 bits a channel, more than 16 million pixels).",
    ),
    Entry(
        "E934",
        "images of several sizes",
        "All images of a data set must have the same size, in every split. Resize them first;\n"
        "`?size=` shrinks images that have one size already.",
    ),
    Entry(
        "E935",
        "a label out of range",
        "Labels count the classes from 0. Every row needs one, and where the classes have names\n"
        "none may be beyond them.",
    ),
    Entry(
        "E936",
        "too few examples",
        "Examples for validation, and for testing where the set has no test files, are taken\n"
        "from every class in proportion, so every class needs at least two examples for each\n"
        "cut; and no split may be empty.",
    ),
    Entry(
        "E937",
        "data that do not fit the network",
        "The images' shape and the number of classes must be those that the program or space\n"
        "declares with `input` and `classes`. Change the file, or use other data.",
    ),
    Entry(
        "E938",
        "a package is missing",
        "Reading images needs packages that the language itself does not: scikit-learn for\n"
        "`digits`, pyarrow and pillow for parquet files, pillow for image files, datasets for\n"
        "sets of the Hugging Face hub; `--tensorboard` needs tensorboard, a ledger as parquet\n"
        "pyarrow, and `--engine ray` ray. Install the one the message names.",
    ),
    Entry(
        "E939",
        "data too large for memory",
        "Images are kept in memory, and these need more than 4 GiB. Read fewer of them\n"
        "(`--limit`), or smaller ones.",
    ),
    Entry(
        "E950",
        "a data set that cannot be fetched",
        "The set is fetched from the Hugging Face hub the first time, which needs a network and,\n"
        "for some sets, an account that has accepted their terms; later it is read from the\n"
        "library's cache. Where there is no network, fetch it elsewhere, for example with\n"
        "`hf download OWNER/SET --repo-type dataset --local-dir DIR`, bring the folder over and\n"
        "give its path: `--data DIR`.",
    ),
    Entry(
        "E951",
        "a wrong option of the data",
        "Options follow a `?` after the place, joined by `&`: `PATH?image=photo&label=breed`.\n"
        "Parquet files have `image`, `label` and `as`, .npz archives `channels` and `as`,\n"
        "folders of images `as`, and sets of the hub `config`, `revision`, `image` and `label`.\n"
        "`as` names a known set that the data are a copy of. All have `size`, the resolution to\n"
        "which images are averaged down, as in `size=16` or `size=16x8`; it must divide theirs.",
    ),
    Entry(
        "E952",
        "a folder that is not one of classes of images",
        "A folder of images has a folder `train`, which has a folder for each class, which has\n"
        "image files and nothing else; `validation` and `test` beside it may only have classes\n"
        "that `train` has. Hidden files are passed over. Move away what the message names.",
    ),
    Entry(
        "E953",
        "arrays that cannot be images and labels",
        "An .npz archive has `train_images` and `train_labels` and perhaps the same for\n"
        "`validation` and `test`, or `images` and `labels` alone. Images are numbers of the\n"
        "shape (n, height, width) or (n, channels, height, width), labels whole numbers (n,).\n"
        "Where channels come last, or there are none, say so: `channels=last`, `channels=none`.\n"
        "Archives with pickled objects are not read.",
    ),
    Entry(
        "E954",
        "numbers that cannot be pixels",
        "An array of images has NaN, infinity or a number too large for 32-bit floats. Training\n"
        "would fail on it; the message names the first row.",
    ),
    Entry(
        "E955",
        "data that are not what their name says",
        "The data were named as a known set, but their images have another shape, or their\n"
        "number of classes is another. They may be a resized or partial copy, which can be read\n"
        "as any other data by leaving out `as`.",
    ),
    Entry(
        "E956",
        "a list of classes that does not fit",
        "`classes.tsv` beside parquet files names the classes: below a line of headings, one\n"
        "line each with the number, a tab, perhaps other columns, and the name. The numbers must\n"
        "run from 0 without gaps, and be as many as the classes that the files name.",
    ),
)
