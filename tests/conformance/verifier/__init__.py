"""A verifier of Yinglian's evidence, written from docs/specs alone: the standard library of Python and nothing else."""
