"""From programs and plans to graphs, pictures, source, tensors and torch modules."""
