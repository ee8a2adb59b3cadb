"""Torch modules → programs and their weights.

`trace` follows a module, `reading` turns its graph into `graph.Graph` by the tables in `leaves`,
`structure` finds where one value is all there is, `blocks` and `parts` make a program between these
places, `groups` names its ops after the module's classes, and `weights` says which tensor fills
which slot.
"""
