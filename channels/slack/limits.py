"""What Slack takes at most. Lengths are in UTF-16 units, as its clients count."""

BODY = 1024 * 1024  # bytes of a request to us

BLOCKS = 50  # of a message

VIEW_BLOCKS = 100  # of a modal

ALL_BLOCKS_JSON = 13_000  # of the JSON of all blocks together

TEXT = 3000  # of a section, a rich text of ours, a message's fallback

SHORT_TEXT = 1000  # ours: of the sentence that is left of what was too long

HEADER_TEXT = 150

MENTIONS = 10  # ours: so many people of one message are notified; more would be noise

CONTEXT_TEXT = 2000  # one element of a context block

ACTIONS = 25  # elements of an actions block

BUTTON_LABEL = 75  # its label

BUTTON_VALUE = 2000

URL = 3000

CONFIRM_TITLE = 100

CONFIRM_TEXT = 300

CONFIRM_BUTTON = 30

ALT_TEXT = 2000

MODAL_TITLE = 24  # its title, its submit button

INPUT_LABEL = 2000

INPUT_HINT = 2000

PLACEHOLDER = 150

INPUT_TEXT = 3000

FIELD_ERROR = 300  # ours: longer ones push the form off the screen

OPTIONS = 100  # of a select, or of one group of it

GROUPS = 100

GROUP_LABEL = 75

CHECKBOXES = 10

OPTION_LABEL = 75  # its label, its description

OPTION_VALUE = 150

RESPONSE_URL_LIFETIME_S = 30 * 60  # seconds that a way back stays open

LAST_RETRY_NUMBER = 3  # the number of an event's last redelivery
