"""Links, addresses and paths in the documentation."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from claude_fallback.gateway import adapters
from tests.docs import reading

# Hosts that the pages of our own words may lead to; every other one needs a reason here.
_HOSTS = {"code.claude.com", "ollama.com", "keepachangelog.com", "semver.org", "localhost", "127.0.0.1",
          "gateway.example", "api.example.org", "litellm.example", "vllm"}  # fmt: skip


@pytest.mark.parametrize("page", reading.PAGES)
def test_relative_links_lead_somewhere(page: str) -> None:
    """A link into the checkout has a file, and its heading when it names one."""
    here = (reading.ROOT / page).parent
    for link in re.findall(r"\]\(([^)\s]+)\)", reading.text(page)):
        path, _, heading = link.partition("#")
        if urlsplit(link).scheme:
            continue
        target = here / path if path else reading.ROOT / page
        assert target.is_file(), link
        titles = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
        assert not heading or heading in {title.lower().replace(" ", "-") for title in titles}, link


@pytest.mark.parametrize("page", reading.OWN_WORDS)
def test_hosts_are_known(page: str) -> None:
    """No address of a package index, a mirror or somebody's machine."""
    hosts = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s)`\"]+", reading.text(page))}
    adapted = {urlsplit(adapters.find(name).base_url or "").hostname for name in adapters.names()}
    assert hosts <= _HOSTS | adapted


@pytest.mark.parametrize("page", reading.PAGES)
def test_no_path_of_a_machine(page: str) -> None:
    """Nobody's home, temporary folder or checkout is in the text."""
    found = re.findall(r"(?<![\w.~$})/-])/(?:home|root|tmp|work|opt|usr|var|Users)/\S*", reading.text(page))
    assert found == []


@pytest.mark.parametrize("page", reading.OWN_WORDS)
def test_named_files_exist(page: str) -> None:
    """A path in code is one of the checkout's or of the package's."""
    models = {adapters.find(name).model for name in adapters.names()}
    for span in set(reading.spans(page)) - models:
        if not re.fullmatch(r"[a-z_.][\w.-]*(?:/[\w.-]*)+", span) or re.search(r"[A-Z]{4}", span):
            continue
        if span.startswith(".claude/"):
            continue  # in a project of the user's
        places = (
            reading.ROOT / span,
            *(reading.ROOT / "claude_fallback" / name for name in (span, f"{span}.py")),
        )
        assert any(place.exists() for place in places), span


def test_contributing_is_short() -> None:
    """Under 60 lines, or nobody reads it."""
    assert len(reading.text("CONTRIBUTING.md").splitlines()) < 60


def test_architecture_is_one_page() -> None:
    """What does not fit on a page is in the code."""
    assert len(reading.text("ARCHITECTURE.md").splitlines()) <= 80
