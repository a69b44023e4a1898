"""What a limit looks like. Pure: bytes, rows and a clock go in, a Limit comes out."""
