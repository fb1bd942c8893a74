"""What Telegram takes at most. Lengths are in UTF-16 units of what is read, as Telegram counts."""

BODY = 1024 * 1024  # bytes of a request to us
TEXT = 4096  # of a message, without its entities
PARAGRAPH = 3000  # ours: of one paragraph, so that something else fits beside it
REMAINDER_NOTE = 100  # ours: kept free for the words that count what does not fit
ENTITIES = 100
MENTIONS = 5  # ours: so many people of one message are notified; more would be noise
ROW_BUTTONS = 8  # buttons
BUTTONS = 100
PAGE_CHOICES = 8  # ours: choices that are shown at once
BUTTON_TEXT = 60  # ours: what a screen still shows of a button
CONTACTS = 10  # that can be picked at once
CALLBACK_DATA_BYTES = 64  # bytes behind a button
URL = 2048
ALERT_TEXT = 200  # of the answer to a press
DEEP_LINK_PAYLOAD = 64  # of a deep link
