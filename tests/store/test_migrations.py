from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from store import documents, facilitators, migrations
from store.database import Database, sqlite_url
from store.errors import SchemaOutdated
from store.models import Base
from store.search import Search
from store.testing import a_place, give


def _tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows}


def test_an_empty_folder_gets_the_newest_schema(tmp_path: Path) -> None:
    path = tmp_path / "accord.db"
    assert migrations.current_revision(path) is None
    assert migrations.upgrade(path)
    assert migrations.current_revision(path) == migrations.newest_revision()
    assert _tables(path) >= set(Base.metadata.tables)


def test_the_newest_schema_has_nothing_to_do(empty_file: Path) -> None:
    before = empty_file.read_bytes()
    assert not migrations.upgrade(empty_file)
    assert empty_file.read_bytes() == before


@pytest.mark.parametrize("name", ["100%20sure.db", "what?mode=ro.db", "a#b c.db", "ähm.db"])
async def test_a_path_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    migrations.upgrade(path)
    async with Database(path) as database:
        assert await database.read(facilitators.count) == 0
    assert os.listdir(tmp_path) == [name]


def test_a_database_of_a_newer_accord_is_left_alone(tmp_path: Path, empty_file: Path) -> None:
    path = tmp_path / "accord.db"
    shutil.copy(empty_file, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(SchemaOutdated, match="update Accord"):
        migrations.upgrade(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "accord.db"
    path.write_bytes(b"my holiday pictures " * 100)
    with pytest.raises(SchemaOutdated, match="cannot be read as a database"):
        migrations.upgrade(path)
    assert path.read_bytes() == b"my holiday pictures " * 100


def test_a_migration_that_fails_half_way_leaves_the_schema_as_it_was(
    tmp_path: Path, empty_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "accord.db"
    shutil.copy(empty_file, path)
    here = tmp_path / "migrations"
    shutil.copytree(migrations._HERE, here)
    newest = migrations.newest_revision()
    (here / "versions" / "9999_broken.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '9999', '{newest}'\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE half (id INTEGER)')\n"
        "    op.execute('CREATE TABLE facilitators (id INTEGER)')\n"
    )
    monkeypatch.setattr(migrations, "_HERE", here)
    with pytest.raises(OperationalError, match="already exists"):
        migrations.upgrade(path)
    assert "half" not in _tables(path)
    assert migrations.current_revision(path) == newest


async def test_passages_of_an_older_accord_are_found_by_their_words(tmp_path: Path) -> None:
    """The index of words is made anew where it is made in another way."""
    path = tmp_path / "accord.db"
    migrations.upgrade(path)
    async with Database(path) as database:
        place = await database.write(a_place)
        await give(
            database, place, *("Nothing.",) * 2500, "The harbour master.", headings=("Boats",)
        )
    config = Config(attributes={"url": sqlite_url(path)})
    config.set_main_option("script_location", str(migrations._HERE))
    command.downgrade(config, "0009")
    assert migrations.upgrade(path)
    async with Database(path) as database:
        found = await Search(database).search(place.session, "harbour", viewer=documents.BOT)
        assert [hit.passage.text for hit in found] == ["The harbour master."]
        assert len(await Search(database).search(place.session, "boat", viewer=documents.BOT)) == 10
