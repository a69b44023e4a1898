"""The matrix: what each release of claude does at each limit, and what we make of it."""
