"""Every measurement can be started: nothing else in the test run imports them all."""

from importlib import import_module
from pkgutil import iter_modules

from tests import bench, emulators

SCRIPTS = {"__main__", "teams_schema", "telegram_bridge"}  # they do their work when imported, or need what npm brings


def test_every_module_can_be_imported() -> None:
    faults = []
    for package in (bench, emulators):
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] in SCRIPTS:
                continue
            try:
                import_module(module.name)
            except (ImportError, AttributeError) as error:
                faults.append(f"{module.name}: {error}")
    assert not faults, "\n".join(faults)
