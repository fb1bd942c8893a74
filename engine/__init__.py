"""The game: people, rewards, awards, kudos, points. No chat, no HTTP."""
