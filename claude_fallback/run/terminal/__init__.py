"""A session in the user's terminal: claude on a pty, relayed byte for byte."""
