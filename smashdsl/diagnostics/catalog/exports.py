"""E832, E906, E908, E909, E914, E915: networks that leave."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E832",
        "nested too deeply for Python source",
        "Combinators (`sum { ... ; ... }` and the like) may be nested 40 levels deep in a network\n"
        "that is exported as Python source, since Python limits brackets within brackets. The\n"
        "torch module and all other artefacts have no such limit.",
    ),
    Entry(
        "E906",
        "a registered operation cannot be exported",
        "The exported file needs nothing but torch, so it can hold only operations that the\n"
        "language has itself. One that was added with `register_op` is Python code elsewhere.\n"
        "Write it with built-in operations, or keep the network as a torch module.",
    ),
    Entry(
        "E908",
        "the exported file is not the network",
        "`export --verify` ran the file in a process that cannot import smashdsl, or by\n"
        "onnxruntime, and something was not as in the network compiled here: the names or shapes\n"
        "of its parameters, or its outputs for the same weights and input. The message says what.\n"
        "If the file was edited, export it again; otherwise this is a fault of smashdsl, and a\n"
        "report is welcome.",
    ),
    Entry(
        "E909",
        "weights that do not fit the network",
        "The file named with `--load` is no safetensors file, or holds other tensors than the\n"
        "network has: a name or a shape differs. The names are those of the state dict of the\n"
        "torch module, which `info --expand` and the exported Python file show; a file that\n"
        "`export` wrote after `--simplify` or `--fold-bn` fits the network that it wrote alone.",
    ),
    Entry(
        "E914",
        "a package for ONNX is missing",
        "Writing ONNX needs the packages `onnx` and `onnxscript`, and `--verify` needs\n"
        "`onnxruntime`. They are the extra `onnx` of smashdsl, which a plain installation leaves\n"
        "out. The formats `python`, `pt2` and `fx` need nothing more.",
    ),
    Entry(
        "E915",
        "torch cannot write the network in this format",
        "ONNX and PT2 files are made by torch, which has to capture the network as a graph of\n"
        "operations that it knows. Operations that were registered from Python may do what cannot\n"
        "be captured, and one ONNX file holds 2 GiB at most. Python source has no such limits.",
    ),
)
