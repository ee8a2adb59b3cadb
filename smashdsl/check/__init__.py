"""Every mistake in a file, and proofs and bounds over whole spaces."""
