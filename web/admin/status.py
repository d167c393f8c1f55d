"""Status: how the installation does, with no patient data: what to look at, versions, jobs, backups, disk."""

from flask import render_template
from flask.typing import ResponseReturnValue

from cm_engine.actions.examine import examine_running
from cm_engine.jobs import JOBS
from web.access import Permission
from web.admin.at_sites import sites_for
from web.admin.rooms import admin
from web.at_hand import engine, options
from web.doors import needs


@admin.get("/admin/status")
@needs(Permission.SEE_STATUS)
def status() -> ResponseReturnValue:
    """Show what there is to look at, and how everything does."""
    report = examine_running(engine(), options().settings)
    jobs = {job.name: job.does for job in JOBS}
    zone = sites_for(Permission.SEE_STATUS)[0].zone
    return render_template("admin/status.html", report=report, jobs=jobs, zone=zone)
