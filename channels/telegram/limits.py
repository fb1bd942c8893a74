"""What Telegram takes at most. Lengths are in UTF-16 units of what is read, as Telegram counts."""

BODY = 1024 * 1024  # bytes of an incoming request
TEXT = 4096  # of a message, without its entities
PARAGRAPH = 3000  # our own limit: of one paragraph, so that more fits beside it
REMAINDER_NOTE = 100  # our own limit: kept free for the count of what does not fit
ENTITIES = 100
MENTIONS = 5  # our own limit: people that one message notifies
ROW_BUTTONS = 8  # buttons
BUTTONS = 100
PAGE_CHOICES = 8  # our own limit: choices on one page
BUTTON_TEXT = 60  # our own limit: what a screen shows of a button
CONTACTS = 10  # that can be picked at once
CALLBACK_DATA_BYTES = 64  # bytes behind a button
URL = 2048
ALERT_TEXT = 200  # of the answer to a press
DEEP_LINK_PAYLOAD = 64  # of a deep link
