from __future__ import annotations

import asyncio
import json

from collab import positions
from collab.awareness import LEFT, read_states
from collab.messages import AWARENESS, Presence, read_message
from collab.origins import Origin, Via
from rooms.testing import MemoryChannel, TestRoom, person

BOT = Origin("bot", Via.BOT)


def presence_of(channel: MemoryChannel) -> list[dict[str, object] | None]:
    """What the last frames told of client 3."""
    found = []
    for data in channel.take():
        if data[0] == AWARENESS and isinstance(message := read_message(data), Presence):
            for state in read_states(message.payload):
                assert state.client == 3
                found.append(None if state.json == LEFT else json.loads(state.json))
    return found


async def test_it_is_seen_while_it_is_there() -> None:
    room, channel = TestRoom(), MemoryChannel()
    room.join(channel, person("alice"))
    channel.take()
    async with room.join_direct(person("bot"), BOT, 3) as bot:
        bot.show({"bot": {"activity": "reading"}})
        await asyncio.sleep(0.01)
        (state,) = presence_of(channel)
        assert state is not None
        assert state["bot"] == {"activity": "reading"}
        assert state["user"] == {"id": "bot", "name": "Bot", "role": "participant"}
        room.tick(room.time.now + 1)  # clients forget who is silent for 30 s
        await asyncio.sleep(0.01)
        assert presence_of(channel) == [state]
    await asyncio.sleep(0.01)
    assert presence_of(channel) == [None]
    assert room.idle_for(room.time.now) == 0.0 or room.connections


async def test_its_edits_take_the_common_road() -> None:
    room, channel = TestRoom(), MemoryChannel()
    room.join(channel, person("alice"))
    channel.take()
    async with room.join_direct(person("bot"), BOT, 3) as bot:
        editing = asyncio.create_task(bot.edit(lambda d: positions.insert(d.statement, 0, "Hi.")))
        await asyncio.sleep(0)
        assert channel.updates() == []
        room.log.commit()
        await editing
    assert (room.log.rows[-1].person, room.log.rows[-1].via) == ("bot", "bot")
    assert len(channel.updates()) == 1
