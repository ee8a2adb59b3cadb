"""E99x: networks from elsewhere, and encodings for predictors from elsewhere."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E997",
        "nothing that can be imported",
        "`smashdsl import` reads networks as others write them: names of benchmarks' networks,\n"
        "genotypes, archives of the released SMASH code. This is not written as the kind that was\n"
        "asked for needs it; the message says what is wrong, `smashdsl import KIND --help` shows\n"
        "an example.",
    ),
    Entry(
        "E998",
        "an architecture that is no program",
        "The archive holds an architecture with something that the language does not allow, such\n"
        "as a layer that reads an empty bank, or that writes only a part of what it makes. The\n"
        "message names the layer. Other architectures of the archive may do.",
    ),
    Entry(
        "E999",
        "a pickle with more than data in it",
        "Archives with arrays of objects are pickles, which can name functions to be called when\n"
        "they are read. Only what numpy writes for arrays, numbers and lists is understood here;\n"
        "this file has something else in it, or is damaged. Nothing of it has been executed.",
    ),
    Entry(
        "E993",
        "a trial that means no program",
        "A trial of Optuna names a program by the parameters that `smashdsl`'s own samplers use:\n"
        "one for each draw of the space, by its path, with the place of the option that is meant.\n"
        "The message says which parameter is missing, unknown or out of range; or what is wrong\n"
        "with the storage.",
    ),
    Entry(
        "E994",
        "a part of a module that does not fit",
        "A torch module becomes a program if its operations are in the language's table, with\n"
        "the same meaning, and if its data flows as banks allow: values of one resolution live\n"
        "side by side, and where the resolution changes, one value goes in and one comes out. The\n"
        "message names the first node of the module's graph that does not fit, where it is in the\n"
        "module, and why.",
    ),
    Entry(
        "E995",
        "a module that cannot be followed",
        "The module was called with torch.fx, which follows what happens to the input through\n"
        "its `forward`, and then with an example. One of the two failed; the message has torch's\n"
        "reason. Control flow that depends on values cannot be followed.",
    ),
    Entry(
        "E996",
        "an encoding that would be too large",
        "A matrix of what reads what has an entry for each pair of steps, and the number of paths\n"
        "doubles wherever a value goes two ways and meets again. Paths can be counted for each\n"
        "part of a network apart, or up to a length; the other encodings stay small.",
    ),
)
