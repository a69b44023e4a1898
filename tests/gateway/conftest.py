"""A server of a few lines, as friendly or hostile as a test says."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

import pytest

from tests.upstreams import hostile
from tests.upstreams.hostile import NOT_FOUND, Behaviour


@pytest.fixture
def serving() -> Callable[[Behaviour], contextlib.AbstractContextManager[tuple[str, list[str]]]]:
    return hostile.serving


@pytest.fixture
def gateway() -> Callable[..., contextlib.AbstractContextManager[tuple[str, list[str]]]]:
    """`gateway({path: answer})`: each path answered with bytes, any other with 404."""

    def make(answers: dict[str, bytes]) -> contextlib.AbstractContextManager[tuple[str, list[str]]]:
        def behave(connection: socket.socket, head: str, _: threading.Event) -> None:
            path = head.split(" ")[1] if " " in head else ""
            connection.sendall(answers.get(path, NOT_FOUND))

        return hostile.serving(behave)

    return make
