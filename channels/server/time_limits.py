"""The time that Laurel waits for other systems before it goes on without them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Times in seconds. An application gets them when it is built, so that tests can choose long ones."""

    # Slack waits 3 seconds; Teams waits 5, 10 or 15, depending on the guide.
    slack_answer_s: float = 2.3  # after it a request is acknowledged, and answered later
    teams_answer_s: float = 3.0
    telegram_answer_s: float = 3.0
    # To store a late turn; the rest of the platform's time is for the network.
    slack_store_s: float = 0.5
    teams_store_s: float = 1.0
    telegram_store_s: float = 2.0
    telegram_press_s: float = 3.0  # after it a press is acknowledged, with or without a result
    slack_last_answers_s: float = 12.0  # for late answers at shutdown: one whole call and a margin
    last_answers_s: float = 5.0
    call_s: float = 10.0  # one call to a platform
    lookup_s: float = 1.5  # all look-ups of the people of a turn
    slack_group_s: float = 1.0  # the members of a user group
    slack_reaction_s: float = 2.0  # the message that got a reaction
    slack_permalink_s: float = 0.8  # the link to a message, within the three seconds of a trigger
    slack_form_s: float = 2.0  # opening a form with that trigger
    slack_envelopes_s: float = 3.0  # answers on an old connection of Socket Mode
    slack_heartbeat_s: float = 10.0  # a connection with a longer silence is dead
    teams_membership_s: float = 1.5  # whether the bot is in a chat; after it the answer is assumed to be yes
    teams_keys_s: float = 5.0  # one fetch of the signing keys
    teams_key_s: float = 3.0  # that a request waits for its key
    telegram_connect_s: float = 5.0
    redis_s: float = 2.0  # one answer
    probe_s: float = 1.0  # one part of `/readyz`
    letter_s: float = 10.0
    send_s: float = 15.0  # one delivery of the relay
    pending_lookup_s: float = 5.0  # the people of a pending gift


TIME_LIMITS = TimeLimits()
