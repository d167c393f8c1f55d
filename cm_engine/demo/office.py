"""What happens in the demo's office, once each: a day is closed, a policy revised and another drafted, the cabinet counted, audits are signed."""

from datetime import date, time, timedelta
from functools import partial

from cm_engine.actions.audit import Signing, audit_figures, audit_tasks, sign_audit
from cm_engine.actions.close_out import close_day
from cm_engine.actions.drafts import Begun, begin_draft
from cm_engine.actions.publishing import Proposed, propose
from cm_engine.actions.roll_up import roll_up
from cm_engine.catalogue import PRESETS
from cm_engine.demo.clinic import Clinic
from cm_engine.demo.spending import count_cabinet
from cm_engine.demo.staff import NAMES
from cm_engine.exchange.policy_file import load_policy, policy_text
from cm_engine.timetable import read_schedule

# Days ago.
BURST_PIPE, COUNTED, REVISED, AUDITED, DRAFTED = 18, 21, 24, 11, 2
TRAINING, ANNOUNCED = -9, 3


def put_down_changes(clinic: Clinic) -> None:
    """Put down all of it."""
    pipe, training = clinic.workday(BURST_PIPE), clinic.workday(TRAINING)
    clinic.at(pipe, time(7, 50), partial(_close, clinic, pipe, "a water pipe burst"))
    clinic.at(clinic.workday(ANNOUNCED), time(14, 30), partial(_close, clinic, training, "all staff are at a training"))
    clinic.at(clinic.workday(REVISED), time(15), partial(_revise, clinic, clinic.workday(REVISED) + timedelta(days=1)))
    clinic.at(clinic.workday(COUNTED), time(16, 40), partial(count_cabinet, clinic, "Pair of socks"))
    clinic.at(clinic.workday(DRAFTED), time(16, 20), partial(_draft, clinic))
    clinic.at(clinic.workday(AUDITED), time(17, 10), partial(_audit, clinic))


def _close(clinic: Clinic, on: date, reason: str) -> None:
    close_day(clinic.engine, clinic.request(clinic.staff.femi), clinic.program, on, reason)
    clinic.closed.add(on)


def _revise(clinic: Clinic, from_day: date) -> None:
    """Publish another version of a policy, whose bonus is worth one draw more."""
    text = policy_text(load_policy("iop-attendance")).replace("amount = 2", "amount = 3")
    note = "The bonus for five groups in a row is worth one draw more, as the team agreed."
    proposed = Proposed(text, from_day, read_schedule(PRESETS["iop-attendance"]), note=note)
    propose(clinic.engine, clinic.request(clinic.staff.femi), clinic.program, proposed)


def _draft(clinic: Clinic) -> None:
    """Begin a draft of another bowl."""
    text = policy_text(load_policy("va-prize")).replace("count = 250", "count = 375")
    begun = Begun("va-prize", "Cheaper bowl", text, "To stay within the budget of the second half of the year.")
    begin_draft(clinic.engine, clinic.request(clinic.staff.femi), clinic.program, begun)


def _audit(clinic: Clinic) -> None:
    """Sign every audit of slips whose month is over, by figures as of now."""
    roll_up(clinic.engine)
    for task in audit_tasks(clinic.engine, clinic.program)["tasks"]:
        if task["kind"] == "slips" and task["state"] != "to come":
            _sign(clinic, task["period"])


def _sign(clinic: Clinic, month: str) -> None:
    seen = audit_figures(clinic.engine, clinic.program, "slips", month)["seen"]
    signing = Signing("slips", month, {}, "The bowl is on the kiosk; nothing to count.", NAMES["femi"][0], seen)
    sign_audit(clinic.engine, clinic.request(clinic.staff.femi), clinic.program, signing)
