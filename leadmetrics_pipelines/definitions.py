"""The Dagster code location. The only module of the library that looks up at assets, jobs and sensors."""

from __future__ import annotations

import dagster as dg


def build_definitions() -> dg.Definitions:
    """All definitions. Touches no network, file or database: everything is opened at first use."""
    from assets import checks, content, planning
    from jobs import content as content_jobs
    from jobs import planning as planning_jobs
    from jobs.schedules import SCHEDULES
    from resources.runtime import RuntimeResource
    from sensors import content as content_sensors
    from sensors import planning as planning_sensors

    return dg.Definitions(
        assets=dg.load_assets_from_modules([planning, content]),
        asset_checks=checks.CHECKS,
        jobs=[*planning_jobs.JOBS, *content_jobs.JOBS],
        schedules=SCHEDULES,
        sensors=[*planning_sensors.SENSORS, *content_sensors.SENSORS],
        resources={"runtime": RuntimeResource()},
    )


defs = build_definitions()
