"""What Telegram takes at most. Lengths are in UTF-16 units of what is read, as Telegram counts."""

BODY = 1024 * 1024  # bytes of a request to us

TEXT = 4096  # of a message, without its entities

LINE = 3000  # ours: of one paragraph, so that something else fits beside it

MORE = 100  # ours: kept free for the words that count what does not fit

ENTITIES = 100

MENTIONS = 5  # ours: so many people of one message are notified; more would be noise

ROW = 8  # buttons

BUTTONS = 100

PAGE = 8  # ours: choices that are shown at once

LABEL = 60  # ours: what a screen still shows of a button

CONTACTS = 10  # that can be picked at once

DATA = 64  # bytes behind a button

URL = 2048

ALERT = 200  # of the answer to a press

PAYLOAD = 64  # of a deep link

PROMPT = 3.0  # seconds until a press is answered, whatever becomes of the turn
