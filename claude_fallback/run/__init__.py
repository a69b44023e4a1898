"""One run of claude, from argv to exit code."""
