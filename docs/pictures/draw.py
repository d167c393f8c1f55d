"""Draw the README's picture of a terminal anew: `make pictures`. It shows what the command prints, nothing else."""

import io
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
EXAMPLE = "docs/examples/ben.csv"
COMMAND = ("cm-engine", "replay", EXAMPLE, "--policy", "higgins-voucher", "--table")

# No web font: the picture loads nothing.
FORMAT = """<svg class="terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
{chrome}
<style>
.{unique_id}-matrix {{ font: {char_height}px "DejaVu Sans Mono", Menlo, Consolas, monospace; line-height: {line_height}px; }}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Run the command, and draw what it prints."""
    script = str(Path(sys.executable).with_name(COMMAND[0]))
    printed = subprocess.run([script, *COMMAND[1:]], capture_output=True, text=True, check=True).stdout
    console = Console(record=True, width=max(map(len, printed.splitlines())) + 1, file=io.StringIO())
    console.print(Text("$ " + " ".join(COMMAND), style="bold"))
    console.print(Text(printed.rstrip()))
    title = "What one participant's events earned, and why"
    console.save_svg(str(HERE / "replay.svg"), title=title, code_format=FORMAT, unique_id="replay")


if __name__ == "__main__":
    main()
