"""The Dagster code location. The only module of the library that looks up at assets, jobs and sensors."""

from __future__ import annotations

import dagster as dg

from resources.runtime import RuntimeResource


def build_definitions(runtime: RuntimeResource | None = None) -> dg.Definitions:
    """All definitions. Touches no network, file or database: everything is opened at first use.

    Tests hand in a `runtime` of their own.
    """
    from assets import checks, connections, content, health, planning, watching
    from assets.health_checks import CHECKS as HEALTH_CHECKS
    from assets.version_check import CHECKS as VERSION_CHECKS
    from jobs import connections as connection_jobs
    from jobs import content as content_jobs
    from jobs import health as health_jobs
    from jobs import planning as planning_jobs
    from jobs import watching as watching_jobs
    from jobs.schedules import SCHEDULES
    from sensors import connections as connection_sensors
    from sensors import content as content_sensors
    from sensors import health as health_sensors
    from sensors import planning as planning_sensors

    return dg.Definitions(
        assets=dg.load_assets_from_modules([planning, content, connections, watching, health]),
        asset_checks=[*checks.CHECKS, *VERSION_CHECKS, *HEALTH_CHECKS],
        jobs=[*planning_jobs.JOBS, *content_jobs.JOBS, *connection_jobs.JOBS, *watching_jobs.JOBS, *health_jobs.JOBS],
        schedules=[*SCHEDULES, *connection_jobs.SCHEDULES, *health_jobs.SCHEDULES],
        sensors=[
            *planning_sensors.SENSORS,
            *content_sensors.SENSORS,
            *connection_sensors.SENSORS,
            *health_sensors.SENSORS,
        ],
        resources={"runtime": runtime or RuntimeResource()},
    )


defs = build_definitions()
