"""docs/compatibility.md, and the short form of it that `scripts/matrix` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from claude_fallback.limits.limit import Kind
from claude_fallback.rehearsal import moments
from claude_fallback.rehearsal.scenarios import SCENARIOS
from scripts import meanings, tables
from scripts.compatibility import grouped, others
from scripts.compatibility.cells import VARIANTS, WHOLE
from scripts.compatibility.conclusion import Conclusion, conclude
from scripts.compatibility.grouped import Row
from scripts.compatibility.recording import Release

_FEW = 5  # cells that are named and not only counted
_HEADS = ("releases", "moment", "claude printed", "taken for", "seen in")


def compatibility_page(known: Sequence[Release]) -> str:
    judged = [(release, one) for release in known for one in map(conclude, release.recordings)]
    supported = [pair for pair in judged if not pair[1].handed_over]
    lines = [*_introduction(known, judged), *_releases(known, judged)]
    rows = grouped.rows(supported)
    versions = [release.version for release in known]
    lines += ["", *_others([one for _, one in judged])]
    for scenario in (*WHOLE, *VARIANTS):
        mine = [row for row in rows if row.scenario == scenario]
        lines += ["", *_scenario(scenario, mine, versions)]
    return "\n".join(lines) + "\n"


def summary(played: Sequence[Release]) -> Iterator[str]:
    """What each printed and what we concluded; then what is wrong, and a count."""
    for release in played:
        judged = [(release, conclude(one)) for one in release.recordings]
        yield f"claude {release.version}, {release.date}"
        shown = [pair for pair in judged if not pair[1].handed_over]
        yield from (f"  {line}" for line in tables.aligned(list(map(_short, grouped.rows(shown)))))
        for _, one in judged:
            if one.fault:
                yield f"  WRONG  {one.recording.cell}: {one.fault} ({grouped.shape(one.printed)})"
        yield from (f"  not shown  {cell}" for cell in release.unshown)
        if len(release.missing) <= _FEW:
            yield from (f"  not recorded  {cell}" for cell in release.missing)
        wrong = sum(bool(one.fault) for _, one in judged)
        yield (
            f"  {len(judged)} cells, {wrong} wrong, {len(release.unshown)} not shown,"
            f" {len(release.missing)} not recorded"
        )


def _short(row: Row) -> tuple[str, ...]:
    return row.scenario, row.moment, row.printed[:70], row.taken_for, ", ".join(row.modes)


def _introduction(known: Sequence[Release], judged: Sequence[tuple[Release, Conclusion]]) -> list[str]:
    dates = sorted({release.date for release in known})
    wrong = sum(bool(one.fault) for _, one in judged)
    return [
        "# Compatibility",
        "",
        tables.MADE,
        "",
        f"{len(known)} releases of claude, {known[0].version} to {known[-1].version}, run against a stand-in"
        f" for Anthropic's API that refuses as the real one does; recorded {_from_to(dates)}. The tests judge"
        f" each of the {len(judged)} recordings again, with the code of a run: {wrong} wrong.",
        "",
        "`scripts/matrix --new` asks npm for newer releases, runs them, says what they word otherwise and"
        " makes this page anew. A wrong conclusion ends it with exit code 1.",
    ]


def _from_to(dates: Sequence[str]) -> str:
    return dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"


def _releases(known: Sequence[Release], judged: Sequence[tuple[Release, Conclusion]]) -> list[str]:
    def counted(release: Release) -> tuple[str, ...]:
        mine = [one for owner, one in judged if owner is release]
        right = sum(not one.fault for one in mine)
        what = (
            "not supported: started as if we were not there" if any(one.handed_over for one in mine) else ""
        )
        gaps = (str(len(cells) or "") for cells in (release.unshown, release.missing))
        return release.version, release.date, f"{right} of {len(mine)}", *gaps, what

    heads = ("release", "recorded", "right", "not shown", "not recorded", "")
    table = tables.markdown(heads, map(counted, known)).rstrip("\n")
    return ["", "## The releases", "", table, *_unshown(known)]


def _unshown(known: Sequence[Release]) -> Iterator[str]:
    """What a release was asked for and did not show is no pass: it is named."""
    lines = [f"- {release.version}: {cell}" for release in known for cell in release.unshown]
    if lines:
        yield from (
            "",
            "Not shown: the release went on retrying, or drew no answer, for a minute.",
            "",
            *lines,
        )


def _others(judged: Sequence[Conclusion]) -> list[str]:
    return [
        "## Other ways to look for a limit",
        "",
        "On the same set: every recording in which a plan, a spend cap or credits were used up, as the bytes"
        " that a tool sees; against the decoys of the tests (`tests/limits/decoys.jsonl`) and the recordings"
        " in which the turn went on. What others look for is put in our own words, as of this page's date."
        " Ours was made with these recordings at hand, and reads fields where others read words.",
        "",
        *others.table(judged),
    ]


def _scenario(name: str, rows: Iterable[Row], versions: Sequence[str]) -> list[str]:
    scenario = SCENARIOS[name]
    what = meanings.KINDS[scenario.kind] if scenario.kind else "the turn goes on"
    kind = scenario.kind.value if isinstance(scenario.kind, Kind) else "no stop"
    order = {moment: place for place, moment in enumerate(moments.MOMENTS)}
    ordered = sorted(rows, key=lambda row: (order[row.moment], versions.index(row.releases[0])))
    cells = (
        (
            grouped.span(row.releases, versions),
            row.moment,
            tables.code(row.printed) if row.printed else "",
            row.taken_for if row.right else f"**{row.taken_for}** (wrong)",
            ", ".join(row.modes),
        )
        for row in ordered
    )
    return [
        f"## {name}: {kind}",
        "",
        f"{what[0].upper()}{what[1:]}.",
        "",
        tables.markdown(_HEADS, cells).rstrip("\n"),
    ]
