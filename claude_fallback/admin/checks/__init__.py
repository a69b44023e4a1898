"""What makes a fallback fail, looked for before it is needed: one subject a file, each gives findings."""
