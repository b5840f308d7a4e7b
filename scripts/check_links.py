"""Checks that every link of our Markdown documents to a file or heading of this repository leads somewhere.

Addresses on the web are left alone: a document does not break because somebody's site is away.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


def find_documents() -> list[Path]:
    """All Markdown files that belong to the repository, the ones not committed yet too."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]
    return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def find_anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as the usual renderers make them."""
    anchors: set[str] = set()
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", FENCE.sub("", document.read_text()), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        base = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        anchor, number = base, 0
        while anchor in anchors:
            number += 1
            anchor = f"{base}-{number}"
        anchors.add(anchor)
    return anchors


def check_link(document: Path, link: str) -> str | None:
    """What is wrong with a link, None when nothing is."""
    if re.match(r"[a-z][a-z0-9+.-]*:", link):
        return None
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    if not target.exists():
        return f"{path} does not exist"
    if anchor and target.suffix == ".md" and anchor not in find_anchors(target):
        return f"{target.relative_to(ROOT)} has no heading #{anchor}"
    return None


def main() -> int:
    """Exit code 1 when a link is broken."""
    broken = [
        f"{document.relative_to(ROOT)}: {problem}"
        for document in find_documents()
        for link in LINK.findall(FENCE.sub("", document.read_text()))
        if (problem := check_link(document, link))
    ]
    print("\n".join(broken), end="\n" if broken else "")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
