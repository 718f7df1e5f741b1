"""The configuration of Piccolo's own commands: `PICCOLO_CONF=backend.schema.piccolo_conf`."""

from piccolo.conf.apps import AppRegistry

from backend.core.database import DB  # noqa: F401  # Piccolo looks for this name

APP_REGISTRY = AppRegistry(apps=["backend.schema.piccolo_app"])
