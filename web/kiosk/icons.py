"""Icons: a small drawing for a prize, told by the words of its name; a gift for what no word tells."""

import re

# Each icon of `static/prizes.svg`, and the words that it is drawn for.
WORDS: dict[str, str] = {
    "cup": "coffee tea mug cup café taza cocoa",
    "bus": "bus train transit subway ride autobús tren",
    "bottle": "soap shampoo lotion toothbrush toothpaste deodorant jabón champú razor hygiene",
    "sock": "socks sock gloves hat scarf calcetines",
    "shirt": "shirt hoodie clothing clothes sweater jacket camisa ropa",
    "book": "book notebook journal pen calendar planner libro cuaderno",
    "headphones": "headphones earbuds speaker radio music audífonos",
    "basket": "grocery groceries food lunch meal snack sandwich comida supermercado",
    "swim": "swimming pool swim gym natación piscina",
    "film": "movie movies cinema film cine película",
    "phone": "phone charger tablet teléfono cargador",
    "card": "card gift store tarjeta voucher",
}

_WORD = re.compile(r"[^\W_]+")
_ICON_OF = {word: name for name, words in WORDS.items() for word in words.split()}
GIFT = "gift"


def icon(name: str) -> str:
    """Give the icon of a prize by its name: that of the first word that tells one; a card's only where no other does."""
    found = [_ICON_OF[word] for word in _WORD.findall(name.casefold()) if word in _ICON_OF]
    return next((one for one in found if one != "card"), found[0] if found else GIFT)
