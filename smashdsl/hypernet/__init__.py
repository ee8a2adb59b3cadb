"""The HyperNet, the weights of a space, and one-shot training over random architectures."""
