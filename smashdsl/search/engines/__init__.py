"""Where candidates are scored and trained: in this process, or by the workers of a cluster."""
