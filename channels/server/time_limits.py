"""How long Laurel waits for others before it goes on without them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds. An application gets its limits when it is built, so that a test can set them far away."""

    # Slack gives up after 3 seconds, and Teams after 5, 10 or 15, as its guides differ.
    slack_answer_s: float = 2.3  # then a request is acknowledged, and answered afterwards
    teams_answer_s: float = 3.0
    telegram_answer_s: float = 3.0
    # Until a late turn is stored: what is left of the platform's time is for the way.
    slack_store_s: float = 0.5
    teams_store_s: float = 1.0
    telegram_store_s: float = 2.0
    telegram_press_s: float = 3.0  # a press is answered then, whatever becomes of the turn
    slack_last_answers_s: float = 12.0  # for late answers at the end: a call that has just begun, and a little
    last_answers_s: float = 5.0
    call_s: float = 10.0  # one call to a platform
    lookup_s: float = 1.5  # all look-ups of the people of a turn
    slack_group_s: float = 1.0  # the members of a user group
    slack_reaction_s: float = 2.0  # the message that got a reaction
    slack_permalink_s: float = 0.8  # the link to a message, while a trigger of three seconds runs
    slack_form_s: float = 2.0  # to open a form with that trigger
    slack_envelopes_s: float = 3.0  # what came by an old connection of Socket Mode
    slack_heartbeat_s: float = 10.0  # a connection that is silent for so long is dead
    teams_membership_s: float = 1.5  # whether we are in a chat; then we go on as if we were
    teams_keys_s: float = 5.0  # one fetch of the signing keys
    teams_key_s: float = 3.0  # that a request waits for the key it needs
    telegram_connect_s: float = 5.0
    redis_s: float = 2.0  # one answer: a person waits for it
    probe_s: float = 1.0  # one part of `/readyz`
    letter_s: float = 10.0
    send_s: float = 15.0  # one delivery of the relay
    pending_lookup_s: float = 5.0  # the people of a pending gift


TIME_LIMITS = TimeLimits()
