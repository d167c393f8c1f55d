"""Specimens: how a sample can be, and what a test of it comes out as; and the reasons that excuse an absence.

As staff would say it: the findings of a valid sample decide. One that cannot be read is invalid, whatever it shows; the thresholds
that are told are common ones, and a program goes by its own.
"""

from typing import NamedTuple


class Validity(NamedTuple):
    """How a specimen is: the word it is kept by, what staff call it, how it is told, and the outcome; none where findings decide."""

    word: str
    title: str
    told_by: str
    outcome: str = ""


VALID = Validity("valid", "Valid", "The findings decide.")

VALIDITIES = (
    VALID,
    Validity(
        "dilute-accepted",
        "Dilute, accepted",
        "Creatinine under 20 mg/dL with specific gravity under 1.003, where the program lets the findings decide.",
    ),
    Validity("dilute", "Dilute, not accepted", "The same, where the program does not accept it.", "invalid"),
    Validity("substituted", "Substituted", "Creatinine under 2 mg/dL.", "invalid"),
    Validity("adulterated", "Adulterated", "pH under 4 or from 11 on, or nitrite from 500 mcg/mL on.", "invalid"),
    Validity("temperature", "Wrong temperature", "Outside of 90 to 100 °F within four minutes.", "invalid"),
    Validity("insufficient", "Not enough", "Too little to test.", "insufficient"),
    Validity("refused", "Refused", "Asked for a sample, and none was given.", "refused"),
    Validity("pending", "Sent to the laboratory", "Counts once the result is there: correct it then.", "pending"),
    Validity(
        "collect-again", "Collect again", "This sample counts for nothing; the next one of today does.", "cancelled"
    ),
)

BY_WORD = {validity.word: validity for validity in VALIDITIES}

# Why an absence is excused, as programs see it.
EXCUSES = (
    "illness",
    "hospital",
    "no transport",
    "no money to come",
    "jail",
    "vacation",
    "clinic closed",
    "other",
)
