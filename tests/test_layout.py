"""Every module has a test module of the same name, and the other way round."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("collab", "rooms", "ingest", "ai", "store", "web")

#: Modules without behaviour of their own: errors, tables of constants, what only wires or only tests.
WITHOUT_TESTS = {
    "ai/errors",
    "ai/limits",
    "ai/models/base",
    "collab/errors",
    "collab/origins",
    "ingest/errors",
    "ingest/extract/job",
    "ingest/limits",
    "rooms/errors",
    "rooms/options",
    "rooms/testing",
    "store/migrations/env",
    "store/testing",
    "store/vectors",
    "web/services",
}


#: Tests of one module that stand with those of another: both roads of a socket, the server and what it wires.
TESTED_WITH = {"web/wsprotocol": "web/sockets", "web/app": "web/server"}

#: Promises that no single module keeps.
OF_SEVERAL = {"store/secrets", "web/external", "ai/injections", "ai/reference_defects"}


def modules() -> set[str]:
    return {
        str(path.relative_to(ROOT).with_suffix(""))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py" and "versions" not in path.parts
        if "node_modules" not in path.parts
    }


def with_tests() -> set[str]:
    return {
        str(path.relative_to(ROOT / "tests").with_suffix("")).replace("/test_", "/")
        for package in PACKAGES
        for path in (ROOT / "tests" / package).rglob("test_*.py")
    }


def test_every_module_has_its_tests() -> None:
    assert modules() - with_tests() - WITHOUT_TESTS - set(TESTED_WITH) == set()
    assert set(TESTED_WITH.values()) <= with_tests()


def test_no_exception_is_made_for_what_has_tests() -> None:
    assert with_tests() & WITHOUT_TESTS == set()
    assert modules() >= WITHOUT_TESTS


def test_every_test_module_tests_a_module() -> None:
    packages = {
        str(path.parent.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert with_tests() - modules() - packages - OF_SEVERAL == set()


def test_every_folder_of_tests_is_a_package() -> None:
    """Without it, `import web` would find `tests/web`."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_package_says_it_is_typed() -> None:
    assert [one for one in PACKAGES if not (ROOT / one / "py.typed").exists()] == []
