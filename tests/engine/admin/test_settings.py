"""What an administrator types for a setting, and what is said where it will not do."""

import pytest

from engine.admin import settings as admin_settings
from engine.admin.settings import change_setting
from engine.db.connection import DatabaseSession
from engine.errors import BadInput
from tests.conftest import NOW


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("kudos_per_day", "many", 'kudos_per_day is a whole number from 0 to 1,000,000, not "many"'),
        ("kudos_per_day", "-1", 'kudos_per_day is a whole number from 0 to 1,000,000, not "-1"'),
        ("kudos_per_day", "1000001", 'kudos_per_day is a whole number from 0 to 1,000,000, not "1000001"'),
        ("kudos_per_hour", "3", 'there is no setting "kudos_per_hour" (did you mean "kudos_per_day"?); there are: '),
        ("timezone", "Mars", 'timezone is a name such as Europe/Madrid, not "Mars"'),
        ("timezone", "Europe/Madird", '"Europe/Madird" (did you mean "Europe/Madrid"?)'),
        ("language", "fr", 'language is en or es, not "fr"'),
        ("kudos_reaction", "clap!", 'kudos_reaction is the name of an emoji such as clap, or off, not "clap!"'),
        ("leap_day", "02-29", 'leap_day is 02-28 or 03-01, not "02-29"'),
    ],
)
async def test_what_will_not_do_names_what_would(session: DatabaseSession, name: str, words: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        await change_setting(session, name, words, NOW, actor=None, origin="cli")
    assert said in str(refused.value)


async def test_an_emoji_is_kept_by_its_name(session: DatabaseSession) -> None:
    changed = await change_setting(session, "kudos_reaction", ":Clap:", NOW, actor=None, origin="cli")
    assert changed.kudos_reaction == "clap"
    changed = await change_setting(session, "kudos_reaction", "off", NOW, actor=None, origin="cli")
    assert changed.kudos_reaction == admin_settings.REACTION_OFF


@pytest.mark.parametrize(
    ("name", "words"), [("kudos_per_day", "0"), ("timezone", "Asia/Tokyo"), ("language", "es"), ("leap_day", "03-01")]
)
async def test_what_will_do_is_kept(session: DatabaseSession, name: str, words: str) -> None:
    changed = await change_setting(session, name, words, NOW, actor=None, origin="cli")
    assert str(getattr(changed, name)) == words
