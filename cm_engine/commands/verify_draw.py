"""`cm-engine verify-draw`: one draw, computed again from its receipt alone."""

import json
from pathlib import Path

import click

from cm_engine.commands.options import input_file, of_every_command
from cm_engine.drawing import Receipt, faults
from cm_engine.errors import quoted
from cm_engine.exchange.receipt_json import read_receipt
from cm_engine.money import MONEY
from cm_engine.settings import read_settings

NOT_AS_SAID = 1


@click.command("verify-draw", epilog="Example: cm-engine verify-draw receipt.json")
@click.argument("receipt", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the draw's id and what is wrong as JSON, for programs.")
@of_every_command
def verify_draw(receipt: Path, as_json: bool, config: Path | None) -> int:
    """Compute a draw again from its RECEIPT alone (a JSON file; - for standard input).

    Exits 1 where the draw is not as the receipt says, and names everything that is not. Needs no database.
    """
    read_settings(config)
    source = input_file(receipt)
    told = read_receipt(source)
    wrong = faults(told)
    if as_json:
        click.echo(json.dumps({"file": str(source), "draw": told.draw, "faults": wrong}))
    elif wrong:
        count = "1 fault" if len(wrong) == 1 else f"{len(wrong)} faults"
        click.echo("\n".join([f"draw {told.draw}", *wrong, f"the draw is not as the receipt says: {count}"]))
    else:
        click.echo("\n".join([*_computed(told), "the draw is as the receipt says"]))
    return NOT_AS_SAID if wrong else 0


def _computed(receipt: Receipt) -> list[str]:
    """Say what was computed again, for a receipt without a fault."""
    size = receipt.bowl.size
    return [
        f"draw {receipt.draw}",
        f"bytes with the SHA-256 {receipt.sha256}; the same must have been shown before the pick",
        f"bowl of {size} {'slip' if size == 1 else 'slips'} with the SHA-256 {receipt.bowl_sha256}",
        f"pick {receipt.pick} gives slip {receipt.slip}: {quoted(receipt.label)}, worth {MONEY.text(receipt.value)}",
        f"paid {MONEY.text(receipt.paid)}{_less(receipt)}",
    ]


def _less(receipt: Receipt) -> str:
    if receipt.paid == receipt.value:
        return ""
    return ", since the caps left no more; what they left is in the books, and a receipt cannot show it"
