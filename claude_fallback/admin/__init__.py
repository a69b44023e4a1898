"""Our own commands: click at the edge, one verb per file."""
